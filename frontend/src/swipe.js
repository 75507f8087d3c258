// On a telephone: a card swiped to the right is approved, to the left shows more. Buttons do the same.

const FAR_ENOUGH = 84; // pixels
const narrow = matchMedia("(max-width: 767px)");

export function startSwipe(element) {
  let from = null;
  const reset = () => {
    if (!from) return;
    from.row.style.transform = "";
    from.row.classList.remove("swiped-right", "swiped-left");
    from = null;
  };
  element.addEventListener("pointerdown", (event) => {
    const row = event.target.closest("[data-row][data-task]");
    if (narrow.matches && row?.querySelector("[data-more]") && event.pointerType !== "mouse") from = { row, x: event.clientX, y: event.clientY };
  });
  element.addEventListener("pointermove", (event) => {
    if (!from) return;
    const far = event.clientX - from.x;
    if (Math.abs(event.clientY - from.y) > 28 && Math.abs(far) < 28) return reset();
    from.row.style.transform = `translateX(${Math.max(-120, Math.min(120, far))}px)`;
    from.row.classList.toggle("swiped-right", far >= FAR_ENOUGH);
    from.row.classList.toggle("swiped-left", far <= -FAR_ENOUGH);
  });
  element.addEventListener("pointerup", (event) => {
    if (!from) return;
    const far = event.clientX - from.x;
    const { row } = from;
    reset();
    if (Math.abs(far) < FAR_ENOUGH) return;
    // the finger has moved: this is no tap on the link beneath it
    row.addEventListener("click", (click) => click.preventDefault(), { once: true, capture: true });
    row.dispatchEvent(new CustomEvent("swipe", { bubbles: true, detail: { action: far > 0 ? "approve" : "" } }));
  });
  element.addEventListener("pointercancel", reset);
}
