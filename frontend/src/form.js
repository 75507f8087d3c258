// A form-js form: filled by the server's data, checked here for comfort and on the server for truth.
import { Form } from "@bpmn-io/form-js-viewer";
import { controlsModule, viewerModule } from "./controls/index.js";
import { askAt } from "./controls/options.js";
import { speak } from "./controls/sentences.js";
import { lookAhead } from "./chain.js";
import { Draft } from "./draft.js";
import { tellEmptyLists } from "./empty_lists.js";
import { speakChinese } from "./form_language.js";
import { send, signInAgain } from "./server.js";
import { toast } from "./toast.js";
import { rememberDecision } from "./waiting.js";

/** Fields and lists by the path their value has in the data: "items.0.price" -> {id, indexes}. */
function fieldsByPath(form) {
  const lists = form.get("formFieldRegistry").getAll().filter(({ type }) => type === "dynamiclist");
  const placed = lists.map((list) => [form.get("pathRegistry").getValuePath(list, { indexes: {} }).join("."), { id: list.id }]);
  const all = form.get("formFieldInstanceRegistry").getAllKeyed();
  return new Map([...placed, ...all.map((field) => [field.valuePath.join("."), field])]);
}

const DRAWN = 60; // milliseconds form-js takes to draw what a decision brings

/** A time as the pages write it: 2026-11-22 10:53, which is how Swedes do. */
const asOnPages = (time) => new Date(time).toLocaleString("sv-SE", { dateStyle: "short", timeStyle: "short" });

