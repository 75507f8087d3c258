// The rows of a list: where the cursor is, which are selected. Any page with `data-row` elements has a cursor.

const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.checkVisibility());
const linkOf = (row) => (row.matches("a") ? row : row.querySelector("a.title, a"));
const current = () => document.querySelector("[data-row].cursor") ?? document.querySelector("[data-row][aria-selected='true']");
const ticks = () => [...document.querySelectorAll("[data-row] input[data-tick]")];
const selected = () => ticks().filter((tick) => tick.checked).map((tick) => tokenOf(tick.closest("[data-row]")));
/** A task as the server wants it named: with the revision that was seen. */
const tokenOf = (row) => `${row.dataset.task}:${row.dataset.revision}`;

let anchor = null; // where a range begins

function put(row) {
  document.querySelectorAll("[data-row].cursor").forEach((other) => other.classList.toggle("cursor", other === row));
  row.classList.add("cursor");
  linkOf(row)?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = rows();
  const at = all.indexOf(current());
  put(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)]);
}

function tick(row, on) {
  const box = row?.querySelector("input[data-tick]");
  if (box) box.checked = on ?? !box.checked;
  anchor = row;
}

function announce() {
  document.dispatchEvent(new CustomEvent("selection", { detail: selected() }));
}

export const inbox = {
  rows,
  move,
  current,
  selected,
  tokenOf,
  put,
  open: () => linkOf(current())?.click(),
  selectable: () => ticks().length > 0,
  toggle() {
    if (!current()) move(1);
    tick(current());
    announce();
  },
  toggleRange() {
    const all = rows();
    if (!current()) move(1);
    const ends = [all.indexOf(anchor ?? current()), all.indexOf(current())].sort((a, b) => a - b);
    all.slice(ends[0], ends[1] + 1).forEach((row) => tick(row, true));
    announce();
  },
  selectAll() {
    inbox.setAll(!ticks().every((box) => box.checked));
  },
  setAll(on) {
    ticks().forEach((box) => (box.checked = on && !box.disabled));
    announce();
  },
  /** A box was ticked by mouse: a range may begin here. */
  ticked(row) {
    anchor = row;
    announce();
  },
  clearSelection() {
    if (!selected().length) return false;
    ticks().forEach((box) => (box.checked = false));
    announce();
    return true;
  },
  closePane: () => false,
  offers: () => false,
  act: () => {},
};
