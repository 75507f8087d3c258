// Who is quicker than the page loses nothing: what is pressed or clicked before a part can answer waits until it can.

const DRAWS = "[data-mount]:not([data-mount='diagram'], [data-mount='chart'], [data-mounted='yes'], [data-mounted='failed'])";
const FETCHES = ":is(a, button, form).htmx-request, #pane[aria-busy='true']";
const SENDS_FORM = "[data-decide], [data-key='submit']";
const LOOK_MS = 20;

const SECOND_PRESS_MS = 700;

let deeds = []; // {ready, run, key}, in the order in which they were asked for
let looking = 0;

/** Say whether something that was asked for has not been done yet. */
export const isWaiting = () => deeds.length > 0;

/** Say whether a part that can be seen is being drawn, or something somebody asked for is on its way. */
export const isDrawing = () => [...document.querySelectorAll(DRAWS)].some((part) => part.checkVisibility()) || document.querySelector(FETCHES) !== null;

function wait(run, ready, key = false) {
  deeds.push({ run, ready, key });
  looking ||= setInterval(() => {
    while (deeds.length && deeds[0].ready()) deeds.shift().run();
    if (!deeds.length) looking = clearInterval(looking);
  }, LOOK_MS);
}

/** Press a key again once the page has come to rest, where the focus is then. */
export function pressLater(event) {
  const again = Object.assign(new KeyboardEvent("keydown", event), { pressed: event.timeStamp });
  wait(() => document.activeElement.dispatchEvent(again), () => !isDrawing(), true);
}

/** Who presses Escape or turns to something else by a click means no longer what was pressed before. */
export function forgetKeys() {
  deeds = deeds.filter(({ key }) => !key);
}

/** A task was decided: the next comes in its place. */
export const rememberDecision = () => sessionStorage.setItem("decided", Date.now());

/** Say whether a key was pressed just after a decision: a second time, before anybody saw what has come. */
export const followsDecision = (event) =>
  Math.abs(performance.timeOrigin + (event.pressed ?? event.timeStamp) - sessionStorage.getItem("decided")) < SECOND_PRESS_MS;

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
  document.addEventListener("pointerdown", forgetKeys, true);
  for (const event of window.early?.() ?? []) {
    if (event.type === "click") clickLater(event.target, undrawn(event.target));
    else pressLater(event);
  }
}
