// The settings that are ours, beside those of form-js: of a control, its texts in English, what steps do with a field.
import { h } from "preact";

const TEXTS = ["label", "description", "text", "content", "title", "alt", "dateLabel", "timeLabel"];

function Line({ id, label, children, hint }) {
  return h("div", { class: "bio-properties-panel-entry", "data-entry-id": id, translate: "no" }, [
    h("div", { class: "bio-properties-panel-textfield" }, [
      h("label", { class: "bio-properties-panel-label", for: `setting-${id}` }, label),
      children,
    ]),
    hint && h("div", { class: "bio-properties-panel-description" }, hint),
  ]);
}

function Text({ id, label, hint, value, set }) {
  const input = h("input", {
    class: "bio-properties-panel-input",
    id: `setting-${id}`,
    type: "text",
    value: value ?? "",
    autocomplete: "off",
    onChange: (event) => set(event.target.value),
  });
  return h(Line, { id, label, hint }, input);
}

function Choice({ id, label, hint, value, options, set }) {
  const choices = [["", "–"], ...options].map(([option, words]) => h("option", { value: option, selected: option === (value ?? "") }, words));
  const select = h(
    "select",
    { class: "bio-properties-panel-input", id: `setting-${id}`, onChange: (event) => set(event.target.value) },
    choices,
  );
  return h(Line, { id, label, hint }, select);
}

function Note({ id, label, text }) {
  return h("div", { class: "bio-properties-panel-entry", "data-entry-id": id, translate: "no" }, [
    h("div", { class: "bio-properties-panel-label" }, label),
    h("div", { class: "bio-properties-panel-description" }, text),
  ]);
}

function property(field, edit, name) {
  return {
    value: field.properties?.[name],
    set(value) {
      const { [name]: _, ...others } = field.properties ?? {};
      edit(field, "properties", value === "" ? others : { ...others, [name]: value });
    },
  };
}

/** form-js's list of all properties without those that have a place of their own: `ctl` makes the control what it is. */
function withoutOurs(group, ours) {
  if (group.id !== "custom-values") return group;
  const placed = new Set(ours.filter(Boolean).flatMap(({ entries }) => entries.map(({ id }) => id.replace(/^ctl-/, ""))));
  return { ...group, items: group.items.filter(({ label }) => label !== "ctl" && !placed.has(label)) };
}

function ofControl(field, edit, controls, words) {
  const control = controls.find(({ component }) => component.type === field.type && component.properties?.ctl === field.properties?.ctl);
  if (!control?.settings.length) return null;
  const entries = control.settings.map(({ name, label, options }) => ({
    id: `ctl-${name}`,
    component: options.length ? Choice : Text,
    label,
    options,
    ...property(field, edit, name),
  }));
  return { id: "control", label: words.settings.replace("{control}", control.label), entries, shouldOpen: true };
}

function inEnglish(field, edit, words) {
  const texts = TEXTS.filter((name) => typeof field[name] === "string").map((name) => [`${name}:en`, words[name] ?? name, field[name]]);
  const options = (field.values ?? []).map((option) => [`option:${option.value}:en`, option.label ?? option.value, ""]);
  const columns = (field.columns ?? []).map((column) => [`column:${column.key}:en`, column.label, ""]);
  const entries = [...texts, ...options, ...columns].map(([name, label, hint]) => ({
    id: name,
    component: Text,
    label,
    hint,
    ...property(field, edit, name),
  }));
  return entries.length ? { id: "english", label: words.english, entries } : null;
}

/** form-js asks for no label of what is computed, as it does not show it; the id of the form is its address here. */
function generally(general, field, edit, words) {
  const own = { id: "label", component: Text, label: words.label, value: field.label, set: (label) => edit(field, "label", label) };
  const entries = general.entries.filter(({ id }) => field.type !== "default" || id !== "id");
  return { ...general, entries: field.properties?.ctl && field.type === "expression" ? [own, ...entries] : entries, shouldOpen: true };
}

function nameOf(field, registry) {
  const around = registry.get(field._parent);
  return [around && nameOf(around, registry), field.key ?? field.path].filter(Boolean).join(".");
}

/** What a step may do with a field, as the server reckons: by its id or name, or as with what it lies under. */
function modeIn(modes, field, registry) {
  if (!field) return modes["*"] ?? "write";
  const parts = nameOf(field, registry).split(".");
  const names = [field.id, ...parts.map((_, index) => parts.slice(0, parts.length - index).join("."))];
  const named = names.find((name) => name in modes);
  return named === undefined ? modeIn(modes, registry.get(field._parent), registry) : modes[named];
}

function inSteps(field, uses, words, registry) {
  const entries = uses.map(({ process, step, modes, element }) => ({
    id: `step-${element}`,
    component: Note,
    label: `${process} · ${step}`,
    text: words.modes[modeIn(modes, field, registry)],
  }));
  return entries.length && field.type !== "default" ? { id: "steps", label: words.steps, entries } : null;
}

/** The module that adds our groups to the editor's settings. */
export function settings({ palette, uses, words }) {
  const controls = palette.flatMap((group) => group.controls);
  class Settings {
    constructor(propertiesPanel, formFieldRegistry) {
      this.registry = formFieldRegistry;
      propertiesPanel.registerProvider(this, 500);
    }

    getGroups(field, edit) {
      return (groups) => {
        if (!field || Array.isArray(field)) return groups;
        const [general, ...others] = groups;
        const ours = [ofControl(field, edit, controls, words), inEnglish(field, edit, words)];
        return [generally(general, field, edit, words), ...ours, ...others.map((group) => withoutOurs(group, ours)), inSteps(field, uses, words, this.registry)].filter(Boolean);
      };
    }
  }
  Settings.$inject = ["propertiesPanel", "formFieldRegistry"];
  return { __init__: ["ourSettings"], ourSettings: ["type", Settings] };
}
