// A sheet over the list, filled by the server: columns, saved views, what would happen to the selected tasks.
import htmx from "htmx.org/dist/htmx.esm.js";

const sheet = () => document.getElementById("list-sheet");

/** Show a sheet with what an address answers; `values` make it a POST. */
export async function openSheet(address, values) {
  const dialog = sheet();
  const body = dialog.querySelector("[data-sheet-body]");
  if (!dialog.open) {
    body.replaceChildren();
    dialog.showModal();
  }
  body.setAttribute("aria-busy", "true");
  await htmx.ajax(values ? "POST" : "GET", address, { target: body, swap: "innerHTML", values });
  body.removeAttribute("aria-busy");
  body.querySelector("[autofocus]")?.focus();
}

export function startSheet(element) {
  element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-sheet]");
    if (button) openSheet(button.dataset.sheet);
  });
  sheet().addEventListener("click", (event) => {
    if (event.target === sheet() || event.target.closest("button[data-close]")) sheet().close();
  });
}

export function startFacets(element) {
  element.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-facets]")) location.assign(element.querySelector("#facets").dataset.closeTo);
    event.target.closest("[data-show-beyond]")?.closest(".facet").classList.add("all");
  });
}
