// Cells copied from a spreadsheet, as the columns of a table hold them.
import { dayOf } from "./dates.js";
import { parsed, plainly } from "./money.jsx";

/** Whether a clipboard's text is several cells: one is pasted as any text is. */
export const isSheet = (text) => /[\t\n]/.test(text.replace(/\r?\n$/, ""));

/** The cells of a clipboard's text, row by row. */
export async function cellsOf(text) {
  const { default: Papa } = await import("papaparse");
  return Papa.parse(text.replace(/\r?\n$/, ""), { delimiter: "\t" }).data;
}

const YES = new Set(["1", "true", "yes", "y", "x", "是", "√", "✓", "✔"]);
const TIME = /^(\d{1,2})[::](\d{2})(?:[::]\d{2})?$/;

/** A number as people and spreadsheets write it: grouped, with a currency or a per cent sign; what is none stays as it is. */
function figure(text, field) {
  const plain = plainly(text);
  const share = plain.endsWith("%") ? parsed(plain.slice(0, -1)) : undefined;
  const number = share ? share.div(100) : parsed(plain);
  if (!number) return text;
  return field.serializeToString ? number.toFixed() : Number(number);
}

function hour(text) {
  const found = text.match(TIME);
  return found ? `${found[1].padStart(2, "0")}:${found[2]}` : undefined;
}

const option = (text, field) => field.values?.find(({ value, label }) => label === text || String(value) === text)?.value;

const READERS = {
  textfield: (text) => text.replace(/\s*\n\s*/g, " "),
  textarea: (text) => text,
  number: figure,
  datetime: (text, { subtype }) => (subtype === "date" ? dayOf(text) : subtype === "time" ? hour(text) : undefined),
  checkbox: (text) => YES.has(text.toLowerCase()),
  select: option,
  radio: option,
};

const STRUCTURED = new Set(["region", "location", "matrix", "cascade", "json", "rich_text"]);

/** What a column holds of a cell; undefined where it cannot be written into it, null where the cell is empty. */
function valueOf(cell, field) {
  const text = cell.trim();
  if (!field) return text ? undefined : null;
  if (text === "") return null;
  if (STRUCTURED.has(field.properties?.ctl) || field.properties?.currencies || field.key?.includes(".")) return undefined;
  return READERS[field.type]?.(text, field);
}

/** What is computed or closed takes no cells, and nobody misses them. */
const isClosed = (field) => field?.type === "expression" || field?.readonly === true || field?.disabled === true;

/** Lay pasted cells over `rows` from a place on, `most` of them; tell how many rows that were, and how many cells did not fit. */
export function laidOver(rows, cells, { row, column, columns, fresh, most }) {
  const fitting = cells.slice(0, Math.max(most - row, 0));
  const laid = [...rows];
  let left = cells.slice(fitting.length).flat().filter((cell) => cell.trim()).length;
  fitting.forEach((line, down) => {
    const held = { ...(laid[row + down] ?? fresh()) };
    line.forEach((cell, across) => {
      const field = columns[column + across];
      if (isClosed(field)) return;
      const value = valueOf(cell, field);
      if (value === undefined) left += 1;
      else if (field) held[field.key] = value;
    });
    laid[row + down] = held;
  });
  return { laid, left, count: fitting.length };
}
