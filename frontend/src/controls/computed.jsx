// Values nobody types in: shown as they come out; the server works them out again.
import { ExpressionField, FormContext, FormRenderContext } from "@bpmn-io/form-js-viewer";
import Big from "big.js";
import nzh from "nzh/cn";
import { useContext, useEffect, useState } from "preact/hooks";
import { Frame, Icon, ids } from "./frame.jsx";
import { parsed, tidy } from "./money.jsx";
import { ask, narrowing } from "./options.js";
import { numberFormat, say, setting } from "./words.js";

const isNumber = (value) => typeof value === "number" || (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value));

function written(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (isNumber(value)) return numberFormat({ maximumFractionDigits: 20 }).format(tidy(value));
  if (typeof value === "boolean") return say(value ? "on" : "off");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function Output({ props, name, icon = "math-function", text }) {
  return (
    <Frame props={{ ...props, readonly: true, errors: props.errors ?? [] }} name={name} group>
      <output class="ctl-output" id={props.domId} aria-labelledby={ids(props).label} title={say("computed")}><Icon name={icon} /><span>{text ?? written(props.value)}</span></output>
    </Frame>
  );
}

/** Expressions stand outside the grid, since form-js does not draw them: what is drawn takes its place in it. */
function InGrid({ field, children }) {
  const { Column, Element } = useContext(FormRenderContext);
  const columns = field.layout?.columns;
  return (
    <Column field={field} class={`fjs-layout-column cds--col${columns ? `-lg-${columns}` : ""} cds--col-sm-16 cds--col-md-16`}>
      <Element class="fjs-element" field={field}>{children}</Element>
    </Column>
  );
}

/** What the form holds under a dotted name, in this row or in the whole. */
function useHeld(props, name) {
  const form = useContext(FormContext).getService("form");
  const { data } = form._getState();
  const steps = name.split(".");
  const at = (start) => steps.reduce((item, step) => item?.[step], start);
  const row = (props.fieldInstance?.valuePath ?? []).slice(0, -1).reduce((item, step) => item?.[step], data);
  return at(row) ?? at(data);
}

function useComputed(props, value) {
  useEffect(() => {
    if (value !== undefined && JSON.stringify(value) !== JSON.stringify(props.value ?? null)) props.onChange?.({ field: props.field, value, shouldNotRecompute: true });
  }, [JSON.stringify(value)]);
}

export function Formula(props) {
  return (
    <>
      <ExpressionField {...props} />
      <InGrid field={props.field}><Output props={props} name="formula" /></InGrid>
    </>
  );
}

/** What is taken of things chosen elsewhere in the form; undefined while it is on its way. */
function useTaken(field, keys) {
  const [found, setFound] = useState(undefined);
  const take = setting(field, "take", "label");
  useEffect(() => {
    if (!keys.length) return setFound([]);
    let wanted = true;
    ask(setting(field, "source", "cases"), { key: keys, take: take === "label" ? "" : take, ...narrowing(field) }).then(
      ({ items }) => wanted && setFound(items.map((item) => (take === "label" ? item.label : item.data[take]))),
      () => wanted && setFound([]),
    );
    return () => (wanted = false);
  }, [keys.join("\n")]);
  return found;
}

const keysIn = (held) => [held].flat().filter((key) => typeof key === "string" && key);

export function Lookup(props) {
  const found = useTaken(props.field, keysIn(useHeld(props, setting(props.field, "of"))).slice(0, 1));
  useComputed(props, found && (found[0] ?? null));
  return <InGrid field={props.field}><Output props={props} name="lookup" icon="link" /></InGrid>;
}

const HOW = {
  sum: (numbers) => numbers.reduce((sum, number) => sum.plus(number), new Big(0)),
  min: (numbers) => numbers.reduce((least, number) => (least && least.lt(number) ? least : number), null),
  max: (numbers) => numbers.reduce((most, number) => (most && most.gt(number) ? most : number), null),
  average: (numbers) => (numbers.length ? HOW.sum(numbers).div(numbers.length) : null),
};

export function Rollup(props) {
  const { field } = props;
  const held = useHeld(props, setting(field, "of"));
  const items = Array.isArray(held) ? held : held ? [held] : [];
  const rows = items.filter((item) => item && typeof item === "object");
  const taken = useTaken(field, rows.length ? [] : keysIn(items));
  const given = rows.length ? rows.map((row) => row[setting(field, "take")]) : (taken ?? []);
  const numbers = given.map((value) => parsed(value?.amount ?? value)).filter(Boolean);
  const how = setting(field, "how", "sum");
  const value = how === "count" ? items.length : (HOW[how]?.(numbers)?.toFixed() ?? null);
  useComputed(props, value);
  return <InGrid field={props.field}><Output props={props} name="rollup" icon="sum" text={written(value)} /></InGrid>;
}

export function InWords(props) {
  const held = useHeld(props, setting(props.field, "of"));
  const amount = parsed(held?.amount ?? held);
  const value = amount ? nzh.toMoney(amount.toFixed(2), { outSymbol: false }) : null;
  useComputed(props, value);
  return <InGrid field={props.field}><Output props={props} name="amount_in_words" icon="abc" text={value ?? "–"} /></InGrid>;
}

export function AutoNumber(props) {
  return <Output props={props} name="auto_number" icon="number" text={props.value || say("given")} />;
}
