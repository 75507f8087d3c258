// What every page runs: htmx, the parts a page asks for by `data-mount`, keyboard, toasts, menus.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./cut.js";
import { forgetDrafts } from "./draft.js";
import { startFrame } from "./frame.js";
import { startKeyboard } from "./keyboard.js";
import { startLive } from "./live.js";
import "./range.js";
import { stackTables } from "./stacked.js";
import { startTabs } from "./tabs.js";
import { csrf } from "./server.js";
import { toast } from "./toast.js";

Object.assign(htmx.config, {
  allowEval: false, // the Content-Security-Policy forbids it, and we need none
  includeIndicatorStyles: false,
  historyCacheSize: 0, // a snapshot of a form or diagram would come back dead
  refreshOnHistoryMiss: true,
  globalViewTransitions: false,
});

const ON_ITS_WAY_MS = 10_000;

const PARTS = {
  chart: () => import("./chart.js"),
  decide: () => import("./decide.js"),
  deploy: () => import("./deploy.js"),
  diagram: () => import("./diagram.js"),
  form: () => import("./form.js"),
  "form-editor": () => import("./form_editor.js"),
  inbox: () => import("./inbox.js"),
  columns: () => import("./columns.js"),
  "own-keys": () => import("./own_keys.js"),
  sign: () => import("./sign.js"),
  "sign-in": () => import("./sign_in.js"),
};

async function mountPart(element) {
  element.dataset.mounted = "soon"; // before anything is awaited: htmx announces the same elements a second time
  try {
    const part = await PARTS[element.dataset.mount]();
    await part.mount(element, JSON.parse(element.dataset.props ?? "{}"));
    element.dataset.mounted = "yes";
  } catch (fault) {
    element.dataset.mounted = "failed"; // nothing waits for it any more
    throw fault;
  }
}

function mountParts(root) {
  const found = [...root.querySelectorAll("[data-mount]")];
  if (root.matches?.("[data-mount]")) found.unshift(root);
  found.filter((item) => !item.dataset.mounted).forEach(mountPart);
}

async function mountDays(root) {
  const fields = root.querySelectorAll("input:is([type='date'], [type='datetime-local'], [type='time'])");
  const ours = [...fields].filter((field) => !field.closest("[data-form]")); // forms have their own
  if (ours.length) (await import("./days.js")).speakDays(ours);
}

function startHtmx() {
  document.body.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = csrf();
  });
  document.body.addEventListener("htmx:load", (event) => {
    mountParts(event.detail.elt);
    mountDays(event.detail.elt);
    startTabs(event.detail.elt);
    stackTables();
  });
  document.body.addEventListener("htmx:beforeRequest", () => document.body.classList.add("htmx-busy"));
  document.body.addEventListener("htmx:afterRequest", () => document.body.classList.remove("htmx-busy"));
  document.body.addEventListener("htmx:afterRequest", ({ detail: { elt, successful, requestConfig } }) => {
    if (!successful || !elt.matches?.("[data-reset]")) return;
    // what was sent is there now; who has gone on typing meanwhile goes on
    for (const field of elt.querySelectorAll("textarea")) if (field.value === requestConfig.formData.get(field.name)) field.value = "";
  });
  document.body.addEventListener("htmx:sendError", () => toast(document.body.dataset.offline, "bad"));
  document.body.addEventListener("toast", (event) => toast(event.detail.text, event.detail.kind));
}

function startConfirmations() {
  // destructive buttons carry data-confirm: the sentence that names what will be lost
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  // a second click while the page is on its way to the next one is no second order
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.matches("[data-take-selected]")) return;
    if (event.timeStamp - form.dataset.sent < ON_ITS_WAY_MS) event.preventDefault();
    else form.dataset.sent = event.timeStamp;
  });
  addEventListener("pageshow", ({ persisted }) => {
    // the browser brought back the page as it was left: what is sent now is meant
    if (persisted) for (const form of document.forms) delete form.dataset.sent;
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-forget-drafts]")) forgetDrafts();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    const copied = event.target.closest("[data-copy]");
    // an address is copied whole, so that it can be sent to somebody
    const text = copied?.dataset.copy.startsWith("/") ? new URL(copied.dataset.copy, location.href).href : copied?.dataset.copy;
    if (copied) navigator.clipboard.writeText(text).then(() => toast(copied.dataset.copied, "ok"));
  });
}

startHtmx();
startFrame();
startConfirmations();
startKeyboard();
startLive();
startTabs(document.body);
stackTables();
mountParts(document.body);
for (const card of document.querySelectorAll(".toast-card")) toast.adopt(card);
