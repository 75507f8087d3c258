// Rows as a table: add, copy and remove them, paste them from a spreadsheet, move by keyboard, totals below.
import { Errors, FormContext, Label, LocalExpressionContext } from "@bpmn-io/form-js-viewer";
import Big from "big.js";
import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Icon, ids } from "./frame.jsx";
import { parsed } from "./money.jsx";
import { cellsOf, isSheet, laidOver } from "./pasted.js";
import { Row, headOf, problemsIn, useLatest, useSeen } from "./rows.jsx";
import { numberFormat, say, setting } from "./words.js";

const LONG = 30; // rows: from there on each is laid out for itself, and only when it comes into sight
const STEP = 20; // rows: so many more of a long table are drawn at a time, so that it can be used meanwhile
const LEAST = 136; // pixels of a column of such a table

const clone = (data) => JSON.parse(JSON.stringify(data ?? {}));

/** Whether a column holds figures to compare, which stand one below another. */
function isFigure({ type, properties }) {
  return type === "number" ? !["rating", "nps", "slider"].includes(properties?.ctl) : ["formula", "rollup"].includes(properties?.ctl);
}

function totalOf(rows, key) {
  return rows.reduce((sum, row) => sum.plus(parsed(row?.[key]?.amount ?? row?.[key]) ?? 0), new Big(0)).toFixed();
}

/** The width of a column among its neighbours: of sixteen, as form-js counts. */
const widthOf = (column) => column.layout?.columns ?? 6;

/** How many of `count` rows are drawn by now, and a way to have more of them at once. */
function useGradually(count) {
  const [drawn, setDrawn] = useState(LONG);
  useEffect(() => {
    if (drawn >= count) return undefined;
    const soon = setTimeout(() => setDrawn(drawn + STEP));
    return () => clearTimeout(soon);
  }, [drawn, count]);
  return [Math.min(drawn, count), (least) => setDrawn(Math.max(drawn, least))];
}

export function SubTable(props) {
  const { field, indexes, domId } = props;
  const [told, setTold] = useState("");
  const services = useRef(useContext(FormContext)).current; // form-js makes them anew, though they are the same
  const around = useContext(LocalExpressionContext);
  const { getService } = services;
  const form = getService("form");
  const { data, errors, initialData, properties } = form._getState();
  const body = useRef();
  const place = getService("pathRegistry").getValuePath(field, { indexes });
  const rows = place.reduce((held, step) => held?.[step], data) ?? [];
  const columns = useMemo(() => field.components.map(({ id }) => getService("formFieldRegistry").get(id)).filter(Boolean), [field, initialData]);
  const seen = useSeen(columns, around);
  const shown = columns.filter((column) => column.type !== "expression" || column.properties?.ctl);
  const still = props.readonly || props.disabled || properties.readOnly;
  const open = field.allowAddRemove && !still;
  const put = (value) => props.onChange({ field, value, indexes });
  const focus = (index) => setTimeout(() => body.current?.querySelectorAll("tr")[index]?.querySelector("input, select, button, textarea")?.focus(), 60);
  const [drawn, draw] = useGradually(rows.length);
  const most = Number(setting(field, "maxItems", "1000"));
  const fresh = () => form._getInitializedFieldData(data, { container: field, indexes: { ...indexes, [field.id]: rows.length } });
  const add = (row, at = rows.length) => {
    if (rows.length >= most) return;
    draw(at + 1);
    put([...rows.slice(0, at), row ?? fresh(), ...rows.slice(at)]);
    focus(at);
  };
  const remove = (index) => {
    put(rows.filter((_, other) => other !== index));
    focus(Math.max(index - 1, 0));
  };
  const copy = (index) => add(clone(rows[index]), index + 1);
  const onKeyDown = (event, index) => {
    if (!open || !event.altKey) return;
    const done = { n: () => add(), d: () => copy(index), Backspace: () => remove(index) }[event.key];
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
  const table = useLatest(field.id, { copy, remove, onKeyDown, onPaste, onChange: props.onChange });
  const totals = setting(field, "totals").split(",").map((key) => key.trim()).filter(Boolean);
  const figure = (column) => (still && isFigure(column) ? "ctl-figures" : undefined);
  const tracks = { "--columns": [...shown.map((column) => `minmax(${LEAST}px, ${widthOf(column)}fr)`), open ? "76px" : ""].join(" "), "--least": `${shown.length * LEAST + 120}px` };
  return (
    <div class="fjs-form-field fjs-form-field-dynamiclist ctl ctl-sub_table" role="group" aria-labelledby={domId}>
      <div class="ctl-table-head"><Label id={domId} label={field.label} /><span class="ctl-note">{say("rows", { count: rows.length })}</span><span class="ctl-note" role="status">{told}</span></div>
      <div class="ctl-table-scroll">
        <table role="table" aria-busy={drawn < rows.length} class={`ctl-table${rows.length > LONG ? " long" : ""}`} style={tracks}>
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" class="ctl-row-number">{say("row")}</th>
              {shown.map((column) => <th role="columnheader" class={figure(column)} style={{ width: `${(widthOf(column) / 16) * 100}%` }}>{headOf(column)}{column.validate?.required && <span class="fjs-asterix" aria-hidden="true">*</span>}</th>)}
              {open && <th role="columnheader" class="ctl-row-actions"><span class="visually-hidden">{say("actions")}</span></th>}
            </tr>
          </thead>
          <tbody role="rowgroup" ref={body}>
            <FormContext.Provider value={services}>
              {rows.slice(0, drawn).map((row, index) => (
                <Row key={index} {...{ row, index, columns, shown, open, still, around, indexes, table, figure, seen }} text={JSON.stringify(row)}
                  problems={problemsIn(errors, columns, [...Object.values(indexes ?? {}), index])} initial={initialData} />
              ))}
            </FormContext.Provider>
            {!rows.length && <tr role="row"><td role="cell" class="ctl-note" colSpan={shown.length + 2}>{say("noRows")}</td></tr>}
          </tbody>
          {totals.length > 0 && rows.length > 0 && (
            <tfoot role="rowgroup">
              <tr role="row">
                <th role="rowheader" class="ctl-row-number">{say("total")}</th>
                {shown.map((column) => <td role="cell" class="ctl-figure" data-label={totals.includes(column.key) ? headOf(column) : undefined}>{totals.includes(column.key) ? numberFormat({ maximumFractionDigits: 20 }).format(totalOf(rows, column.key)) : ""}</td>)}
                {open && <td role="cell" />}
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