function labelOf(form, id) {
  const field = form.get("formFieldRegistry").get(id);
  return field.label || field.dateLabel || field.timeLabel || field.key || id;
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

class Page {
  constructor(element, props) {
    this.element = element;
    this.props = props;
    this.summary = element.querySelector("[data-form-summary]");
    this.bar = document.querySelector("[data-mount='decide']");
    this.buttons = [...document.querySelectorAll("[data-decide], [data-key='submit']")];
    this.draft = props.draft && !props.readOnly ? new Draft({ name: props.draft, ...props.kept }, (state, answer) => this.tellDraft(state, answer)) : null;
  }

  async open() {
    const container = this.element.querySelector("[data-form]");
    if (this.props.options) askAt(this.props.options);
    const uploading = { uploadAddress: ["value", this.props.upload] };
    this.form = new Form({
      container,
      properties: this.props.readOnly ? { readOnly: true } : {},
      additionalModules: [controlsModule, viewerModule, uploading],
    });
    speak(this.props.sentences);
    if (this.props.language.startsWith("zh")) speakChinese(container);
    await this.form.importSchema(this.schema(), this.withDraft());
    // Enter in a field must not complete a task by accident: the button and Ctrl+Enter do
    container.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("input") && !event.ctrlKey && !event.metaKey) event.preventDefault();
    });
    for (const button of this.buttons) {
      // a field that is left tells its faults anew: what stands below moved away under the mouse, and the click was lost
      button.addEventListener("mousedown", (event) => this.fieldInHand() && event.preventDefault());
      button.addEventListener("click", () => this.decide(button));
    }
    if (this.props.readOnly) return;
    // form-js settles values by itself at first: only what a person does makes a draft
    for (const kind of ["input", "click", "paste"]) container.addEventListener(kind, () => (this.touched = true), { once: true });
    this.form.on("changed", () => {
      if (!this.touched) return;
      this.draft?.change(this.form._getState().data);
      lookAhead(() => this.form._getState().data);
    });
    this.keepOnLeaving();
    addEventListener("pageshow", () => this.left && location.reload()); // back from the page that came after it was sent
    this.form.on("submit", (result) => this.submit(result));
  }

  /** What the buttons decide is no field to fill in: it is left out or, where other fields depend on it, kept unseen. */
  schema() {
    const { schema, bar } = this.props;
    if (!bar?.field) return schema;
    const taken = ({ key }) => key === bar.field;
    const rest = (components) =>
      components
        .filter((each) => bar.read || !taken(each))
        .map((each) => (taken(each) ? { ...each, type: "unseen" } : each.components ? { ...each, components: rest(each.components) } : each));
    return { ...schema, components: rest(schema.components) };
  }

  /** Tell the form what was decided; give the fields that have to be filled in because of it, and were not there before. */
  async askedBy(value) {
    const fields = this.form.get("formFieldInstanceRegistry");
    const definitions = this.form.get("formFieldRegistry");
    const before = new Set(fields.getAll().map(({ instanceId }) => instanceId));
    const fieldInstance = fields.getAllKeyed().find(({ id }) => definitions.get(id).key === this.props.bar.field);
    this.form._update({ fieldInstance, value });
    await new Promise((drawn) => setTimeout(drawn, DRAWN));
    return fields.getAllKeyed().filter(({ instanceId, id }) => !before.has(instanceId) && definitions.get(id).validate?.required);
  }

  /** A button was pressed: it decides, once all is said that has to be. */
  async decide(button) {
    this.takeOver();
    const value = JSON.parse(button.dataset.decide ?? "null");
    const { bar } = this.props;
    if (bar?.fills && bar.read) {
      const [first] = await this.askedBy(value);
      this.element.querySelector("[data-draft-state]").textContent = first ? this.props.words.again : "";
      if (first) return this.focus(first.id);
    }
    if (this.bar?.missing?.(button.dataset.verdict).length) return;
    this.decided = bar?.fills && !bar.read && value !== null ? { [bar.field]: value } : {};
    const outcome = this.bar?.querySelector("[data-extra='outcome']");
    if (outcome) outcome.value = bar?.outcome ? value : "";
    if (this.props.readOnly) return this.send({});
    await this.whole();
    setTimeout(() => this.form.submit()); // after form-js has taken over what was typed last
  }

  /** Wait for long tables: rows that are not drawn yet form-js would not send. */
  async whole() {
    while (this.element.querySelector("[data-form] [aria-busy='true']")) await new Promise((drawn) => setTimeout(drawn, DRAWN));
  }

  /** The form opens with the server's draft, or with what this browser kept after it when it was offline. */
  withDraft() {
    const server = this.props.kept?.draft;
    const here = this.draft?.local();
    const { bar, data } = this.props;
    const opened = bar?.fills && bar.read ? { [bar.field]: null } : {}; // what was decided in an earlier round is not decided now
    const kept = here && (!server || here.at > Date.parse(server.saved_at)) ? { at: here.at, values: here.data } : server && { at: Date.parse(server.saved_at), values: server.values, stale: server.stale, since: server.since };
    if (!kept) return { ...data, ...opened };
    const notice = this.element.querySelector("[data-draft-notice]");
    notice.hidden = false;
    notice.querySelector("time").textContent = asOnPages(kept.at);
    notice.querySelector("[data-draft-stale]").hidden = !kept.stale;
    notice.querySelector("[data-draft-since]").replaceChildren(...(kept.since ?? []).map((deed) => Object.assign(document.createElement("li"), { textContent: deed })));
    notice.querySelector("[data-draft-discard]").addEventListener("click", () => {
      notice.hidden = true;
      this.touched = false;
      this.draft.forget(true);
      this.form.importSchema(this.schema(), { ...data, ...opened });
    });
    return { ...data, ...kept.values, ...opened };
  }

  /** Save when the page is left, hidden, or when Ctrl+S asks for it. */
  keepOnLeaving() {
    if (!this.draft) return;
    this.element.dataset.keepsDraft = "yes";
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.saveDraft(true));
    document.addEventListener("keep-draft", (event) => event.detail.push(this.saveDraft())); // who asks waits for it
  }

  /** form-js takes over what is typed a moment later, unless the field is left. */
  takeOver() {
    this.fieldInHand()?.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  }

  fieldInHand() {
    const field = document.activeElement;
    return this.element.querySelector("[data-form]").contains(field) ? field : undefined;
  }

  saveDraft(leaving = false) {
    this.takeOver();
    return this.draft.save(leaving);
  }

  tellDraft(state, answer) {
    const place = this.element.querySelector("[data-draft-state]");
    const words = this.props.words;
    place.textContent = state === "saved" ? words.saved : state === "kept" ? words.kept : state === "conflict" ? "" : place.textContent;
    const conflict = this.element.querySelector("[data-draft-conflict]");
    conflict.hidden = state !== "conflict";
    if (state !== "conflict") return;
    conflict.querySelector("[data-overwrite]").onclick = () => this.draft.overwrite(answer.saved_at);
    conflict.querySelector("[data-take]").onclick = () => {
      this.draft.forget();
      location.reload();
    };
  }

  async submit({ data, errors }) {
    if (this.busy) return;
    if (Object.keys(errors).length) {
      this.tell(Object.keys(errors).map((id) => ({ label: labelOf(this.form, id), id })));
      return;
    }
    await this.send(data);
  }

  async send(data) {
    if (this.busy) return;
    this.setBusy(true);
    try {
      if (!this.props.readOnly) tellEmptyLists(this.props.schema.components, this.form._getState().data, data);
      const { running } = this.form.get("uploads");
      if (running.size && !this.props.readOnly) {
        await this.form.get("uploads").settled();
        setTimeout(() => this.form.submit()); // with the files that have arrived
        return;
      }
      await this.draft?.hold();
      this.settle(await send(this.props.action, { ...this.extra(), variables: { ...data, ...this.decided } }));
    } finally {
      if (!this.left) this.setBusy(false); // on the way to the next page nothing is sent a second time
    }
  }

  /** What goes along with the form: what the server gave, and fields of the page that stand outside the form. */
  extra() {
    const fields = [...document.querySelectorAll("[data-extra]")];
    return { ...this.props.extra, ...Object.fromEntries(fields.map((field) => [field.dataset.extra, field.value])) };
  }

  settle({ status, body }) {
    if (status === 200) {
      this.draft?.drop();
      this.left = Boolean(body.redirect);
      if (!this.left) return toast(body.message);
      rememberDecision();
      location.assign(body.redirect);
    } else if (status === 401) signInAgain();
    else if (status === 422 && body.problems) {
      const homeless = showProblems(this.form, body.problems);
      this.bar?.dispatchEvent(new CustomEvent("problems", { detail: body.problems }));
      const fields = fieldsByPath(this.form);
      this.tell(
        body.problems.map((problem) => {
          const field = homeless.includes(problem) ? null : fields.get(problem.field.replaceAll("[", ".").replaceAll("]", ""));
          return { label: field ? labelOf(this.form, field.id) : problem.field, id: field?.id, message: problem.message };
        }),
      );
    } else if (status === 409) this.tell([], body.message, true);
    else toast(body.message, "bad");
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
    const part = this.element.querySelector(`[id^="fjs-form-"][id*="-${CSS.escape(id)}"]`)?.closest(".fjs-form-field");
    part?.querySelector(":is(input, select, textarea, button, [role='textbox']):not([type='hidden'], [disabled], [tabindex='-1'])")?.focus();
    part?.scrollIntoView({ block: "center" }); // and not under the bar below
  }

  setBusy(busy) {
    this.busy = busy;
    for (const button of this.buttons) {
      button.disabled = busy;
      button.setAttribute("aria-busy", String(busy));
    }
  }
}

/**
 * @param {HTMLElement} element holding [data-form], [data-form-summary], [data-draft-notice], [data-draft-conflict], [data-draft-state]
 * @param {{schema: object, data: object, readOnly: boolean, language: string, action: string, upload: string,
 *   draft: string, kept: {url: string, known: string?, draft: object?}?, extra: object, words: object}} props
 */
export async function mount(element, props) {
  await new Page(element, props).open();
  element.dataset.ready = "yes";
}
