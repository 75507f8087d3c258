// Shortcuts. Off while typing, and never in the way of the browser's own.

const GO = { t: "/inbox", s: "/inbox/started", d: "/inbox/done", q: "/inbox/groups", n: "/start", p: "/processes", k: "/kpis" };

function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable='true']");
}

function rows() {
  return [...document.querySelectorAll("[data-row]")];
}

function linkOf(row) {
  return row.matches("a") ? row : row.querySelector("a");
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("cursor"));
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  all.forEach((row) => row.classList.toggle("cursor", row === next));
  linkOf(next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

const KEYS = {
  "/": () => document.getElementById("search")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
  j: () => move(1),
  k: () => move(-1),
  o: () => document.querySelectorAll("[data-row].cursor").forEach((row) => linkOf(row).click()),
  n: () => location.assign("/start"),
  u: () => document.querySelector("[data-key='claim']")?.click(),
  c: () => document.querySelector("[data-key='comment']")?.focus(),
  e: () => document.querySelector(".fjs-form input, .fjs-form textarea")?.focus(),
};

function submit() {
  // form-js takes over what is being typed when the field is left
  document.activeElement?.blur();
  document.querySelector("[data-key='submit']")?.click();
}

let waitingForPlace = 0;

function onKey(event) {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    const near = event.target.closest?.("form[data-submit-key]");
    if (near) near.requestSubmit();
    else submit();
    return;
  }
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "g") {
    waitingForPlace = Date.now();
    return;
  }
  if (Date.now() - waitingForPlace < 1200 && GO[event.key]) location.assign(GO[event.key]);
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  waitingForPlace = 0;
  event.preventDefault();
}

export function startKeyboard() {
  document.addEventListener("keydown", onKey);
  document.querySelector("[data-open-keys]")?.addEventListener("click", () => document.getElementById("keys").showModal());
  document.getElementById("keys")?.addEventListener("click", (event) => {
    if (event.target === event.currentTarget || event.target.closest("[data-close]")) event.currentTarget.close();
  });
}
