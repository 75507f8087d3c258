// Where something stands on its way: the stages in order, those passed filled in.
import { FormContext } from "@bpmn-io/form-js-viewer";
import { useContext } from "preact/hooks";
import { Frame, isOpen } from "./frame.jsx";
import { say } from "./words.js";

/** The stages that may follow the one there was when the form was opened; null: any. */
function allowed(field, before) {
  const steps = before ? (field.properties[`transition:${before}`] ?? "*").split(",").map((step) => step.trim()) : ["*"];
  return steps.includes("*") ? null : new Set([...steps, before]);
}

export function Stage(props) {
  const { field, domId, value, onChange, fieldInstance } = props;
  const form = useContext(FormContext).getService("form");
  const before = fieldInstance?.valuePath.reduce((item, step) => item?.[step], form._getState().initialData);
  const stages = field.values ?? [];
  const reached = stages.findIndex((stage) => stage.value === value);
  const open = allowed(field, before);
  return (
    <Frame props={props} name="stage" group role="radiogroup">
      <div class="ctl-stages">
        {stages.map((stage, index) => {
          const shut = open !== null && !open.has(stage.value);
          const kinds = `ctl-stage${index < reached ? " passed" : ""}${index === reached ? " chosen" : ""}${shut ? " shut" : ""}`;
          return (
            <label class={kinds} title={shut ? say("notYet") : undefined}>
              <input type="radio" name={domId} value={stage.value} checked={index === reached} disabled={!isOpen(props) || shut} onChange={() => onChange({ value: stage.value })} onBlur={props.onBlur} onFocus={props.onFocus} />
              <span>{stage.label}</span>
            </label>
          );
        })}
      </div>
    </Frame>
  );
}
