// The list stays on the left: from 1200 px a chosen task opens on the right, and the address says so.
import htmx from "htmx.org/dist/htmx.esm.js";

const wide = matchMedia("(min-width: 1200px)");

function choose(inbox, row) {
  const link = row.querySelector("a.title");
  const address = new URL(location.href);
  address.searchParams.set("task", row.dataset.row);
  for (const other of inbox.querySelectorAll("[data-row]")) other.setAttribute("aria-selected", String(other === row));
  row.classList.remove("unseen");
  inbox.classList.add("open");
  htmx.ajax("GET", `${link.getAttribute("href")}?pane=1`, { target: "#pane", swap: "innerHTML show:top" });
  history.pushState({ task: row.dataset.row }, "", address);
}

export function mount(inbox) {
  inbox.addEventListener("click", (event) => {
    const link = event.target.closest("[data-row] a.title");
    if (!link || !wide.matches || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(inbox, link.closest("[data-row]"));
  });
  addEventListener("popstate", () => location.reload());
}
