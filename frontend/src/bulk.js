// Several tasks at once: a bar counts them, a sheet shows what would happen, then what happened to each.
import { inbox as list } from "./list.js";
import { openSheet } from "./sheet.js";

class Bulk {
  constructor(element, props) {
    this.props = props;
    this.bar = element.querySelector("#bulk-bar");
    this.sheet = document.getElementById("list-sheet");
    this.all = element.querySelector("[data-tick-all]");
  }

  start(element) {
    document.addEventListener("selection", () => this.tell());
    element.addEventListener("change", (event) => {
      if (event.target === this.all) list.setAll(this.all.checked);
      else if (event.target.matches("[data-tick]")) list.ticked(event.target.closest("[data-row]"));
    });
    element.addEventListener("click", (event) => {
      const more = event.target.closest("[data-more]");
      if (more) this.open("", [list.tokenOf(more.closest("[data-row]"))]);
      const button = event.target.closest("#bulk-bar [data-bulk]");
      if (button) this.begin(button.dataset.bulk);
      if (event.target.closest("[data-clear]")) list.clearSelection();
    });
    element.querySelector("[data-take-selected]")?.addEventListener("formdata", (event) => {
      for (const task of list.selected()) event.formData.append("task", task);
    });
    this.sheet.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-bulk]");
      if (choice) this.open(choice.dataset.bulk, JSON.parse(choice.dataset.tasks ?? "null") ?? this.tasks);
    });
    this.sheet.addEventListener("close", () => {
      if (this.sheet.querySelector("[data-done]")) document.dispatchEvent(new CustomEvent("news", { detail: { mine: true } }));
    });
    this.tell();
  }

  offers(action) {
    return Boolean(this.bar?.querySelector(`[data-bulk='${CSS.escape(action)}']`));
  }

  begin(action) {
    this.open(action, list.selected());
  }

  /** Ask the server what an action would do to tasks; without an action, which there are. */
  open(action, tasks) {
    this.tasks = tasks;
    openSheet(`/inbox/${this.props.list}/bulk`, { action, task: tasks });
  }

  tell() {
    if (!this.bar) return;
    const count = list.selected().length;
    this.bar.hidden = !count;
    this.bar.querySelector("[data-count]").textContent = this.bar.dataset.words.replace("{n}", count);
    if (!this.all) return;
    const total = document.querySelectorAll("[data-tick]").length;
    this.all.checked = Boolean(count) && count === total;
    this.all.indeterminate = Boolean(count) && count < total;
  }
}

export function startBulk(element, props) {
  const bulk = new Bulk(element, props);
  bulk.start(element);
  element.addEventListener("swipe", (event) => bulk.open(event.detail.action, [list.tokenOf(event.target.closest("[data-row]"))]));
  return bulk;
}
