// What every control has around it: label, help, problems. Looks and reads as form-js's own do.
import { Description, Errors, Label } from "@bpmn-io/form-js-viewer";

export const ids = ({ domId }) => ({ label: `${domId}-label`, help: `${domId}-description`, problems: `${domId}-error-message` });

/** Attributes that tie an input to its help and problems. */
export function described(props) {
  const { help, problems } = ids(props);
  return { "aria-describedby": `${help} ${problems}`, "aria-invalid": props.errors?.length > 0 ? "true" : "false" };
}

/** @param group the control is several inputs: they are grouped under the label instead of being labelled by it */
export function Frame({ props, name, group = false, role = "group", children }) {
  const { field, errors = [], disabled, readonly, domId } = props;
  const { label, help, problems } = ids(props);
  const kinds = ["fjs-form-field", `fjs-form-field-${field.type}`, "ctl", `ctl-is-${name}`];
  if (errors.length) kinds.push("fjs-has-errors");
  if (disabled) kinds.push("fjs-disabled");
  if (readonly) kinds.push("fjs-readonly");
  const marked = Boolean(field.validate?.required) && !readonly;
  const body = group ? (
    <div class="ctl-group" role={role} aria-labelledby={label} aria-describedby={`${help} ${problems}`} aria-required={role === "radiogroup" ? String(marked) : undefined}>
      {children}
    </div>
  ) : (
    children
  );
  return (
    <div class={kinds.join(" ")}>
      <Label id={label} htmlFor={group ? undefined : domId} label={field.label} required={marked} />
      {body}
      <Description id={help} description={field.description} />
      <Errors id={problems} errors={errors} />
    </div>
  );
}

/** An icon of the house, drawn by a mask so that it has the colour of the text. */
export const Icon = ({ name }) => <span class={`ctl-icon ctl-icon-${name}`} aria-hidden="true" />;

export const isOpen = (props) => !props.disabled && !props.readonly;
