// Yes or no, thrown like a switch.
import { Frame, described, isOpen } from "./frame.jsx";
import { say } from "./words.js";

export function Switch(props) {
  const { value = false, domId, onChange, onBlur, onFocus } = props;
  return (
    <Frame props={props} name="switch">
      <div class="ctl-switch-line">
        <button type="button" role="switch" id={domId} class="ctl-switch" aria-checked={String(value === true)} disabled={!isOpen(props)}
          onClick={() => onChange({ value: !value })} onBlur={onBlur} onFocus={onFocus} {...described(props)}>
          <span class="ctl-knob" />
        </button>
        <span class="ctl-note" aria-hidden="true">{say(value ? "on" : "off")}</span>
      </div>
    </Frame>
  );
}
