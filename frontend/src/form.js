// A form-js form: filled by the server's data, checked here for comfort and on the server for truth.
import { Form } from "@bpmn-io/form-js-viewer";
import { draftOf } from "./draft.js";
import { speakChinese } from "./form_language.js";
import { send, signInAgain } from "./server.js";
import { toast } from "./toast.js";

/** Fields by the path their value has in the data: "items.0.price" -> {id, indexes}. */
function fieldsByPath(form) {
  const all = form.get("formFieldInstanceRegistry").getAllKeyed();
  return new Map(all.map((field) => [field.valuePath.join("."), field]));
}

function labelOf(form, id) {
  const field = form.get("formFieldRegistry").get(id);
  return field.label || field.key || id;
}

/** Show `problems` [{field, message}] beside their fields; return those that have no field here. */
function showProblems(form, problems) {
  const fields = fieldsByPath(form);
  const errors = {};
  const homeless = [];
  for (const problem of problems) {
    const field = fields.get(problem.field.replaceAll("[", ".").replaceAll("]", ""));
    if (!field) {
      homeless.push(problem);
      continue;
    }
    let place = errors;
    const path = [field.id, ...Object.values(field.indexes ?? {})];
    for (const step of path.slice(0, -1)) place = place[step] ??= {};
    (place[path.at(-1)] ??= []).push(problem.message);
  }
  form._setState({ errors });
  return homeless;
}

/** Upload every chosen file; a picker's value becomes the list of the ids the server gave. */
async function upload(form, data, files, url) {
  for (const field of form.get("formFieldInstanceRegistry").getAllKeyed()) {
    const place = field.valuePath.slice(0, -1).reduce((item, step) => item?.[step], data);
    const chosen = place && files.get(place[field.valuePath.at(-1)]);
    if (!chosen) continue;
    const ids = [];
    for (const file of chosen) {
      const body = new FormData();
      body.append("file", file);
      body.append("field", field.valuePath.join("."));
      const answer = await send(url, body);
      if (answer.status !== 200) return { ...answer, file };
      ids.push(answer.body.id);
    }
    place[field.valuePath.at(-1)] = ids;
  }
  return { status: 200 };
}

/** Say of lists without rows that they are empty: form-js leaves them out, and what is left out stays as it was. */
function tellEmptyLists(components, shown, data) {
  for (const { type, path, components: inner } of components) {
    if (!inner) continue;
    const steps = path ? path.split(".") : [];
    const held = steps.reduce((item, step) => item?.[step], shown);
    if (type !== "dynamiclist") {
      tellEmptyLists(inner, held ?? {}, steps.reduce((item, step) => (item[step] ??= {}), data));
    } else if (Array.isArray(held)) {
      const name = steps.pop();
      const place = steps.reduce((item, step) => (item[step] ??= {}), data);
      if (!held.length) place[name] = [];
      held.forEach((row, index) => tellEmptyLists(inner, row, place[name]?.[index] ?? {}));
    }
  }
}

class Page {
  constructor(element, props) {
    this.element = element;
    this.props = props;
    this.summary = element.querySelector("[data-form-summary]");
    this.button = document.querySelector("[data-key='submit']");
    this.draft = props.draft && !props.readOnly ? draftOf(props.draft) : null;
  }

