// Exact amounts and shares: text in the browser, never a binary float.
import Big from "big.js";
import { useState } from "preact/hooks";
import { Frame, described, isOpen } from "./frame.jsx";
import { tell } from "./sentences.js";
import { numberFormat, say, setting } from "./words.js";

const PLAIN = /^[+-]?\d*(\.\d*)?$/;

const narrow = (text) => text.replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));

/** A number as people type and copy it, plainly: without groups and signs of currencies, its digits narrow ones. */
export const plainly = (text) => narrow(text).replace(/[,\s_¥\uffe5$€£]|元$/g, "").replace("。", ".");

/** The number a person typed; null where there is none. */
const typed = (text) => plainly(text) || null;

/** A number without the last digits of a binary float, which formulas of the browser leave there. */
export const tidy = (value) => (typeof value === "number" && Number.isFinite(value) ? Number(value.toPrecision(15)) : value);

export function parsed(text) {
  try {
    return text === null || text === undefined || text === "" ? null : new Big(tidy(text));
  } catch {
    return undefined;
  }
}

function digitsOf(code) {
  try {
    return numberFormat({ style: "currency", currency: code }, "en").resolvedOptions().maximumFractionDigits;
  } catch {
    return 2;
  }
}

function symbolOf(code) {
  try {
    const parts = numberFormat({ style: "currency", currency: code, currencyDisplay: "narrowSymbol" }).formatToParts(0);
    return parts.find(({ type }) => type === "currency").value;
  } catch {
    return code;
  }
}

/** With groups of thousands. `Intl` formats decimal text exactly, however long. */
function grouped(text, digits) {
  if (text === null || text === undefined || text === "" || parsed(text) === undefined) return text ?? "";
  return numberFormat({ minimumFractionDigits: Math.min(digits, 20), maximumFractionDigits: 20 }).format(text);
}

function Amount({ props, value, digits, onValue, before, after, label }) {
  const [draft, setDraft] = useState(null);
  return (
    <div class={`fjs-input-group${props.disabled ? " fjs-disabled" : ""}${props.readonly ? " fjs-readonly" : ""}`}>
      {before}
      <input class="fjs-input ctl-figure" id={props.domId} type="text" inputMode="decimal" autoComplete="off" disabled={props.disabled} readOnly={props.readonly}
        aria-label={label} value={draft ?? grouped(value, digits)} required={props.field.validate?.required} {...described(props)}
        onFocus={props.onFocus}
        onInput={({ target }) => { setDraft(target.value); onValue(typed(target.value)); }}
        onBlur={() => { setDraft(null); props.onBlur?.(); }} />
      {after}
    </div>
  );
}

export const choicesOf = (field) => setting(field, "currencies").split(",").map((code) => code.trim().toUpperCase()).filter(Boolean);

export function Currency(props) {
  const choices = choicesOf(props.field);
  const { value } = props;
  const code = choices.length ? (value?.currency ?? choices[0]) : setting(props.field, "currency", "CNY").toUpperCase();
  const amount = choices.length ? value?.amount : value;
  const put = (text, currency = code) => props.onChange({ value: choices.length ? (text === null ? null : { amount: text, currency }) : text });
  const sign = <span class="fjs-input-adornment border-right border-radius-left" aria-hidden="true"><span class="fjs-input-adornment-text">{symbolOf(code)}</span></span>;
  const select = (
    <select class="ctl-unit" aria-label={`${props.field.label}: ${say("currency")}`} disabled={!isOpen(props)} value={code} onChange={({ target }) => put(amount ?? null, target.value)}>
      {[...new Set([...choices, code])].map((item) => <option value={item}>{item}</option>)}
    </select>
  );
  return (
    <Frame props={props} name="currency">
      <Amount props={props} value={amount} digits={digitsOf(code)} onValue={put} before={sign} after={choices.length ? select : <span class="ctl-unit-text" aria-hidden="true">{code}</span>} />
    </Frame>
  );
}

export function checkCurrency(value, field) {
  const code = value?.currency ?? setting(field, "currency", "CNY").toUpperCase();
  const amount = parsed(typeof value === "object" ? value?.amount : value);
  if (amount === undefined) return [tell("not_a_number")];
  const digits = digitsOf(code);
  const over = amount !== null && amount.c.length - amount.e - 1 > digits;
  return over ? [digits ? tell("decimal_digits", { limit: digits }) : tell("integer")] : [];
}

export function sanitizeCurrency({ value, formField }) {
  if (choicesOf(formField).length) return value && typeof value === "object" ? value : null;
  return value === null || value === undefined || value === "" || !PLAIN.test(String(value)) ? null : String(value);
}

export function Percent(props) {
  const fraction = parsed(props.value);
  const shown = fraction ? fraction.times(100).toFixed() : fraction === undefined ? props.value : "";
  const put = (text) => {
    const number = parsed(text);
    props.onChange({ value: number ? number.div(100).toFixed() : number === undefined ? text : null });
  };
  const sign = <span class="fjs-input-adornment border-left border-radius-right" aria-hidden="true"><span class="fjs-input-adornment-text">%</span></span>;
  return (
    <Frame props={props} name="percent">
      <Amount props={props} value={shown === "" ? null : shown} digits={0} onValue={put} after={sign} />
    </Frame>
  );
}

export const checkPercent = (value) => (parsed(value) === undefined ? [tell("not_a_number")] : []);
