// Our controls for form-js: its own component types, registered anew, draw a widget of ours where `properties.ctl` asks
// for one and themselves otherwise. The same module serves viewer and editor.
import { Checkbox, DynamicList, ExpressionField, FilePicker, Numberfield, Radio, Select, Taglist, Textarea, Textfield } from "@bpmn-io/form-js-viewer";
import { createElement } from "preact";
import { useRef } from "preact/hooks";
import "./dates.js";
import { AutoNumber, Formula, InWords, Lookup, Rollup } from "./computed.jsx";
import { Files, entries } from "./files.jsx";
import { Json, checkJson } from "./json.jsx";
import { Cascade, Region, parts, path } from "./levels.jsx";
import { Line, checkLine } from "./line.jsx";
import { Location } from "./location.jsx";
import { Matrix, checkMatrix } from "./matrix.jsx";
import { Currency, Percent, checkCurrency, checkPercent, plainly, sanitizeCurrency } from "./money.jsx";
import { Picker, key, keys } from "./picker.jsx";
import { KeptRows } from "./repeated.jsx";
import { RichText } from "./rich_text.jsx";
import { Rounds } from "./rounds.js";
import { Nps, Rating, whole } from "./scale.jsx";
import { Signature } from "./signature.jsx";
import { Stage } from "./stage.jsx";
import { SubTable } from "./sub_table.jsx";
import { Switch } from "./switch.jsx";
import { NamedTable } from "./table.jsx";
import { Uploads } from "./uploads.js";
import { inOurWords, tell } from "./sentences.js";

const line = { type: "textfield", draw: Line, check: checkLine, plain: true };
const one = { type: "select", draw: Picker, sanitize: key };
const several = { type: "taglist", draw: Picker, sanitize: keys };

/** `sanitize` takes the value a form opens with, `check` tells what is wrong at once; `plain`: form-js's own checks hold too. */
const WIDGETS = {
  rating: { type: "number", draw: Rating, sanitize: whole, plain: true },
  nps: { type: "number", draw: Nps, sanitize: whole, plain: true },
  currency: { type: "number", draw: Currency, sanitize: sanitizeCurrency, check: checkCurrency, plain: (value) => typeof value !== "object" },
  percent: { type: "number", draw: Percent, check: checkPercent, plain: true },
  phone: line,
  email: line,
  url: line,
  wechat: line,
  credit_code: line,
  barcode: line,
  region: { type: "textfield", draw: Region, sanitize: parts },
  location: { type: "textfield", draw: Location, sanitize: parts },
  auto_number: { type: "textfield", draw: AutoNumber, plain: true },
  rich_text: { type: "textarea", draw: RichText, plain: true },
  json: { type: "textarea", draw: Json, check: checkJson, plain: true },
  switch: { type: "checkbox", draw: Switch, plain: true },
  async_select: one,
  person: one,
  department: one,
  group: one,
  relation: one,
  people: several,
  relations: several,
  tags: several,
  cascade: { type: "select", draw: Cascade, sanitize: path },
  stage: { type: "select", draw: Stage, plain: true },
  matrix: { type: "radio", draw: Matrix, sanitize: parts, check: checkMatrix },
  image: { type: "filepicker", draw: Files, sanitize: entries },
  scan: { type: "filepicker", draw: Files, sanitize: entries },
  signature: { type: "filepicker", draw: Signature, sanitize: entries },
  sub_table: { type: "dynamiclist", draw: SubTable },
  formula: { type: "expression", draw: Formula },
  lookup: { type: "expression", draw: Lookup },
  rollup: { type: "expression", draw: Rollup },
  amount_in_words: { type: "expression", draw: InWords },
};

const FILES = { type: "filepicker", draw: Files, sanitize: entries }; // every file picker, since form-js's own holds no stored files

/** The widget a field is drawn by; undefined where form-js draws it. */
export function widgetOf(field) {
  const widget = WIDGETS[field.properties?.ctl];
  if (widget?.type === field.type) return widget;
  return field.type === "filepicker" ? FILES : undefined;
}

const BEGUN = /^-?\.?$/; // a number of which no digit is there yet

