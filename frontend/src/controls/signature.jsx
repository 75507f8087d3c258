// A signature: drawn by hand or pen, or a name typed for those who cannot draw. Kept as a PNG.
import { FormContext } from "@bpmn-io/form-js-viewer";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import SignaturePad from "signature_pad";
import { Frame, Icon, described, isOpen } from "./frame.jsx";
import { say } from "./words.js";

const PAUSE = 900; // milliseconds after the last stroke before it is sent

/** Fit the canvas to the screen's pixels; what was drawn stays. */
function fit(canvas, pad) {
  const ratio = Math.max(window.devicePixelRatio || 1, 1);
  canvas.width = canvas.offsetWidth * ratio;
  canvas.height = canvas.offsetHeight * ratio;
  canvas.getContext("2d").scale(ratio, ratio);
  const drawn = pad.toData();
  pad.clear();
  pad.fromData(drawn);
}

function write(canvas, pad, name) {
  pad.clear();
  const pen = canvas.getContext("2d");
  pen.font = "italic 34px 'Segoe Script', 'STKaiti', 'KaiTi', cursive";
  pen.fillStyle = "#14213d";
  pen.textBaseline = "middle";
  pen.fillText(name, 20, canvas.offsetHeight / 2, canvas.offsetWidth - 40);
}

export function Signature(props) {
  const uploads = useContext(FormContext).getService("uploads", false);
  const canvas = useRef();
  const pad = useRef();
  const timer = useRef();
  const [fault, setFault] = useState("");
  const files = Array.isArray(props.value) ? props.value : [];
  const signed = files[0];
  const field = props.fieldInstance?.valuePath.join(".") ?? props.field.key;
  const keep = () => {
    clearTimeout(timer.current);
    const later = new Promise((done) => (timer.current = setTimeout(done, PAUSE)));
    later.then(() => canvas.current?.toBlob(async (blob) => {
      try {
        const entry = await uploads.send(new File([blob], "signature.png", { type: "image/png" }), field);
        props.onChange({ value: [entry] });
      } catch (error) {
        setFault(error.message);
      }
    }, "image/png"));
  };
  useEffect(() => {
    if (!canvas.current) return undefined;
    pad.current = new SignaturePad(canvas.current, { penColor: "#14213d", backgroundColor: "rgb(255,255,255)" });
    fit(canvas.current, pad.current);
    pad.current.addEventListener("endStroke", keep);
    return () => pad.current.off();
  }, [Boolean(signed), isOpen(props)]);
  if (signed || !isOpen(props))
    return (
      <Frame props={props} name="signature">
        {signed ? <img class="ctl-signed" src={`${uploads.address}/${signed.id}/preview`} alt={say("signed")} /> : <span class="ctl-note">–</span>}
        {isOpen(props) && <button type="button" id={props.domId} class="ctl-button" onClick={() => props.onChange({ value: [] })}><Icon name="refresh" />{say("signClear")}</button>}
      </Frame>
    );
  return (
    <Frame props={props} name="signature" group>
      <canvas ref={canvas} class="ctl-pad" role="img" aria-label={say("sign")} />
      <input class="fjs-input ctl-detail" id={props.domId} type="text" autoComplete="name" placeholder={say("signTyped")} aria-label={say("signTyped")} {...described(props)}
        onInput={({ target }) => { if (!target.value) return pad.current.clear(); write(canvas.current, pad.current, target.value); return keep(); }} onBlur={props.onBlur} />
      {fault && <div class="ctl-fault" role="alert">{fault}</div>}
    </Frame>
  );
}
