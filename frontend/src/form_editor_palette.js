// The palette: the controls that run here, each a type of form-js with settings of its own.
import { h } from "preact";

const PREFIX = "control:"; // begins the names under which the editor knows our controls; no stored form has them

function all(props) {
  return props.palette.flatMap((group) => group.controls);
}

/** A module that teaches the editor to create each control as the type it is stored as, with what it holds. */
export function presets(props) {
  class Presets {
    constructor(formFields, eventBus, modeling) {
      this.inner = new WeakMap(); // fields just created -> the components they are to hold
      for (const control of all(props)) formFields.register(PREFIX + control.name, this.preset(formFields, control));
      // within the command that adds the field, so that one undo takes all away; before form-js selects what was added
      eventBus.on("commandStack.formField.add.postExecuted", 1500, ({ context: { formField } }) => {
        (this.inner.get(formField) ?? []).forEach((component, index) => modeling.addFormField({ ...component, _parent: formField.id }, formField, index));
        this.inner.delete(formField);
      });
    }

    preset(formFields, { name, label, icon, component: { components, ...component } }) {
      const { config } = formFields.get(component.type);
      const create = ({ type, ...given }) => {
        const made = { ...config.create({ ...structuredClone(component), ...given }), type: component.type };
        if (components) {
          made.path ||= `${name}_${Math.random().toString(36).slice(2, 8)}`; // what it holds has keys of its own
          this.inner.set(made, structuredClone(components));
        }
        return made;
      };
      const Nothing = () => null;
      Nothing.config = { ...config, type: PREFIX + name, name: label, label: component.label, icon: iconOf(icon), create };
      return Nothing;
    }
  }
  Presets.$inject = ["formFields", "eventBus", "modeling"];
  return { __init__: ["presets"], presets: ["type", Presets] };
}

function iconOf(name) {
  return () => h("svg", { class: "icon", "aria-hidden": "true" }, h("use", { href: `${document.body.dataset.icons}#${name}` }));
}

/** Draw the palette: drag a control, or choose it to add it after the field that is selected. */
export function palette(element, props, editor) {
  const search = element.querySelector("input");
  const groups = element.querySelector("[data-groups]");
  for (const { label, controls } of props.palette) {
    const group = document.createElement("section");
    const title = Object.assign(document.createElement("h3"), { textContent: label });
    const fields = document.createElement("div");
    fields.className = "fjs-palette-fields fjs-drag-container fjs-no-drop";
    fields.append(...controls.map((control) => button(control, editor)));
    group.append(title, fields);
    groups.append(group);
  }
  search.addEventListener("input", () => filter(groups, search.value.trim().toLowerCase()));
}

function button({ name, label, icon }, editor) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "fjs-palette-field fjs-drag-copy fjs-no-drop";
  made.dataset.fieldType = PREFIX + name;
  made.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${document.body.dataset.icons}#${icon}"></use></svg>`;
  made.append(Object.assign(document.createElement("span"), { textContent: label }));
  made.addEventListener("click", () => add(PREFIX + name, editor));
  return made;
}

/** Add a field after the selected one, in what holds that; into a container that is empty; without a selection at the end. */
function add(type, editor) {
  const selected = editor.get("selection").get();
  const registry = editor.get("formFieldRegistry");
  const { schema } = editor._getState();
  const inside = selected && ["group", "dynamiclist"].includes(selected.type) && !selected.components.length;
  const parent = inside ? selected : (selected && registry.get(selected._parent)) || schema;
  const place = inside || !parent.components.includes(selected) ? parent.components.length : parent.components.indexOf(selected) + 1;
  const added = editor.get("modeling").addFormField({ type, _parent: parent.id }, parent, place);
  const field = added ?? parent.components[place];
  editor.get("selection").set(field);
  requestAnimationFrame(() => document.querySelector(`.fjs-element[data-id="${CSS.escape(field.id)}"]`)?.scrollIntoView({ block: "nearest" }));
}

function filter(groups, wanted) {
  for (const group of groups.children) {
    let shown = 0;
    for (const field of group.querySelectorAll("button")) {
      field.hidden = !field.textContent.toLowerCase().includes(wanted) && !field.dataset.fieldType.includes(wanted);
      shown += !field.hidden;
    }
    group.hidden = shown === 0;
  }
}
