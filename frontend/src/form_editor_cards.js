// How the canvas draws what a task's page draws otherwise: the columns of a table, so that each can be chosen, and what is computed.
import { DynamicList, Label } from "@bpmn-io/form-js-viewer";
import { h } from "preact";
import { Icon } from "./controls/frame.jsx";

/** Tell where a computed field takes its value from: there are no values to compute with here. */
function told({ expression, properties = {} }, control) {
  const { ctl, of, take } = properties;
  if (!ctl || ctl === "formula") return expression || "=";
  return `${control?.label ?? ctl}: ${[of, take].filter(Boolean).join(".")}`;
}

/** A module that comes after that of the controls: only the canvas draws so. */
export function cards({ palette }) {
  const controls = palette.flatMap((group) => group.controls);
  const Computed = ({ field, domId }) => {
    const control = controls.find(({ component }) => component.properties?.ctl === field.properties?.ctl && component.type === field.type);
    return h("div", { class: "fjs-form-field fjs-form-field-expression ctl" }, [
      h(Label, { id: `${domId}-label`, label: field.label || field.key }),
      h("div", { class: "ctl-output" }, [h(Icon, { name: "math-function" }), h("span", null, told(field, control))]),
    ]);
  };

  class Cards {
    constructor(formFields) {
      Computed.config = { ...formFields.get("expression").config, escapeGridRender: false };
      formFields.register("expression", Computed);
      formFields.register("dynamiclist", DynamicList);
    }
  }
  Cards.$inject = ["formFields"];
  return { __init__: ["cards"], cards: ["type", Cards] };
}
