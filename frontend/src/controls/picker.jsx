// Choosing by typing: one or several things of a source, or words of one's own. The pattern is ARIA's combobox.
import { useEffect, useRef, useState } from "preact/hooks";
import { Frame, Icon, described, isOpen } from "./frame.jsx";
import { ask, narrowing } from "./options.js";
import { say, setting } from "./words.js";

const SOURCES = { person: "people", people: "people", department: "departments", group: "groups" };
const ICONS = { person: "user", people: "users", department: "sitemap", group: "users-group", relation: "link", relations: "link", tags: "tag" };
const named = new Map(); // what things are called, by source and key

const sourceOf = (field) => SOURCES[field.properties.ctl] ?? field.properties.source;
const listed = (field) => (field.values ?? []).map((option) => ({ value: option.value, label: option.label ?? String(option.value) }));

function useLabels(field, keys) {
  const source = sourceOf(field);
  const [, redraw] = useState(0);
  const known = new Map(listed(field).map(({ value, label }) => [value, label]));
  const label = (key) => known.get(key) ?? named.get(`${source}/${key}`) ?? key;
  const missing = source ? keys.filter((key) => !known.has(key) && !named.has(`${source}/${key}`)) : [];
  useEffect(() => {
    if (!missing.length) return;
    ask(source, { key: missing, ...narrowing(field) }).then(({ items }) => {
      for (const item of items) named.set(`${source}/${item.value}`, item.label);
      redraw((count) => count + 1);
    }, () => {});
  }, [missing.join("\n")]);
  return label;
}

/** What may be chosen for a text: of the source, or of the options the form lists. */
function useFound(field, text, wanted) {
  const [found, setFound] = useState({ items: [], state: "idle", text: null });
  const source = sourceOf(field);
  useEffect(() => {
    if (!wanted) return undefined;
    if (!source) {
      const items = listed(field).filter(({ label }) => label.toLowerCase().includes(text.toLowerCase()));
      setFound({ items, state: "done", text });
      return undefined;
    }
    let current = true;
    const timer = setTimeout(() => {
      ask(source, { q: text, limit: 20, ...narrowing(field) }).then(
        ({ items, next }) => {
          for (const item of items) named.set(`${source}/${item.value}`, item.label);
          if (current) setFound({ items, state: "done", more: Boolean(next), text });
        },
        () => current && setFound({ items: [], state: "failed", text }),
      );
    }, text ? 200 : 0);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [source, text, wanted]);
  // what was found for another text must not be picked by a quick Enter
  return found.text === text ? found : { items: [], state: "loading" };
}

function Choice({ item, id, active, kind, onPick }) {
  return (
    <li id={id} role="option" aria-selected={String(active)} class={`ctl-option${active ? " active" : ""}`} onMouseDown={(event) => event.preventDefault()} onClick={onPick}>
      {(kind === "person" || kind === "people") && <span class="ctl-face" aria-hidden="true">{item.label.slice(0, 1)}</span>}
      <span class="ctl-option-label">{item.label}</span>
      {item.detail && <span class="ctl-note">{item.detail}</span>}
    </li>
  );
}

function Chip({ label, open, kind, onRemove }) {
  return (
    <span class="ctl-chip">
      {(kind === "person" || kind === "people") && <span class="ctl-face" aria-hidden="true">{label.slice(0, 1)}</span>}
      <span>{label}</span>
      {open && <button type="button" aria-label={say("remove", { name: label })} title={say("remove", { name: label })} onClick={onRemove}><Icon name="x" /></button>}
    </span>
  );
}

/** Opens, moves, picks and closes by keyboard. */
function onKey(event, { items, active, setActive, open, setOpen, pick, removeLast, text, create }) {
  const last = items.length - 1;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (!open) return setOpen(true);
    const step = event.key === "ArrowDown" ? 1 : -1;
    return setActive(Math.max(-1, Math.min(last, active + step)));
  }
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    event.stopPropagation();
    if (open && items[active]) return pick(items[active]);
    if (create && text.trim()) return pick({ value: text.trim(), label: text.trim() });
    return setOpen(true);
  }
  if (event.key === "," && create && text.trim()) {
    event.preventDefault();
    return pick({ value: text.trim(), label: text.trim() });
  }
  if (event.key === "Escape" && open) {
    event.preventDefault();
    event.stopPropagation();
    return setOpen(false);
  }
  if (event.key === "Backspace" && !text) removeLast?.();
  return undefined;
}

