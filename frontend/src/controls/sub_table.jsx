// Rows as a table: add, copy and remove them, paste them from a spreadsheet, move by keyboard, totals below.
import { Errors, FormContext, FormField, Label, LocalExpressionContext, buildExpressionContext } from "@bpmn-io/form-js-viewer";
import Big from "big.js";
import { useContext, useRef, useState } from "preact/hooks";
import { Icon, ids } from "./frame.jsx";
import { parsed } from "./money.jsx";
import { cellsOf, isSheet, laidOver } from "./pasted.js";
import { language, say, setting } from "./words.js";

const clone = (data) => JSON.parse(JSON.stringify(data ?? {}));

/** Hands the expressions of a row what they speak of: `this`, `parent`, `i`. */
function Scope({ row, index, children }) {
  const around = useContext(LocalExpressionContext);
  const context = { data: around.data, this: row, parent: buildExpressionContext({ ...around, data: around.this }), i: [...(around.i ?? []), index + 1] };
  return <LocalExpressionContext.Provider value={context}>{children}</LocalExpressionContext.Provider>;
}

/** Whether a column holds figures to compare, which stand one below another. */
function isFigure({ type, properties }) {
  return type === "number" ? !["rating", "nps", "slider"].includes(properties?.ctl) : ["formula", "rollup"].includes(properties?.ctl);
}

function totalOf(rows, key) {
  return rows.reduce((sum, row) => sum.plus(parsed(row?.[key]?.amount ?? row?.[key]) ?? 0), new Big(0)).toFixed();
}

export function SubTable(props) {
  const { field, indexes, domId } = props;
  const [told, setTold] = useState("");
  const { getService } = useContext(FormContext);
  const form = getService("form");
  const body = useRef();
  const place = getService("pathRegistry").getValuePath(field, { indexes });
  const rows = place.reduce((data, step) => data?.[step], form._getState().data) ?? [];
  const columns = field.components.map(({ id }) => getService("formFieldRegistry").get(id)).filter(Boolean);
  const shown = columns.filter(({ type, properties }) => type !== "expression" || properties?.ctl);
  const still = props.readonly || props.disabled || form._getState().properties.readOnly;
  const open = field.allowAddRemove && !still;
  const put = (value) => props.onChange({ field, value, indexes });
  const focus = (index) => setTimeout(() => body.current?.querySelectorAll("tr")[index]?.querySelector("input, select, button, textarea")?.focus(), 60);
  const most = Number(setting(field, "maxItems", "1000"));
  const fresh = () => form._getInitializedFieldData(form._getState().data, { container: field, indexes: { ...indexes, [field.id]: rows.length } });
  const add = (row, at = rows.length) => {
    if (rows.length >= most) return;
    put([...rows.slice(0, at), row ?? fresh(), ...rows.slice(at)]);
    focus(at);
  };
  const remove = (index) => {
    put(rows.filter((_, other) => other !== index));
    focus(Math.max(index - 1, 0));
  };
  const onKeyDown = (event, index) => {
    if (!open || !event.altKey) return;
    const done = { n: () => add(), d: () => add(clone(rows[index]), index + 1), Backspace: () => remove(index) }[event.key];
    if (done) {
      event.preventDefault();
      done();
    }
  };
  const onPaste = async (event, row) => {
    const text = event.clipboardData.getData("text/plain");
    const column = event.target.closest("td")?.cellIndex - 1; // the first tells the number of the row
    if (still || !(column >= 0) || !isSheet(text)) return;
    event.preventDefault();
    const done = laidOver(rows, await cellsOf(text), { row, column, columns: shown, fresh, most: open ? most : rows.length });
    put(done.laid);
    setTold(say(done.left ? "pastedBut" : "pasted", done));
  };
  const totals = setting(field, "totals").split(",").map((key) => key.trim()).filter(Boolean);
  const figure = (column) => (still && isFigure(column) ? "ctl-figures" : undefined);
  return (
    <div class="fjs-form-field fjs-form-field-dynamiclist ctl ctl-sub_table" role="group" aria-labelledby={domId}>
      <div class="ctl-table-head"><Label id={domId} label={field.label} /><span class="ctl-note">{say("rows", { count: rows.length })}</span><span class="ctl-note" role="status">{told}</span></div>
      <div class="ctl-table-scroll">
        <table class="ctl-table">
          <thead>
            <tr>
              <th scope="col" class="ctl-row-number">{say("row")}</th>
              {shown.map((column) => <th scope="col" class={figure(column)} style={{ width: `${((column.layout?.columns ?? 6) / 16) * 100}%` }}>{column.label}{column.validate?.required && <span class="fjs-asterix" aria-hidden="true">*</span>}</th>)}
              {open && <th scope="col" class="ctl-row-actions"><span class="visually-hidden">{say("actions")}</span></th>}
            </tr>
          </thead>
          <tbody ref={body}>
            {rows.map((row, index) => (
              <tr key={index} onKeyDown={(event) => onKeyDown(event, index)} onPaste={(event) => onPaste(event, index)}>
                <td class="ctl-row-number">{index + 1}</td>
                <Scope row={row} index={index}>
                  {columns.map((column) => {
                    const cell = <FormField {...props} key={column.id} field={column} indexes={{ ...indexes, [field.id]: index }} />;
                    return shown.includes(column) ? <td class={figure(column)} data-label={column.label}>{cell}</td> : cell;
                  })}
                </Scope>
                {open && (
                  <td class="ctl-row-actions">
                    <button type="button" class="ctl-quiet" aria-label={say("copyRow", { count: index + 1 })} title={`${say("copyRow", { count: index + 1 })} (Alt+D)`} onClick={() => add(clone(row), index + 1)}><Icon name="copy" /></button>
                    <button type="button" class="ctl-quiet" aria-label={say("removeRow", { count: index + 1 })} title={`${say("removeRow", { count: index + 1 })} (Alt+⌫)`} onClick={() => remove(index)}><Icon name="trash" /></button>
                  </td>
                )}
              </tr>
            ))}
            {!rows.length && <tr><td class="ctl-note" colSpan={shown.length + 2}>{say("noRows")}</td></tr>}
          </tbody>
          {totals.length > 0 && rows.length > 0 && (
            <tfoot>
              <tr>
                <th scope="row" class="ctl-row-number">{say("total")}</th>
                {shown.map((column) => <td class="ctl-figure" data-label={totals.includes(column.key) ? column.label : undefined}>{totals.includes(column.key) ? new Intl.NumberFormat(language(), { maximumFractionDigits: 20 }).format(totalOf(rows, column.key)) : ""}</td>)}
                {open && <td />}
              </tr>
            </tfoot>
          )}
        </table>
      </div>
      {open && rows.length < most && <button type="button" class="ctl-button" title="Alt+N" onClick={() => add()}><Icon name="plus" />{say("addRow")}</button>}
      <Errors id={ids(props).problems} errors={props.errors ?? []} />
    </div>
  );
}