/**
 * form-js's number, given what is typed or pasted as it reads it: it takes the comma of 1,234 for a point, and knows no
 * full-width digits. What is no number never gets in, as with letters that are typed: it would empty the field unsaid.
 * It tells its own value as a change when it appears, each in its turn: long tables would be drawn once for every row.
 */
function NumberLine(props) {
  const value = useRef();
  const shown = useRef(); // what was typed and is not the form's value yet
  const now = props.value ?? null;
  if (value.current !== now) shown.current = undefined;
  value.current = now;
  const onChange = (update) => (update.value ?? null) !== value.current && props.onChange(update);
  const onInputCapture = (event) => {
    const plain = plainly(event.target.value);
    const isNumber = BEGUN.test(plain) || !Number.isNaN(Number(plain));
    if (isNumber) shown.current = plain;
    else event.stopPropagation();
    const text = isNumber ? plain : (shown.current ?? String(value.current ?? ""));
    if (text !== event.target.value) event.target.value = text;
  };
  return createElement("div", { class: "ctl-number", onInputCapture }, createElement(Numberfield, { ...props, onChange }));
}

function carrier(native) {
  const plain = native === Numberfield ? NumberLine : native;
  const Carrier = (props) => {
    const widget = widgetOf(props.field);
    return createElement(widget ? widget.draw : plain, props);
  };
  const sanitizeValue = (given) => {
    const widget = widgetOf(given.formField);
    if (widget?.sanitize) return widget.sanitize(given);
    return native.config.sanitizeValue ? native.config.sanitizeValue(given) : given.value;
  };
  Carrier.config = native.config.keyed ? { ...native.config, sanitizeValue } : native.config;
  return Carrier;
}

/** A value the form reads and nobody sees: what the buttons below it decide. */
const Unseen = () => null;
Unseen.config = { ...Textfield.config, type: "unseen", sanitizeValue: ({ value }) => value ?? null };

class Controls {
  constructor(formFields) {
    for (const native of [Checkbox, DynamicList, ExpressionField, FilePicker, Numberfield, Radio, Select, Taglist, Textarea, Textfield])
      formFields.register(native.config.type, carrier(native));
    for (const own of [NamedTable, Unseen]) formFields.register(own.config.type, own);
  }
}
Controls.$inject = ["formFields"];

const isEmpty = (value) => value === null || value === undefined || value === "" || value === false || (Array.isArray(value) && !value.length);

/** Checks our controls as far as the browser can; form-js's own checks stay for values they understand. */
class ControlChecks {
  constructor(validator, formFieldRegistry, viewerCommands, form) {
    // a field that is left is checked with the form as it was when the field was drawn, which rows of tables seldom are
    const check = viewerCommands.updateFieldInstanceValidation.bind(viewerCommands);
    viewerCommands.updateFieldInstanceValidation = (instance) =>
      check(instance, instance.valuePath.reduce((held, step) => held?.[step], form._getState().data));
    const theirs = validator.validateFieldInstance.bind(validator);
    const native = (instance, value) => theirs(instance, value).map(inOurWords);
    validator.validateFieldInstance = (instance, value) => {
      const field = formFieldRegistry.get(instance.id);
      const widget = field && widgetOf(field);
      if (!widget) return native(instance, value);
      if (field.readonly === true || field.type === "expression") return [];
      if (isEmpty(value)) return field.validate?.required ? [tell("required")] : [];
      const plain = typeof widget.plain === "function" ? widget.plain(value) : widget.plain;
      const own = widget.check?.(value, field) ?? [];
      return own.length ? own : plain ? native(instance, value) : [];
    };
  }
}
ControlChecks.$inject = ["validator", "formFieldRegistry", "viewerCommands", "form"];

export const controlsModule = {
  __init__: ["controls"],
  controls: ["type", Controls],
  uploads: ["type", Uploads],
  uploadAddress: ["value", "/files"],
  expressionLoopPreventer: ["type", Rounds],
};

/** For the viewer alone: the editor checks nothing, and draws one row of a list. */
export const viewerModule = { __init__: ["controlChecks"], controlChecks: ["type", ControlChecks], repeatRenderManager: ["type", KeptRows] };