function List({ id, found, items, active, kind, pick, create, text }) {
  const listbox = useRef();
  useEffect(() => listbox.current?.querySelector(".active")?.scrollIntoView({ block: "nearest" }), [active]);
  const hint = found.state === "failed" ? say("failed") : found.state === "loading" && !items.length ? say("loading") : !items.length && !create ? say("nothing") : found.more ? say("more") : "";
  return (
    <div class="ctl-dropdown">
      <ul id={id} ref={listbox} role="listbox" aria-label={say("choose")}>
        {items.map((item, index) => <Choice item={item} id={`${id}-${index}`} active={index === active} kind={kind} onPick={() => pick(item)} />)}
      </ul>
      {create && text.trim() && !items.some(({ label }) => label === text.trim()) && (
        <button type="button" class="ctl-create" tabIndex={-1} onMouseDown={(event) => event.preventDefault()} onClick={() => pick({ value: text.trim(), label: text.trim() })}><Icon name="plus" />{say("addTag", { name: text.trim() })}</button>
      )}
      <div class="ctl-hint" role="status">{hint}</div>
    </div>
  );
}

export function Picker(props) {
  const { field, domId, onChange } = props;
  const many = field.type === "taglist";
  const kind = field.properties.ctl;
  const create = kind === "tags" && field.properties.create !== "false";
  const keys = many ? (props.value ?? []) : props.value ? [props.value] : [];
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const found = useFound(field, text, open && isOpen(props));
  const label = useLabels(field, keys);
  const input = useRef();
  const items = found.items.filter(({ value }) => !many || !keys.includes(value));
  const put = (value) => onChange({ value });
  const pick = (item) => {
    put(many ? [...new Set([...keys, item.value])] : item.value);
    setText("");
    setActive(-1);
    setOpen(false);
  };
  const remove = (key) => {
    put(many ? keys.filter((item) => item !== key) : null);
    input.current?.focus();
  };
  const leave = () => {
    setOpen(false);
    if (create && text.trim()) pick({ value: text.trim() });
    setText("");
    props.onBlur?.();
  };
  const shown = !many && keys.length && !open ? label(keys[0]) : text;
  const keyboard = { items, active, setActive, open, setOpen, pick, text, create, removeLast: many && keys.length ? () => put(keys.slice(0, -1)) : undefined };
  return (
    <Frame props={props} name={many ? "picker-many" : "picker"}>
      <div class={`ctl-picker fjs-input-group${props.disabled ? " fjs-disabled" : ""}${props.readonly ? " fjs-readonly" : ""}`}>
        <span class="ctl-picker-icon" aria-hidden="true"><Icon name={ICONS[kind] ?? "search"} /></span>
        {many && keys.map((key) => <Chip key={key} label={label(key)} open={isOpen(props)} kind={kind} onRemove={() => remove(key)} />)}
        <input ref={input} class="fjs-input" id={domId} type="text" role="combobox" autoComplete="off" aria-autocomplete="list" aria-expanded={String(open)} aria-controls={`${domId}-list`}
          aria-activedescendant={open && items[active] ? `${domId}-list-${active}` : undefined} disabled={props.disabled} readOnly={props.readonly} value={shown}
          placeholder={isOpen(props) && !(many && keys.length) ? setting(field, "placeholder", say("search")) : undefined} aria-required={field.validate?.required ? "true" : undefined} {...described(props)}
          onFocus={props.onFocus} onBlur={leave} onClick={() => isOpen(props) && setOpen(true)} onKeyDown={(event) => isOpen(props) && onKey(event, keyboard)}
          onInput={({ target }) => { setText(target.value); setOpen(true); setActive(target.value ? 0 : -1); }} />
        {!many && keys.length > 0 && isOpen(props) && !open && (
          <button type="button" class="ctl-in-line" aria-label={say("remove", { name: label(keys[0]) })} title={say("clear")} onClick={() => remove(keys[0])}><Icon name="x" /></button>
        )}
        {open && isOpen(props) ? <List id={`${domId}-list`} found={found} items={items} active={active} kind={kind} pick={pick} create={create} text={text} /> : <ul id={`${domId}-list`} hidden role="listbox" aria-label={say("choose")} />}
      </div>
    </Frame>
  );
}

export const key = ({ value }) => (typeof value === "string" && value ? value : null);
export const keys = ({ value }) => (Array.isArray(value) ? value.filter((item) => typeof item === "string") : []);
