// A list of the inbox: the chosen task beside it, columns to widen, rows to select and swipe, news as it comes.
import htmx from "htmx.org/dist/htmx.esm.js";
import { startBulk } from "./bulk.js";
import { startColumns } from "./columns.js";
import { inbox as list } from "./list.js";
import { startNews } from "./live.js";
import { startFacets, startSheet } from "./sheet.js";
import { startSwipe } from "./swipe.js";

const wide = matchMedia("(min-width: 1200px)");
const linkOf = (row) => row.querySelector("a.title");

class Inbox {
  constructor(element, props) {
    this.element = element;
    this.props = props;
    this.pane = element.querySelector("#pane");
  }

  start() {
    const chosen = new URL(location.href).searchParams.get("task");
    if (chosen && !wide.matches) return location.replace(`/t/${encodeURIComponent(chosen)}`); // there is no room beside the list
    this.element.addEventListener("click", (event) => this.onClick(event));
    addEventListener("popstate", () => location.reload());
    document.body.addEventListener("htmx:afterRequest", ({ detail }) => detail.pathInfo?.requestPath === this.asked && this.pane.removeAttribute("aria-busy"));
    this.pane.addEventListener("htmx:afterSettle", () => this.pending && this.pressPending());
    list.closePane = () => this.close();
    list.offers = (action) => this.offers(action);
    list.act = (action) => this.act(action);
    this.element.querySelector("[data-row][aria-selected='true']")?.scrollIntoView({ block: "nearest" });
  }

  onClick(event) {
    const link = event.target.closest("[data-row] a.title");
    if (!link || !this.opensBeside(link) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.choose(link.closest("[data-row]"));
  }

  opensBeside(link) {
    return wide.matches && link.getAttribute("href").startsWith("/t/");
  }

  /** Show a row's task beside the list, and do there what was asked of it: of this row, not of one chosen before. */
  choose(row, pending = "") {
    this.pending = pending;
    const address = new URL(location.href);
    address.searchParams.set("task", row.dataset.task);
    for (const other of this.element.querySelectorAll("[data-row]")) other.setAttribute("aria-selected", String(other === row));
    list.put(row);
    row.classList.remove("unseen");
    this.element.classList.add("open");
    this.pane.setAttribute("aria-busy", "true");
    this.asked = `${linkOf(row).getAttribute("href")}?pane=1`; // of several, htmx fetches the last
    htmx.ajax("GET", this.asked, { target: "#pane", swap: "innerHTML show:top" });
    history.pushState({ task: row.dataset.task }, "", address);
  }

  /** Put the task away; the cursor stays on its row. */
  close() {
    if (!this.element.classList.contains("open")) return false;
    const address = new URL(location.href);
    address.searchParams.delete("task");
    history.pushState({}, "", address);
    this.element.classList.remove("open");
    this.pane.replaceChildren();
    for (const row of this.element.querySelectorAll("[aria-selected='true']")) {
      row.setAttribute("aria-selected", "false");
      list.put(row);
    }
    return true;
  }

  /** What may be done to the selected rows together, or to the row under the cursor. */
  offers(action) {
    if (list.selected().length) return Boolean(this.bulk?.offers(action));
    return this.props.actions.includes(action) && Boolean(list.current()) && !this.element.classList.contains("open");
  }

  /** With rows selected, all of them; else the row under the cursor is opened, and what carries the action pressed. */
  act(action) {
    if (list.selected().length) return this.bulk.begin(action);
    const row = list.current();
    if (!row) return;
    if (!this.opensBeside(linkOf(row))) return linkOf(row).click();
    this.choose(row, action);
  }

  pressPending() {
    const button = this.pane.querySelector(`[data-key='${CSS.escape(this.pending)}']`);
    this.pending = "";
    if (button?.matches("input, textarea, select")) button.focus();
    else button?.click();
  }
}

export function mount(element, props) {
  const page = new Inbox(element, props);
  page.start();
  startColumns(element, props);
  startSheet(element);
  startFacets(element);
  if (!props.tasks) return;
  startNews(element, props);
  startSwipe(element);
  page.bulk = startBulk(element, props);
}
