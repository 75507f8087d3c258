// One of several steps side by side: stars, 0 to 10. Radio buttons, so that arrows, Tab and screen readers know them.
import { Frame, Icon, isOpen } from "./frame.jsx";
import { say, setting } from "./words.js";

function Step({ props, step, name, children, reached }) {
  const { domId, value, onChange, onBlur, onFocus } = props;
  return (
    <label class={`ctl-step${reached ? " reached" : ""}${value === step ? " chosen" : ""}`} title={name}>
      <input type="radio" name={domId} value={step} checked={value === step} disabled={!isOpen(props)} aria-label={name}
        onChange={() => onChange({ value: step })} onBlur={onBlur} onFocus={onFocus} />
      {children}
    </label>
  );
}

function Clear({ props }) {
  const empty = props.value === null || props.value === undefined;
  if (!isOpen(props) || empty || props.field.validate?.required) return null;
  return (
    <button type="button" class="ctl-quiet" aria-label={`${say("clear")}: ${props.field.label}`} title={say("clear")} onClick={() => props.onChange({ value: null })}>
      <Icon name="x" />
    </button>
  );
}

export function Rating(props) {
  const most = Math.min(Math.max(parseInt(setting(props.field, "max", "5"), 10) || 5, 1), 20);
  const steps = Array.from({ length: most }, (_, index) => index + 1);
  return (
    <Frame props={props} name="rating" group role="radiogroup">
      <div class="ctl-stars">
        {steps.map((step) => (
          <Step props={props} step={step} name={say("stars", { count: step })} reached={props.value >= step}>
            <Icon name="star" />
          </Step>
        ))}
      </div>
      <span class="ctl-note">{props.value ? `${props.value} / ${most}` : ""}</span>
      <Clear props={props} />
    </Frame>
  );
}

export function Nps(props) {
  const steps = Array.from({ length: 11 }, (_, index) => index);
  const kind = (step) => (step < 7 ? "low" : step < 9 ? "middle" : "high");
  const [low, high] = [setting(props.field, "lowLabel", say("low")), setting(props.field, "highLabel", say("high"))];
  return (
    <Frame props={props} name="nps" group role="radiogroup">
      <div class="ctl-scale">
        <div class="ctl-scale-steps">
          {steps.map((step) => (
            <span class={`ctl-nps-${kind(step)}`}>
              <Step props={props} step={step} name={step === 0 ? `0 – ${low}` : step === 10 ? `10 – ${high}` : String(step)}>
                {step}
              </Step>
            </span>
          ))}
        </div>
        <div class="ctl-scale-ends" aria-hidden="true"><span>{low}</span><span>{high}</span></div>
      </div>
      <Clear props={props} />
    </Frame>
  );
}

export const whole = ({ value }) => (value === null || value === undefined || value === "" || !Number.isInteger(Number(value)) ? null : Number(value));
