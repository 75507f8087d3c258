// What shortcuts and palette commands do. An action that is not told here presses what carries its name: `data-key`.
import { inbox } from "./list.js";

/** The button, link or field of the page that carries an action; in a task beside its list, that one. */
function carrier(action) {
  const all = [...document.querySelectorAll(`[data-key='${CSS.escape(action)}']`)];
  // what lies in a closed menu can be done as well
  const shown = (element) => (element.closest("details.menu:not([open])") ?? element).checkVisibility();
  return all.find((element) => shown(element) && !element.disabled);
}

function press(element) {
  if (element.matches("input, textarea, select")) element.focus();
  else element.click();
}

function goBack() {
  const link = document.querySelector("[data-back]");
  if (link) link.click();
  else history.back();
}

const OWN = {
  next: { can: () => inbox.rows().length, run: () => inbox.move(1) },
  previous: { can: () => inbox.rows().length, run: () => inbox.move(-1) },
  open: { can: () => inbox.current(), run: () => inbox.open() },
  back: { can: () => true, run: () => inbox.closePane() || inbox.clearSelection() || goBack() },
  select: { can: () => inbox.selectable(), run: () => inbox.toggle() },
  select_range: { can: () => inbox.selectable(), run: () => inbox.toggleRange() },
  select_all: { can: () => inbox.selectable(), run: () => inbox.selectAll() },
  draft: { can: () => document.querySelector("[data-keeps-draft]"), run: () => document.dispatchEvent(new CustomEvent("keep-draft", { detail: [] })) },
  edit: { can: firstField, run: () => firstField().focus() },
  submit: { can: () => carrier("submit") || document.activeElement?.closest("form[data-submit-key]"), run: submit },
  search: { can: () => true, run: () => document.getElementById("search")?.focus() },
  help: { can: () => true, run: () => document.getElementById("keys")?.showModal() },
  palette: { can: () => true, run: openPalette },
};

/** Open at once: what is typed before the rest of the palette has come is kept, and no shortcut. */
async function openPalette() {
  document.getElementById("palette-input").value = "";
  document.getElementById("palette").showModal();
  (await import("./palette.js")).ask();
}

function firstField() {
  return document.querySelector(".fjs-form input:not([readonly], [disabled]), .fjs-form textarea:not([readonly], [disabled])");
}

function submit(event) {
  const near = event?.target?.closest?.("form[data-submit-key]");
  if (near) return near.requestSubmit();
  // form-js takes over what is being typed when the field is left
  document.activeElement?.blur();
  press(carrier("submit"));
}

/** Say whether an action makes sense here and now. */
export function canDo(action, to) {
  return Boolean(to || OWN[action]?.can() || carrier(action) || inbox.offers(action));
}

/** Why the menu of the page says that an action cannot be done now. */
export function whyNot(action) {
  return document.querySelector(`[data-cannot='${CSS.escape(action)}'] small`)?.textContent;
}

/** Do it: go there, do what is told above, act on the selected rows, or press what carries it. */
export function perform(action, to, event) {
  if (to) location.assign(to);
  else if (OWN[action]) OWN[action].run(event);
  else if (inbox.selected().length && inbox.offers(action)) inbox.act(action);
  else if (carrier(action)) press(carrier(action));
  else inbox.act(action);
}
