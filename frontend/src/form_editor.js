// Drawing a form: form-js's editor with our palette and settings. The server checks, previews and saves.
import { FormEditor } from "@bpmn-io/form-js-editor";
import { controlsModule } from "./controls/index.js";
import { cards } from "./form_editor_cards.js";
import { speakChinese } from "./form_editor_language.js";
import { palette, presets } from "./form_editor_palette.js";
import { settings } from "./form_editor_settings.js";
import { send, signInAgain } from "./server.js";
import { toast } from "./toast.js";

const PAUSE = 700; // ms without a change before the server is asked

const uploading = { uploadAddress: ["value", "/files"] };

const isWritten = (element) => Boolean(element.closest?.("input, textarea, select, [contenteditable]"));

class Page {
  constructor(element, props) {
    this.element = element;
    this.props = props;
    this.base = props.base;
    this.find = (name) => element.querySelector(`[data-${name}]`);
  }

  async open() {
    const { props } = this;
    if (props.language.startsWith("zh")) speakChinese(this.find("canvas"), this.find("settings"));
    this.editor = new FormEditor({
      container: this.find("canvas"),
      palette: { parent: document.createElement("div") }, // ours stands in its place
      propertiesPanel: { parent: this.find("settings"), feelPopupContainer: this.element },
      exporter: { name: "process-server" },
      additionalModules: [controlsModule, cards(props), uploading, presets(props), settings(props)],
    });
    await this.editor.importSchema(props.schema);
    this.saved = this.text();
    palette(this.find("palette"), props, this.editor);
    this.editor.on("changed", () => this.changed());
    this.startTools();
    this.startJson();
    this.startPreview();
    this.startSaving();
    this.check();
  }

  text() {
    return JSON.stringify(this.editor.getSchema(), null, 2);
  }

  get isTouched() {
    return this.props.fresh || this.text() !== this.saved;
  }

