// Who is expected next, with what is in the form now: looked up anew while the chain is shown and the form changes.
import htmx from "htmx.org/dist/htmx.esm.js";
import { csrf } from "./server.js";

const PAUSE = 700; // milliseconds after the last change

let soon;

async function look(panel, variables) {
  const response = await fetch(panel.dataset.chain, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf(), "HX-Request": "true" },
    body: JSON.stringify({ variables }),
  });
  if (!response.ok) return;
  panel.innerHTML = await response.text();
  htmx.process(panel);
}

/** What is entered has changed: the chain is looked up with it, if anybody looks at it. */
export function lookAhead(values) {
  const panel = document.querySelector("[data-chain]");
  if (!panel) return;
  clearTimeout(soon);
  if (!panel.hidden) soon = setTimeout(() => look(panel, values()), PAUSE);
  else if (!panel.dataset.waiting) {
    panel.dataset.waiting = "yes";
    panel.addEventListener("shown", () => setTimeout(() => look(panel, values()), PAUSE));
  }
}
