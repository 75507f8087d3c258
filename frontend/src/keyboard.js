// Shortcuts: the server's table says which keys do what, `actions.js` does it. Off while somebody types.
import { canDo, perform, whyNot } from "./actions.js";
import { draw, isWritten, nameOf } from "./keys.js";
import { toast } from "./toast.js";
import { followsDecision, forgetKeys, isDrawing, isWaiting, pressLater, startWaiting } from "./waiting.js";

const SECOND_KEY_MS = 1200;
const NEVER_WAIT = ["search", "help", "palette"];
const MOVES = ["next", "previous"];
const NEED_NO_PART = [...NEVER_WAIT, ...MOVES];
const DECIDES = ["approve", "reject", "submit"];

/** The table of the server: [{group, action, words, keys, icon, to}]. */
export const shortcuts = JSON.parse(document.getElementById("shortcuts")?.dataset.props ?? "[]");
const byKey = new Map(shortcuts.flatMap((shortcut) => shortcut.keys.map((key) => [key, shortcut])));
const firstKeys = new Set([...byKey.keys()].filter((key) => key.includes(" ")).map((key) => key.split(" ")[0]));

let first = { key: "", at: 0 };
let sought = { field: null, text: "" }; // in a list of options

function typing(target) {
  return target.closest?.("input:not([type='checkbox'], [type='radio'], [type='button']), textarea, select, [contenteditable='true']");
}

function find(event) {
  const name = nameOf(event);
  if (!name) return null;
  const pair = event.timeStamp - first.at < SECOND_KEY_MS ? byKey.get(`${first.key} ${name}`) : null;
  first = { key: firstKeys.has(name) ? name : "", at: event.timeStamp };
  return pair ?? byKey.get(name);
}

/** Write what had to wait for its field, as the browser would have done. */
function write(field, key) {
  if (!field.matches("select")) return document.execCommand("insertText", false, key);
  sought = { field, text: (sought.field === field ? sought.text : "") + key.toLowerCase() };
  const found = [...field.options].find((option) => option.text.toLowerCase().startsWith(sought.text));
  if (!found) return;
  field.value = found.value;
  for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
}

/** A key that does something once for each time it is pressed, and is held; or decides again what nobody has seen. */
const isOneTooMany = (shortcut, event) => (event.repeat && !MOVES.includes(shortcut?.action)) || (DECIDES.includes(shortcut?.action) && followsDecision(event));

/** A key that means something here later, or is to be written into a field that is still to come. */
function mustWait(shortcut, event) {
  if (!shortcut && (event.key.length > 1 || !isWritten(nameOf(event)))) return false;
  return isWaiting() ? !NEVER_WAIT.includes(shortcut?.action) : isDrawing() && !NEED_NO_PART.includes(shortcut?.action);
}

function onKey(event) {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.isTrusted && event.key === "Escape") forgetKeys();
  if (typing(event.target)) {
    if (event.key === "Escape") return event.target.blur();
    if (!event.isTrusted && event.key.length === 1 && isWritten(nameOf(event))) return write(event.target, event.key);
    if (isWritten(nameOf(event)) || nameOf(event) === "ctrl+a") return;
  }
  const shortcut = find(event);
  // Enter on a link or button is the browser's own
  if (event.isTrusted && event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.target.closest?.("a, button, summary, label")) return;
  const idle = isOneTooMany(shortcut, event);
  if (event.isTrusted && mustWait(shortcut, event)) {
    if (shortcut) event.preventDefault();
    if (!idle) pressLater(event);
  } else if (shortcut && canDo(shortcut.action, shortcut.to)) {
    event.preventDefault();
    if (!idle) perform(shortcut.action, shortcut.to, event);
  } else if (shortcut && whyNot(shortcut.action)) toast(whyNot(shortcut.action), "info");
}

function fillHelp(dialog) {
  const list = dialog.querySelector("[data-keys-list]");
  for (const group of new Set(shortcuts.map((shortcut) => shortcut.group))) {
    const part = document.createElement("section");
    const title = document.createElement("h3");
    const keys = document.createElement("dl");
    title.textContent = group;
    keys.className = "keys";
    for (const shortcut of shortcuts.filter((one) => one.group === group)) {
      const name = document.createElement("dt");
      const words = document.createElement("dd");
      shortcut.keys.forEach((key) => name.append(draw(key, list.dataset.then)));
      words.textContent = shortcut.words;
      keys.append(name, words);
    }
    part.append(title, keys);
    list.append(part);
  }
}

export function startKeyboard() {
  document.addEventListener("keydown", onKey);
  startWaiting();
  const help = document.getElementById("keys");
  if (!help) return;
  fillHelp(help);
  import("./palette.js"); // at hand before it is asked for: nobody waits for it to type
  document.querySelector("[data-open-keys]")?.addEventListener("click", () => perform("help"));
  document.querySelector("[data-open-palette]")?.addEventListener("click", () => perform("palette"));
  for (const dialog of document.querySelectorAll("#keys, #palette"))
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("button[data-close]")) dialog.close();
    });
}