  changed() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.check(), PAUSE);
  }

  startTools() {
    const stack = this.editor.get("commandStack");
    const show = () => {
      this.find("undo").disabled = !stack.canUndo();
      this.find("redo").disabled = !stack.canRedo();
    };
    this.find("undo").addEventListener("click", () => stack.undo());
    this.find("redo").addEventListener("click", () => stack.redo());
    this.editor.on("commandStack.changed", show);
    this.editor.on("import.done", show);
    this.find("up").addEventListener("click", () => this.move(-1));
    this.find("down").addEventListener("click", () => this.move(1));
    this.find("canvas").addEventListener("keydown", (event) => {
      const step = event.altKey && { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (step) {
        event.preventDefault();
        this.move(step);
      } else if (event.key === "Delete" && !isWritten(event.target)) this.remove();
    });
    // single keys draw here: none of the house's shortcuts may leave the page
    document.body.addEventListener("keydown", (event) => event.ctrlKey || event.metaKey || event.stopPropagation());
    document.addEventListener("keydown", (event) => {
      // form-js undoes while the canvas has the focus, which undoing may take from it
      const writing = event.defaultPrevented || isWritten(event.target);
      if (!(event.ctrlKey || event.metaKey) || (writing && event.key !== "s")) return;
      const name = { s: "to-save", z: event.shiftKey ? "redo" : "undo", Z: "redo", y: "redo" }[event.key];
      if (name) {
        event.preventDefault();
        this.find(name).click();
      }
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.isTouched && !this.left) event.preventDefault();
    });
    show();
  }

  /** Move the chosen field one place up or down among its siblings, onto a row of its own. */
  move(step) {
    const field = this.editor.get("selection").get();
    if (!field?._parent) return;
    const parent = this.editor.get("formFieldRegistry").get(field._parent);
    const from = parent.components.indexOf(field);
    const to = from + step;
    if (to < 0 || to >= parent.components.length) return;
    const row = this.editor.get("formLayouter").getRowForField(field);
    // the place is counted with the field still where it was
    this.editor.get("modeling").moveFormField(field, parent, parent, from, step > 0 ? to + 1 : to, row, null);
    this.editor.get("selection").set(this.editor.get("formFieldRegistry").get(field.id));
  }

  remove() {
    const field = this.editor.get("selection").get();
    const parent = field && this.editor.get("formFieldRegistry").get(field._parent);
    if (parent) this.editor.get("modeling").removeFormField(field, parent, parent.components.indexOf(field));
  }

  startJson() {
    const area = this.find("json");
    let given = ""; // what stood there before anybody wrote; "" again gives up what was written
    const apply = async () => {
      const drawn = this.editor.getSchema();
      const same = ["", given].includes(area.value);
      try {
        if (!same) await this.editor.importSchema(JSON.parse(area.value));
        this.tellJson("");
        given = area.value = this.text();
        return true;
      } catch (error) {
        await this.editor.importSchema(drawn); // the editor forgets what it had before it reads
        this.tellJson(this.props.words.refused.replace("{reason}", error.message));
        return false;
      }
    };
    document.getElementById("view-json").addEventListener("shown", () => {
      if (this.find("json-problem").hidden) given = area.value = this.text();
    });
    this.find("apply").addEventListener("click", async () => (await apply()) && toast(this.props.words.applied));
    for (const name of ["draw", "preview", "save"])
      document.getElementById(`view-${name}`).addEventListener("shown", async () => {
        if (area.value !== given && !(await apply())) document.getElementById("tab-json").click();
      });
  }

  tellJson(message) {
    this.find("json").setAttribute("aria-invalid", String(Boolean(message)));
    const place = this.find("json-problem");
    place.hidden = !message;
    place.textContent = message;
  }

  startPreview() {
    const form = this.find("preview-form");
    const show = () => {
      form.elements.schema.value = this.text();
      form.submit();
    };
    document.getElementById("view-preview").addEventListener("shown", show);
    form.addEventListener("change", show);
    for (const button of this.element.querySelectorAll("[data-width]"))
      button.addEventListener("click", () => {
        this.find("frame").style.maxWidth = button.dataset.width;
        for (const each of this.element.querySelectorAll("[data-width]"))
          each.setAttribute("aria-pressed", String(each === button));
      });
  }

  startSaving() {
    document.getElementById("view-save").addEventListener("shown", () => this.check());
    this.find("save").addEventListener("submit", (event) => {
      event.preventDefault();
      this.save(event.target.elements.comment.value);
    });
    this.find("anyway").addEventListener("click", () => {
      this.base = this.newest;
      this.save(this.find("save").elements.comment.value);
    });
  }

  async save(comment) {
    const button = this.find("save-button");
    button.disabled = true;
    const { status, body } = await send(this.props.address, { schema: this.editor.getSchema(), base: this.base, comment });
    button.disabled = false;
    if (status === 200) {
      this.left = true;
      location.assign(body.redirect);
    } else if (status === 401) signInAgain();
    else if (status === 409) {
      this.find("conflict").hidden = false;
      this.find("conflict-text").textContent = body.message;
      this.check();
    } else {
      toast(body.message, "bad");
      this.check();
    }
  }

  async check() {
    const { status, body } = await send(`${this.props.address}/check`, { schema: this.editor.getSchema() });
    if (status === 401) return signInAgain();
    if (status !== 200) return toast(body.message, "bad");
    this.newest = body.newest;
    this.showProblems(body.problems);
    this.find("since").textContent = body.since;
    this.showChanges(body.changes);
  }

  showProblems(problems) {
    const errors = problems.filter((problem) => problem.severity === "error").length;
    const lines = problems.map((problem) => {
      const line = document.createElement("li");
      const field = problem.element && this.fieldOf(problem.element);
      const place = document.createElement(field ? "button" : "span");
      line.className = problem.severity === "error" ? "bad" : "warn";
      if (field) {
        place.type = "button";
        place.className = "btn-link";
        place.addEventListener("click", () => this.choose(problem.element));
      }
      const step = !field && this.props.uses.find(({ element }) => element === problem.element);
      place.textContent = [step ? `${step.process} · ${step.step}` : problem.element, problem.message].filter(Boolean).join(": ");
      line.append(this.icon(problem.severity === "error" ? "alert-circle" : "alert-triangle"), place);
      if (problem.hint) line.append(Object.assign(document.createElement("small"), { textContent: problem.hint }));
      return line;
    });
    for (const list of this.element.querySelectorAll("[data-problems]"))
      list.replaceChildren(...lines.map((line, index) => (list === this.find("problems") ? line : this.copy(line, problems[index]))));
    this.find("no-problems").hidden = problems.length > 0;
    this.find("count").textContent = problems.length || "";
    this.find("count").className = `count ${errors ? "bad" : "warn"}`;
    this.find("save-button").disabled = errors > 0;
    this.find("errors-left").hidden = errors === 0;
  }

  icon(name) {
    const holder = document.createElement("template");
    holder.innerHTML = `<svg class="icon small" aria-hidden="true"><use href="${document.body.dataset.icons}#${name}"></use></svg>`;
    return holder.content.firstChild;
  }

  copy(line, problem) {
    const made = line.cloneNode(true);
    made.querySelector("button")?.addEventListener("click", () => this.choose(problem.element));
    return made;
  }

  /** Find the field a problem names: by its key, path or id, within whatever holds it. */
  fieldOf(name) {
    const last = name.split(".").at(-1);
    const named = (each) => [each.id, each.key, each.path].includes(name) || [each.key, each.path].includes(last);
    return this.editor.get("formFieldRegistry").getAll().find(named);
  }

  choose(name) {
    const field = this.fieldOf(name);
    if (!field) return;
    document.getElementById("tab-draw").click();
    this.editor.get("selection").set(field);
    this.find("canvas").querySelector(`[data-id="${CSS.escape(field.id)}"]`)?.focus();
  }

  showChanges(changes) {
    this.find("no-changes").hidden = changes.length > 0;
    this.find("changes").replaceChildren(
      ...changes.map(({ kind, text, before, after }) => {
        const line = document.createElement("li");
        line.className = kind;
        const symbol = { added: "plus", removed: "minus", moved: "arrows-sort", changed: "pencil" }[kind];
        line.append(this.icon(symbol), Object.assign(document.createElement("span"), { textContent: text }));
        if (before != null) line.append(Object.assign(document.createElement("del"), { textContent: before }));
        if (after != null) line.append(Object.assign(document.createElement("ins"), { textContent: after }));
        return line;
      }),
    );
  }
}

/**
 * @param {HTMLElement} element the page's section: palette, canvas, settings, preview, JSON, saving
 * @param {{schema: object, base: number, fresh: boolean, language: string, address: string, palette: object[],
 *   uses: object[], words: object}} props
 */
export async function mount(element, props) {
  await new Page(element, props).open();
  element.dataset.ready = "yes";
}
