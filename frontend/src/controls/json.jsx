// JSON, as text.
import { Frame, described } from "./frame.jsx";
import { tell } from "./sentences.js";

export function Json(props) {
  const { field, domId, value, onChange, onBlur, onFocus } = props;
  return (
    <Frame props={props} name="json">
      <textarea class="fjs-textarea ctl-code" id={domId} rows={6} spellcheck={false} disabled={props.disabled} readOnly={props.readonly} value={value ?? ""}
        required={field.validate?.required} onInput={({ target }) => onChange({ value: target.value })} onBlur={onBlur} onFocus={onFocus} {...described(props)} />
    </Frame>
  );
}

export function checkJson(value) {
  try {
    JSON.parse(value);
    return [];
  } catch {
    return [tell("not_json")];
  }
}
