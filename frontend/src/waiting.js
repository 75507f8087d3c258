// Who is quicker than the page loses nothing: what is pressed or clicked before a part can answer waits until it can.

const DRAWS = "[data-mount]:not([data-mount='diagram'], [data-mount='chart'], [data-mounted='yes'], [data-mounted='failed'])";
const FETCHES = ":is(a, button, form).htmx-request, #pane[aria-busy='true']";
const SENDS_FORM = "[data-decide], [data-key='submit']";
const LOOK_MS = 20;

const deeds = []; // {ready, run}, in the order in which they were asked for
let looking = 0;

/** Say whether something that was asked for has not been done yet. */
export const isWaiting = () => deeds.length > 0;

/** Say whether a part that can be seen is being drawn, or something somebody asked for is on its way. */
export const isDrawing = () => [...document.querySelectorAll(DRAWS)].some((part) => part.checkVisibility()) || document.querySelector(FETCHES) !== null;

function wait(run, ready) {
  deeds.push({ run, ready });
  looking ||= setInterval(() => {
    while (deeds.length && deeds[0].ready()) deeds.shift().run();
    if (!deeds.length) looking = clearInterval(looking);
  }, LOOK_MS);
}

/** Press a key again once the page has come to rest, where the focus is then. */
export function pressLater(event) {
  wait(() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", event)), () => !isDrawing());
}

function clickLater(target, part) {
  wait(
    () => target.isConnected && target.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true })),
    () => !part?.matches(DRAWS),
  );
}

/** The part that answers a click and is not drawn yet. */
function undrawn(target) {
  const pressed = target.closest("a, button");
  return pressed?.closest(DRAWS) ?? (pressed?.matches(SENDS_FORM) ? document.querySelector(`[data-mount='form']:is(${DRAWS})`) : null);
}

function onClick(event) {
  const part = !event.ctrlKey && !event.metaKey && !event.shiftKey && undrawn(event.target);
  if (!part) return;
  event.preventDefault();
  event.stopPropagation();
  clickLater(event.target, part);
}

/** Begin, with what was pressed and clicked before there was anybody to hear it. */
export function startWaiting() {
  document.addEventListener("click", onClick, true);
  for (const event of window.early?.() ?? []) {
    if (event.type === "click") clickLater(event.target, undrawn(event.target));
    else pressLater(event);
  }
}