  async open() {
    const container = this.element.querySelector("[data-form]");
    this.form = new Form({ container, properties: this.props.readOnly ? { readOnly: true } : {} });
    if (this.props.language.startsWith("zh")) speakChinese(this.form, container);
    await this.form.importSchema(this.props.schema, this.withDraft());
    // Enter in a field must not complete a task by accident: the button and Ctrl+Enter do
    container.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("input") && !event.ctrlKey && !event.metaKey) event.preventDefault();
    });
    if (this.props.readOnly) return;
    // form-js settles values by itself at first: only what a person does makes a draft
    for (const kind of ["input", "click"]) container.addEventListener(kind, () => (this.touched = true), { once: true });
    this.form.on("changed", () => this.keep());
    this.form.on("submit", (result) => this.submit(result));
    this.button?.addEventListener("click", () => this.form.submit());
  }

  withDraft() {
    const kept = this.draft?.read();
    if (!kept) return this.props.data;
    const notice = this.element.querySelector("[data-draft-notice]");
    notice.hidden = false;
    notice.querySelector("time").textContent = new Date(kept.at).toLocaleString(this.props.language, { dateStyle: "short", timeStyle: "short" });
    notice.querySelector("button").addEventListener("click", () => {
      notice.hidden = true;
      this.touched = false;
      clearTimeout(this.keeping);
      this.draft.forget();
      this.form.importSchema(this.props.schema, this.props.data);
    });
    return { ...this.props.data, ...kept.data };
  }

  keep() {
    clearTimeout(this.keeping);
    if (!this.touched) return;
    this.keeping = setTimeout(() => this.draft?.write(this.form._getState().data), 500);
  }

  async submit({ data, errors, files }) {
    if (this.busy) return;
    if (Object.keys(errors).length) {
      this.tell(Object.keys(errors).map((id) => ({ label: labelOf(this.form, id), id })));
      return;
    }
    this.setBusy(true);
    try {
      tellEmptyLists(this.props.schema.components, this.form._getState().data, data);
      const sent = await upload(this.form, data, files, this.props.upload);
      this.settle(sent.status === 200 ? await send(this.props.action, { ...this.extra(), variables: data }) : sent);
    } finally {
      this.setBusy(false);
    }
  }

  /** What goes along with the form: what the server gave, and fields of the page that stand outside the form. */
  extra() {
    const fields = [...document.querySelectorAll("[data-extra]")];
    return { ...this.props.extra, ...Object.fromEntries(fields.map((field) => [field.dataset.extra, field.value])) };
  }

  settle({ status, body, file }) {
    if (status === 200) {
      clearTimeout(this.keeping);
      this.draft?.forget();
      if (body.redirect) location.assign(body.redirect);
      else toast(body.message);
    } else if (status === 401) signInAgain();
    else if (status === 422 && body.problems && !file) {
      const homeless = showProblems(this.form, body.problems);
      const fields = fieldsByPath(this.form);
      this.tell(
        body.problems.map((problem) => {
          const field = homeless.includes(problem) ? null : fields.get(problem.field.replaceAll("[", ".").replaceAll("]", ""));
          return { label: field ? labelOf(this.form, field.id) : problem.field, id: field?.id, message: problem.message };
        }),
      );
    } else if (status === 409) this.tell([], body.message, true);
    else toast(file ? `${file.name}: ${body.message}` : body.message, "bad");
  }

  tell(items, sentence, stale = false) {
    const { summary } = this;
    summary.querySelector("[data-sentence]").textContent = sentence ?? this.props.words.mend;
    summary.querySelector("[data-reload]").hidden = !stale;
    summary.querySelector("ul").replaceChildren(
      ...items.map(({ label, id, message }) => {
        const line = document.createElement("li");
        const link = document.createElement(id ? "button" : "span");
        if (id) {
          link.type = "button";
          link.className = "btn-link";
          link.addEventListener("click", () => this.focus(id));
        }
        link.textContent = label;
        line.append(link, message ? ` – ${message}` : "");
        return line;
      }),
    );
    summary.hidden = false;
    summary.focus();
    summary.scrollIntoView({ block: "nearest" });
  }

  focus(id) {
    this.element.querySelector(`[id^="fjs-form-"][id*="-${CSS.escape(id)}"]`)?.focus();
  }

  setBusy(busy) {
    this.busy = busy;
    if (!this.button) return;
    this.button.disabled = busy;
    this.button.setAttribute("aria-busy", String(busy));
  }
}

/**
 * @param {HTMLElement} element holding [data-form], [data-form-summary], [data-draft-notice]
 * @param {{schema: object, data: object, readOnly: boolean, language: string, action: string, upload: string,
 *   draft: string, extra: object, words: {mend: string}}} props
 */
export async function mount(element, props) {
  await new Page(element, props).open();
  element.dataset.ready = "yes";
}
