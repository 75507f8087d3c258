// The command palette: everything that can be done here, by typing a part of its name; and tasks and cases besides.
import { canDo, perform } from "./actions.js";
import { draw } from "./keys.js";
import { shortcuts } from "./keyboard.js";

const dialog = document.getElementById("palette");
const input = document.getElementById("palette-input");
const list = document.getElementById("palette-list");
const words = JSON.parse(dialog.dataset.words);
const HIDDEN = ["palette", "next", "previous", "open"]; // of no use once the palette is open

let shown = [];
let chosen = 0;
let asked = 0;

function commands() {
  const own = shortcuts
    .filter(({ action, to }) => !HIDDEN.includes(action) && canDo(action, to))
    .map((item) => ({ ...item, text: item.words, run: () => perform(item.action, item.to) }));
  const known = new Set(own.map((item) => item.to));
  const places = [...document.querySelectorAll("#rail a[href], .topbar .dropdown-menu a[href], [data-command]")]
    .filter((link) => !known.has(link.getAttribute("href")))
    .map((link) => ({
      group: words.lists,
      text: link.dataset.command ?? link.querySelector("span")?.textContent ?? link.textContent.trim(),
      icon: link.querySelector("use")?.getAttribute("href").split("#")[1] ?? "arrow-right",
      keys: [],
      run: () => link.click(),
    }));
  return [...own, ...places];
}

/** Letters in their order, not necessarily together: "stp" finds "Start a process". */
function fits(text, query) {
  const whole = text.toLowerCase();
  if (whole.includes(query)) return 2 + (whole.startsWith(query) ? 1 : 0);
  let at = -1;
  return [...query.replaceAll(" ", "")].every((letter) => (at = whole.indexOf(letter, at + 1)) >= 0) ? 1 : 0;
}

function option(item, index) {
  const row = document.createElement("div");
  row.id = `palette-${index}`;
  row.className = "palette-item";
  row.setAttribute("role", "option");
  row.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${document.body.dataset.icons}#${CSS.escape(item.icon)}"></use></svg>`;
  const text = document.createElement("span");
  text.className = "ellipsis";
  text.textContent = item.text;
  row.append(text);
  if (item.note) {
    const note = document.createElement("span");
    note.className = "muted ellipsis";
    note.textContent = item.note;
    row.append(note);
  }
  const keys = document.createElement("span");
  keys.className = "palette-keys";
  if (item.keys?.length) keys.append(draw(item.keys[0]));
  row.append(keys);
  row.addEventListener("click", () => choose(index));
  row.addEventListener("pointermove", () => mark(index));
  return row;
}

function mark(index) {
  chosen = index;
  for (const row of list.querySelectorAll("[role='option']")) row.setAttribute("aria-selected", String(row.id === `palette-${index}`));
  const row = document.getElementById(`palette-${index}`);
  row?.scrollIntoView({ block: "nearest" });
  if (row) input.setAttribute("aria-activedescendant", row.id);
  else input.removeAttribute("aria-activedescendant");
}

function choose(index) {
  const item = shown[index];
  if (!item) return;
  dialog.close();
  item.run();
}

function show(items) {
  shown = items;
  const parts = [];
  for (const group of new Set(items.map((item) => item.group))) {
    const part = document.createElement("div");
    part.setAttribute("role", "group");
    part.setAttribute("aria-label", group);
    const title = document.createElement("div");
    title.className = "palette-title";
    title.setAttribute("aria-hidden", "true");
    title.textContent = group;
    part.append(title);
    items.forEach((item, index) => item.group === group && part.append(option(item, index)));
    parts.push(part);
  }
  list.replaceChildren(...parts);
  if (!items.length) {
    const none = document.createElement("div");
    none.className = "palette-title";
    none.setAttribute("role", "option");
    none.setAttribute("aria-disabled", "true");
    none.textContent = words.nothing;
    list.append(none);
  }
  mark(0);
}

async function found(query) {
  const answer = await fetch(`/search?q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return [];
  return (await answer.json()).map((item) => ({ ...item, group: words[item.group], run: () => location.assign(item.to) }));
}

export async function ask() {
  const query = input.value.trim().toLowerCase();
  const mine = ++asked;
  const fitting = commands()
    .map((item) => [query ? fits(item.text, query) : 1, item])
    .filter(([rank]) => rank)
    .sort(([a], [b]) => b - a)
    .map(([, item]) => item);
  // of one group together, the best group first
  const groups = [...new Set(fitting.map((item) => item.group))];
  const sorted = groups.flatMap((group) => fitting.filter((item) => item.group === group));
  show(sorted);
  if (query.length < 2) return;
  await new Promise((resolve) => setTimeout(resolve, 150));
  if (mine !== asked) return;
  const more = await found(query);
  if (mine === asked && more.length) {
    const at = chosen;
    const close = sorted.filter((item) => fits(item.text, query) > 1); // scattered letters give way to what was found
    show([...close, ...more]);
    if (close.length) mark(Math.min(at, shown.length - 1));
  }
}

input.addEventListener("input", ask);
input.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && shown.length) mark((chosen + step + shown.length) % shown.length);
  else if (event.key === "Enter") choose(chosen);
  else return;
  event.preventDefault();
});
