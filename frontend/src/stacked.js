// Tables of many columns stand as cards in a narrow window: each cell is named by its column, the first one is the title.
const TABLES = ".table-scroll > .grid-table:has(> thead):not(.mapping, .told-matrix, .token-families)";

function stack(table) {
  const columns = [...table.tHead.rows[0].cells].map((cell) => (cell.querySelector(".visually-hidden") ? "" : cell.textContent.trim()));
  const shown = table.tHead.querySelectorAll("th:not(.not-narrow)").length;
  if (shown < 4) return;
  table.classList.add("stacked");
  for (const { cells } of table.tBodies[0].rows)
    if (cells.length === columns.length) [...cells].forEach((cell, index) => (cell.dataset.column = columns[index]));
}

/** Name the cells of the tables on the page, those of rows that came later as well. */
export function stackTables() {
  document.querySelectorAll(TABLES).forEach(stack);
}
