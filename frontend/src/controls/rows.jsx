// The rows of a table, each drawn again only when what it shows has changed: form-js draws all of a form anew at every
// keystroke, which hundreds of rows with formulas would make a matter of seconds.
import { FormField, LocalExpressionContext, buildExpressionContext } from "@bpmn-io/form-js-viewer";
import { memo } from "preact/compat";
import { useMemo, useRef } from "preact/hooks";
import { Icon } from "./frame.jsx";
import { say } from "./words.js";

const WORD = /[\p{L}\p{N}_]+/gu;
const FAR = /parent(?!_?\.)|parent_?\._?parent/; // `parent` as a whole, or what lies around that

function textsIn(columns) {
  const texts = [];
  JSON.stringify(columns, (_, value) => (typeof value === "string" && texts.push(value), value));
  return texts;
}

/** What the settings of `columns` name of the form around a row, as a text that differs where that does. */
export function useSeen(columns, { data, this: outer, i }) {
  const { words, far } = useMemo(() => {
    const texts = textsIn(columns);
    return { words: new Set(texts.flatMap((text) => text.match(WORD) ?? [])), far: texts.some((text) => FAR.test(text)) };
  }, [columns]);
  const named = (held) => Object.entries(held ?? {}).filter(([key]) => key.match(WORD)?.every((word) => words.has(word)));
  return JSON.stringify(far ? data : [named(data), outer === data ? null : named(outer), i]);
}

/** The problems of a row's fields, those of tables within it included, as a text. */
export function problemsIn(errors, columns, steps) {
  const within = (column) => [column.id, ...(column.components ?? []).flatMap(within)];
  return JSON.stringify(columns.flatMap(within).map((id) => steps.reduce((found, step) => found?.[step], errors[id])));
}

/** An object that stays the same while what it does is always the newest. */
export function useLatest(id, doings) {
  const latest = useRef(doings);
  latest.current = doings;
  return useMemo(() => Object.fromEntries([["id", id], ...Object.keys(doings).map((name) => [name, (...given) => latest.current[name](...given)])]), [id]);
}

/** What a column is called: a day and a time have labels of their own. */
export const headOf = ({ label, dateLabel, timeLabel }) => [label, dateLabel, timeLabel].filter(Boolean).join(" ");

/** Hands the expressions of a row what they speak of: `this`, `parent`, `i`. */
function scopeOf(row, index, around) {
  return { data: around.data, this: row, parent: buildExpressionContext({ ...around, data: around.this }), i: [...(around.i ?? []), index + 1] };
}

function Actions({ count, table }) {
  return (
    <td role="cell" class="ctl-row-actions">
      <button type="button" class="ctl-quiet" aria-label={say("copyRow", { count })} title={`${say("copyRow", { count })} (Alt+D)`} onClick={() => table.copy(count - 1)}><Icon name="copy" /></button>
      <button type="button" class="ctl-quiet" aria-label={say("removeRow", { count })} title={`${say("removeRow", { count })} (Alt+⌫)`} onClick={() => table.remove(count - 1)}><Icon name="trash" /></button>
    </td>
  );
}

function Drawn({ row, index, columns, shown, open, around, indexes, table, figure }) {
  return (
    <tr role="row" onKeyDown={(event) => table.onKeyDown(event, index)} onPaste={(event) => table.onPaste(event, index)}>
      <td role="cell" class="ctl-row-number">{index + 1}</td>
      <LocalExpressionContext.Provider value={scopeOf(row, index, around)}>
        {columns.map((column) => {
          const cell = <FormField key={column.id} field={column} indexes={{ ...indexes, [table.id]: index }} onChange={table.onChange} />;
          return shown.includes(column) ? <td role="cell" class={figure(column)} data-label={headOf(column)}>{cell}</td> : cell;
        })}
      </LocalExpressionContext.Provider>
      {open && <Actions count={index + 1} table={table} />}
    </tr>
  );
}

// form-js writes into the data it hands out: objects cannot tell what they were when the row was drawn, texts can
const TOLD = ["text", "problems", "seen", "index", "columns", "initial", "open", "still", "table"];

/** `text` is the row, `problems` and `seen` are as above, `initial` the data the form opened with. */
export const Row = memo(Drawn, (before, now) => TOLD.every((name) => before[name] === now[name]));
