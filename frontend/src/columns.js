// Columns: pulled wider by mouse or arrow keys, and put in order in the chooser; what was chosen is kept by the server.
import Sortable from "sortablejs";
import { send } from "./server.js";

const NARROWEST = 48;
const WIDEST = 900;
const STEP = 16;

/** The columns as they are shown: `title:250!,due`. */
function written(list) {
  return [...list.querySelectorAll("thead th[data-col]")]
    .map((head) => `${head.dataset.col}${head.dataset.width ? `:${head.dataset.width}` : ""}${head.classList.contains("pinned") ? "!" : ""}`)
    .join(",");
}

function keep(list, props) {
  const address = new URL(location.href);
  const columns = written(list);
  if (address.searchParams.has("columns") || address.searchParams.has("view")) {
    address.searchParams.set("columns", columns);
    history.replaceState(history.state, "", address);
  } else send(`/inbox/${props.list}/columns`, { columns });
}

function startResizing(list, props) {
  const column = (handle) => list.querySelector(`col[data-col='${CSS.escape(handle.closest("th").dataset.col)}']`);
  const width = (handle, pixels) => {
    const bounded = Math.round(Math.min(Math.max(pixels, NARROWEST), WIDEST));
    column(handle).style.width = `${bounded}px`;
    handle.closest("th").dataset.width = bounded;
    handle.setAttribute("aria-valuenow", bounded);
  };
  list.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest(".resize");
    if (!handle) return;
    event.preventDefault();
    const from = { x: event.clientX, width: handle.closest("th").offsetWidth };
    const move = (moved) => width(handle, from.width + moved.clientX - from.x);
    handle.setPointerCapture(event.pointerId);
    handle.classList.add("active");
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", () => {
      handle.removeEventListener("pointermove", move);
      handle.classList.remove("active");
      keep(list, props);
    }, { once: true });
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (!step || !event.target.matches(".resize")) return;
    event.preventDefault();
    width(event.target, event.target.closest("th").offsetWidth + step);
    keep(list, props);
  });
  pin(list);
}

/** Pinned columns stand one beside the other at the left edge. */
function pin(list) {
  let left = 0;
  const heads = [...list.querySelectorAll("thead th")];
  heads.forEach((head, index) => {
    if (!head.classList.contains("pinned")) return;
    for (const cell of list.querySelectorAll(`tr > :nth-child(${index + 1}).pinned`)) cell.style.setProperty("--pin", `${left}px`);
    left += head.offsetWidth;
  });
}

export function startColumns(element, props) {
  startResizing(element.querySelector(".inbox-list"), props);
}

/** The chooser: ticked columns are shown, in their order; moved by dragging, or by its buttons. */
export function mount(form) {
  const rows = form.querySelector("ul");
  const hidden = form.elements.columns;
  const gather = () => {
    hidden.value = [...rows.querySelectorAll("li")]
      .filter((row) => row.querySelector("[data-shown]").checked)
      .map((row) => `${row.dataset.col}${row.dataset.width ? `:${row.dataset.width}` : ""}${row.querySelector("[data-pinned]").checked ? "!" : ""}`)
      .join(",");
  };
  Sortable.create(rows, { handle: ".grip", animation: 120, onEnd: gather });
  rows.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("li");
    if (button.dataset.move === "up") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    button.focus();
    gather();
  });
  form.querySelector("input[type='search']").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of rows.children) row.hidden = Boolean(wanted) && !row.textContent.toLowerCase().includes(wanted);
  });
  form.addEventListener("change", gather);
  form.addEventListener("submit", gather);
  gather();
}
