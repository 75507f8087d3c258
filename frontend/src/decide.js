// The bar that decides a task: what has to be said first, often written opinions, and the page of every other action.

const GROWS_TO = 160; // pixels
const ABOVE = 150; // pixels that the frame and the head of the task take

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, GROWS_TO)}px`;
}

class Bar {
  constructor(element, props) {
    this.element = element;
    this.words = props.words;
    this.action = element.querySelector("#task-action");
    this.main = element.querySelector(".decide-main");
  }

  start() {
    const opinion = this.element.querySelector("#opinion");
    opinion?.addEventListener("input", () => grow(opinion));
    this.element.querySelector("[data-templates]")?.addEventListener("change", ({ target }) => {
      opinion.value = [opinion.value.trim(), target.value].filter(Boolean).join("\n");
      target.selectedIndex = 0;
      grow(opinion);
      opinion.focus();
    });
    this.startMenu();
    this.action.addEventListener("htmx:afterSwap", () => this.show());
    this.action.addEventListener("input", ({ target }) => target.matches("[data-find]") && this.find(target));
    this.action.addEventListener("click", (event) => {
      if (!event.target.closest("[data-close-action]")) return;
      event.preventDefault();
      this.close();
    });
    this.action.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      this.close();
    });
    this.element.addEventListener("problems", (event) => this.tell(event.detail));
  }

  startMenu() {
    const menu = this.element.querySelector("details.menu");
    const close = (back) => {
      if (!menu.open) return;
      menu.open = false;
      if (back) menu.querySelector("summary").focus();
    };
    menu.addEventListener("keydown", (event) => {
      const items = [...menu.querySelectorAll("a, button")];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape" && menu.open) {
        event.stopPropagation();
        close(true);
      } else if (step && menu.open) {
        event.preventDefault();
        items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
      }
    });
    menu.addEventListener("toggle", () => {
      // upwards, unless there is no room above
      const list = menu.querySelector(".menu-list");
      list.classList.toggle("down", menu.open && menu.getBoundingClientRect().top - list.offsetHeight < ABOVE && innerHeight - menu.getBoundingClientRect().bottom > list.offsetHeight);
    });
    menu.addEventListener("click", (event) => event.target.closest("[hx-get]") && close());
    document.addEventListener("click", (event) => !menu.contains(event.target) && close());
  }

  /** The page of an action takes the place of the buttons; the form above stays to be read. */
  show() {
    const open = Boolean(this.action.firstElementChild);
    this.main.hidden = open;
    if (open) (this.action.querySelector("[autofocus]") ?? this.action.querySelector("input:not([type='hidden']), select, button"))?.focus();
  }

  /** Show the people whose name or id has what is typed; who is chosen stays. */
  find(field) {
    const wanted = field.value.trim().toLowerCase();
    for (const line of field.closest("[data-people]").querySelectorAll("label"))
      line.hidden = !line.querySelector(":checked") && !line.textContent.toLowerCase().includes(wanted);
  }

  close() {
    this.action.replaceChildren();
    this.show();
    this.element.querySelector("details.menu summary").focus();
  }

  /** Say beside its field what is missing; return what has no field here. */
  tell(problems) {
    for (const place of this.element.querySelectorAll("[data-problem]")) {
      const found = problems.find((problem) => problem.field === place.dataset.problem);
      place.hidden = !found;
      place.textContent = found?.message ?? "";
      const field = place.parentElement.querySelector(`[data-extra='${place.dataset.problem}']`);
      field?.setAttribute("aria-invalid", String(Boolean(found)));
    }
    const first = problems.find((problem) => this.element.querySelector(`[data-problem='${CSS.escape(problem.field)}']`));
    this.element.querySelector(`[data-extra='${CSS.escape(first?.field ?? "")}']:not([type='hidden'])`)?.focus();
  }

  /** Return what has to be said before a verdict counts, as far as the page knows. */
  missing(verdict) {
    const value = (name) => this.element.querySelector(`[data-extra='${name}']`)?.value.trim();
    const opinion = this.element.querySelector("#opinion");
    const wanted = opinion?.dataset.opinion === "required" || (opinion?.dataset.opinion === "on_reject" && verdict === "reject");
    const problems = [];
    if (wanted && !value("opinion")) problems.push("opinion");
    if (verdict === "reject" && this.element.querySelector("#reason") && !value("reason")) problems.push("reason");
    if (this.element.querySelector("[data-extra='signature']") && !value("signature")) problems.push("signature");
    return problems.map((field) => ({ field, message: this.words[field] }));
  }
}

export function mount(element, props) {
  const bar = new Bar(element, props);
  bar.start();
  element.missing = (verdict) => {
    const problems = bar.missing(verdict);
    bar.tell(problems);
    return problems;
  };
}
