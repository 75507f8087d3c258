// Several questions on one scale.
import { Frame, isOpen } from "./frame.jsx";
import { tell } from "./sentences.js";
import { setting } from "./words.js";

const rowsOf = (field) =>
  setting(field, "rows").split(";").map((item) => item.trim()).filter(Boolean).map((item) => {
    const [key, ...label] = item.split(":");
    return { key: key.trim(), label: label.join(":").trim() || key.trim() };
  });

export function Matrix(props) {
  const { field, domId, onChange } = props;
  const value = props.value ?? {};
  return (
    <Frame props={props} name="matrix" group>
      <table class="ctl-matrix-table">
        <thead>
          <tr><td />{(field.values ?? []).map((option) => <th scope="col">{option.label}</th>)}</tr>
        </thead>
        <tbody>
          {rowsOf(field).map((row) => (
            <tr>
              <th scope="row">{row.label}</th>
              {(field.values ?? []).map((option) => (
                <td data-label={option.label}>
                  <label>
                    <input type="radio" name={`${domId}-${row.key}`} aria-label={`${row.label}: ${option.label}`} checked={value[row.key] === option.value} disabled={!isOpen(props)} onFocus={props.onFocus} onBlur={props.onBlur}
                      onChange={() => onChange({ value: { ...value, [row.key]: option.value } })} />
                    <span class="ctl-matrix-label" aria-hidden="true">{option.label}</span>
                  </label>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Frame>
  );
}

export function checkMatrix(value, field) {
  const missing = field.validate?.required ? rowsOf(field).filter(({ key }) => value[key] === undefined) : [];
  return missing.length ? [tell("rows_unanswered", { rows: missing.map(({ label }) => label).join("、") })] : [];
}
