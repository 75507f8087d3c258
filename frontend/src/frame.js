// The frame around every page: the rail that stays as it was left, menus, language and theme.
import { Dropdown } from "@tabler/core/js/src/bootstrap";
import { send } from "./server.js";

const YEAR = 365 * 86400;
const wide = matchMedia("(min-width: 992px)");

function startRail() {
  const rail = document.getElementById("rail");
  const toggle = document.getElementById("rail-toggle");
  if (!rail) return;
  const tell = () => {
    const shown = wide.matches ? !document.body.classList.contains("rail-narrow") : rail.classList.contains("open");
    toggle.setAttribute("aria-expanded", String(shown));
  };
  const show = (open) => {
    rail.classList.toggle("open", open);
    tell();
  };
  toggle.addEventListener("click", () => {
    if (!wide.matches) return show(!rail.classList.contains("open"));
    const narrow = document.body.classList.toggle("rail-narrow");
    document.cookie = `rail=${narrow ? "narrow" : ""}; path=/; max-age=${YEAR}; samesite=lax`;
    tell();
  });
  document.addEventListener("click", (event) => {
    if (!wide.matches && !rail.contains(event.target) && !toggle.contains(event.target)) show(false);
  });
  wide.addEventListener("change", tell);
  tell();
}

function startMenus() {
  for (const button of document.querySelectorAll("[data-bs-toggle='dropdown']"))
    Dropdown.getOrCreateInstance(button, { popperConfig: { strategy: "fixed" } });
}

function useTheme(theme) {
  const root = document.documentElement;
  if (theme === "auto") delete root.dataset.bsTheme;
  else root.dataset.bsTheme = theme;
  document.querySelector("meta[name='color-scheme']").content = theme === "auto" ? "light dark" : theme;
  for (const button of document.querySelectorAll("form[action='/theme'] button[name='to']"))
    button.toggleAttribute("aria-current", button.value === theme);
  for (const choice of document.querySelectorAll("form[action='/theme'] select[name='to']")) choice.value = theme;
  document.dispatchEvent(new CustomEvent("theme"));
}

/** The theme changes on the spot; what somebody has typed outside of forms survives the page that a language needs. */
function startSwitches() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("action") === "/theme") {
      event.preventDefault();
      const data = new FormData(form, event.submitter);
      send("/theme", data);
      useTheme(data.get("to"));
    } else if (form.getAttribute("action") === "/language") {
      event.preventDefault();
      speak(form, event.submitter);
    }
  });
  restoreTyped();
}

const TYPED = "typed";
const PATIENCE = 2000; // milliseconds
const typed = () => [...document.querySelectorAll("main textarea[name], main input[name]:is([type='text'], [type='search'], :not([type]))")];

/** Another language is another page: it waits until the server has what was typed, but not for one that does not answer. */
async function speak(form, button) {
  const saving = [];
  document.dispatchEvent(new CustomEvent("keep-draft", { detail: saving }));
  await Promise.race([Promise.all(saving), new Promise((enough) => setTimeout(enough, PATIENCE))]);
  keepTyped();
  const chosen = document.createElement("input");
  if (button) form.append(Object.assign(chosen, { type: "hidden", name: button.name, value: button.value }));
  form.submit();
}

function keepTyped() {
  const values = typed().map((field) => [field.form?.getAttribute("action") ?? "", field.name, field.value]);
  sessionStorage.setItem(TYPED, JSON.stringify({ at: location.href, values: values.filter(([, , value]) => value) }));
}

function restoreTyped() {
  const kept = JSON.parse(sessionStorage.getItem(TYPED) ?? "null");
  sessionStorage.removeItem(TYPED);
  if (kept?.at !== location.href) return;
  for (const [action, name, value] of kept.values) {
    const field = typed().find((one) => (one.form?.getAttribute("action") ?? "") === action && one.name === name);
    if (field && !field.value) field.value = value;
  }
}

export function startFrame() {
  startRail();
  startMenus();
  startSwitches();
}
