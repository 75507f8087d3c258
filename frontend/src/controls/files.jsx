// Files: dropped, chosen or photographed, sent at once, looked at without leaving the page.
import { FormContext } from "@bpmn-io/form-js-viewer";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { Frame, Icon, described, isOpen } from "./frame.jsx";
import { sizeOf } from "./uploads.js";
import { say } from "./words.js";

const isPicture = (file) => file.type?.startsWith("image/");
const isPreviewed = (file) => isPicture(file) || file.type === "application/pdf" || file.type?.startsWith("text/plain");

function Preview({ file, address, onClose }) {
  const dialog = useRef();
  useEffect(() => dialog.current.showModal(), []);
  const source = `${address}/${file.id}/preview`;
  return (
    <dialog ref={dialog} class="ctl-preview" aria-label={file.name} onClose={onClose} onClick={(event) => event.target === dialog.current && dialog.current.close()}>
      <header>
        <strong>{file.name}</strong>
        <a class="ctl-button" href={`${address}/${file.id}`} download><Icon name="download" />{say("download")}</a>
        <button type="button" class="ctl-button" autoFocus aria-label={say("close")} onClick={() => dialog.current.close()}><Icon name="x" /></button>
      </header>
      {isPicture(file) ? <img src={source} alt={file.name} /> : <iframe src={source} title={file.name} />}
    </dialog>
  );
}

function Stored({ file, address, open, onRemove, onLook }) {
  const [plain, setPlain] = useState(false);
  return (
    <li class="ctl-file">
      {isPicture(file) && !plain ? <img class="ctl-thumb" src={`${address}/${file.id}/thumbnail`} alt="" loading="lazy" onError={() => setPlain(true)} /> : <span class="ctl-thumb"><Icon name="file" /></span>}
      <span class="ctl-file-name">
        {isPreviewed(file) ? <button type="button" class="ctl-link" aria-label={say("preview", { name: file.name })} onClick={onLook}>{file.name}</button> : <a href={`${address}/${file.id}`} download>{file.name}</a>}
        <span class="ctl-note">{sizeOf(file.size)}</span>
      </span>
      {open && <button type="button" class="ctl-quiet" aria-label={say("remove", { name: file.name })} title={say("remove", { name: file.name })} onClick={onRemove}><Icon name="x" /></button>}
    </li>
  );
}

function Sending({ item, onAgain, onDrop }) {
  return (
    <li class={`ctl-file${item.fault ? " failed" : ""}`}>
      <span class="ctl-thumb"><Icon name={item.fault ? "alert-circle" : "upload"} /></span>
      <span class="ctl-file-name">
        <span>{item.file.name}</span>
        {item.fault ? <span class="ctl-fault" role="alert">{item.fault}</span> : <progress max="100" value={item.percent} aria-label={say("uploading", { percent: item.percent })} />}
      </span>
      {item.fault && <button type="button" class="ctl-button" onClick={onAgain}>{say("tryAgain")}</button>}
      {item.fault && <button type="button" class="ctl-quiet" aria-label={say("remove", { name: item.file.name })} onClick={onDrop}><Icon name="x" /></button>}
    </li>
  );
}

/** Files on their way: `start` sends them, `held` is always the newest value. */
function useSending(props, many) {
  const uploads = useContext(FormContext).getService("uploads", false);
  const [sending, setSending] = useState([]);
  const held = useRef([]);
  held.current = Array.isArray(props.value) ? props.value : [];
  const field = props.fieldInstance?.valuePath.join(".") ?? props.field.key;
  const change = (id, part) => setSending((items) => items.map((item) => (item.id === id ? { ...item, ...part } : item)));
  const drop = (id) => setSending((items) => items.filter((item) => item.id !== id));
  const send = (id, file) =>
    uploads.send(file, field, (percent) => change(id, { percent })).then(
      (entry) => {
        drop(id);
        held.current = many ? [...held.current, entry] : [entry];
        props.onChange({ value: held.current });
      },
      (error) => change(id, { fault: error.message }),
    );
  const start = (files) => {
    for (const file of many ? files : [...files].slice(0, 1)) {
      const id = crypto.randomUUID();
      setSending((items) => [...items, { id, file, percent: 0 }]);
      send(id, file);
    }
  };
  const again = ({ id, file }) => {
    change(id, { fault: "", percent: 0 });
    send(id, file);
  };
  return { sending, start, again, drop, address: uploads.address };
}

export function Files(props) {
  const { field, domId } = props;
  const multiple = useContext(FormContext).getService("expressionLanguage", false)?.isExpression(field.multiple) ? true : Boolean(field.multiple);
  const many = multiple;
  const files = Array.isArray(props.value) ? props.value : [];
  const { sending, start, again, drop, address } = useSending(props, many);
  const [over, setOver] = useState(false);
  const [looked, setLooked] = useState(null);
  const input = useRef();
  const camera = useRef();
  const accept = field.accept && !field.accept.startsWith("=") && !field.accept.includes("{{") ? field.accept : undefined;
  const pictured = ["image", "scan"].includes(field.properties?.ctl) || accept?.includes("image");
  const remove = (file) => props.onChange({ value: files.filter(({ id }) => id !== file.id) });
  const take = ({ target }) => {
    start([...target.files]);
    target.value = "";
  };
  return (
    <Frame props={props} name="files">
      {(files.length > 0 || sending.length > 0) && (
        <ul class={`ctl-files${field.properties?.ctl === "image" ? " pictures" : ""}`}>
          {files.map((file) => <Stored key={file.id} file={file} address={address} open={isOpen(props)} onRemove={() => remove(file)} onLook={() => setLooked(file)} />)}
          {sending.map((item) => <Sending key={item.id} item={item} onAgain={() => again(item)} onDrop={() => drop(item.id)} />)}
        </ul>
      )}
      {isOpen(props) && (
        <div class={`ctl-drop${over ? " over" : ""}`}
          onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
          onDrop={(event) => { event.preventDefault(); setOver(false); start([...event.dataTransfer.files]); }}>
          <input ref={input} class="ctl-hidden" id={domId} type="file" multiple={many} accept={accept} onChange={take} onFocus={props.onFocus} onBlur={props.onBlur} {...described(props)} />
          <Icon name="upload" /><span class="ctl-drop-text">{say("drop")}</span>
          <button type="button" class="ctl-link" tabIndex={-1} onClick={() => input.current.click()}>{say("browse")}</button>
          {pictured && <button type="button" class="ctl-button ctl-only-touch" onClick={() => camera.current.click()}><Icon name="camera" />{say("camera")}</button>}
          {pictured && <input ref={camera} class="ctl-hidden" type="file" accept="image/*" capture="environment" tabIndex={-1} aria-label={say("camera")} onChange={take} />}
          {accept && <span class="ctl-note">{accept}</span>}
        </div>
      )}
      {!isOpen(props) && !files.length && <span class="ctl-note">–</span>}
      {looked && <Preview file={looked} address={address} onClose={() => setLooked(null)} />}
    </Frame>
  );
}

export const entries = ({ value }) => (Array.isArray(value) && value.length ? value : null);
