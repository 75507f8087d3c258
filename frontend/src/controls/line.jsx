// One line with a meaning: telephone, e-mail, web address, codes.
import { useEffect, useRef, useState } from "preact/hooks";
import { Frame, Icon, described, isOpen } from "./frame.jsx";
import { tell } from "./sentences.js";
import { say, setting } from "./words.js";

const KINDS = {
  phone: { icon: "phone", type: "tel", inputMode: "tel", hint: "138 0013 8000" },
  email: { icon: "mail", type: "email", inputMode: "email", hint: "name@example.com" },
  url: { icon: "world", type: "url", inputMode: "url", hint: "https://" },
  wechat: { icon: "brand-wechat", type: "text" },
  credit_code: { icon: "id", type: "text", hint: "91310000MA1K30XXXX", upper: true },
  barcode: { icon: "barcode", type: "text" },
};

export function Line(props) {
  const { field, domId, value, onChange, onBlur, onFocus } = props;
  const name = field.properties.ctl;
  const { icon, hint, upper, ...input } = KINDS[name];
  const put = (text) => onChange({ value: upper ? text.toUpperCase() : text });
  return (
    <Frame props={props} name={name}>
      <div class={`fjs-input-group${props.disabled ? " fjs-disabled" : ""}${props.readonly ? " fjs-readonly" : ""}`}>
        <span class="fjs-input-adornment border-right border-radius-left" aria-hidden="true"><Icon name={icon} /></span>
        <input class="fjs-input" id={domId} {...input} autoComplete="off" spellcheck={false} disabled={props.disabled} readOnly={props.readonly}
          placeholder={isOpen(props) ? hint : undefined} value={value ?? ""} required={field.validate?.required} {...described(props)}
          onInput={({ target }) => put(target.value)} onBlur={onBlur} onFocus={onFocus} />
        {name === "url" && isOpenable(value) && (
          <a class="ctl-in-line" href={value} target="_blank" rel="noopener noreferrer" aria-label={say("open")} title={say("open")}><Icon name="external-link" /></a>
        )}
        {name === "barcode" && isOpen(props) && <Scanner onCode={put} />}
      </div>
    </Frame>
  );
}

const isOpenable = (value) => /^https?:\/\/[^\s]+$/i.test(value ?? "");

/** Reads a code through the camera, where the browser can. */
function Scanner({ onCode }) {
  const video = useRef();
  const [stream, setStream] = useState(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    if (!stream) return undefined;
    video.current.srcObject = stream;
    const detector = new window.BarcodeDetector();
    const timer = setInterval(async () => {
      const [found] = await detector.detect(video.current).catch(() => []);
      if (!found) return;
      onCode(found.rawValue);
      setStream(null);
    }, 300);
    return () => {
      clearInterval(timer);
      for (const track of stream.getTracks()) track.stop();
    };
  }, [stream]);
  const toggle = async () => {
    if (stream) return setStream(null);
    if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return setFault(say("noScan"));
    try {
      return setStream(await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }));
    } catch {
      return setFault(say("noScan"));
    }
  };
  return (
    <>
      <button type="button" class="ctl-in-line" aria-label={say(stream ? "stop" : "scan")} title={say(stream ? "stop" : "scan")} onClick={toggle}><Icon name={stream ? "x" : "scan"} /></button>
      {stream && <video ref={video} class="ctl-camera" autoPlay playsInline muted />}
      {fault && <span class="ctl-note" role="status">{fault}</span>}
    </>
  );
}

const CHECKS = {
  phone: (text) => /^\+?[\d\s()-]{5,24}$/.test(text) || tell("phone_number"),
  email: (text) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) || tell("email"),
  url: (text, field) => {
    const schemes = setting(field, "schemes", "https,http").split(",").map((item) => `${item.trim()}:`);
    return (URL.canParse(text) && schemes.includes(new URL(text).protocol)) || tell("url");
  },
  credit_code: (text) => /^[0-9A-HJ-NPQRTUWXY]{18}$/.test(text.replace(/\s/g, "")) || tell("credit_code"),
};

/** What can be told at once; the server checks thoroughly. */
export function checkLine(value, field) {
  const found = CHECKS[field.properties.ctl]?.(value.trim(), field) ?? true;
  return found === true ? [] : [found];
}
