// Short messages at the lower right; read out by screen readers, gone after a while, errors stay. What lies under one
// that is no error can be pressed through it.

function icon(name) {
  const sprite = document.body.dataset.icons;
  const holder = document.createElement("template");
  holder.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${sprite}#${name}"></use></svg>`;
  return holder.content.firstChild;
}

export function toast(text, kind = "ok") {
  const card = document.createElement("div");
  card.className = `toast-card ${kind}`;
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "toast-close";
  close.setAttribute("aria-label", document.body.dataset.close);
  close.append(icon("x"));
  card.append(icon(kind === "bad" ? "alert-circle" : kind === "ok" ? "circle-check" : "info-circle"), words, close);
  document.getElementById("toasts").append(card);
  toast.adopt(card);
}

const FIELD = "input, textarea, select, [contenteditable='true']";

function covers(card, field) {
  const [above, below] = [card.getBoundingClientRect(), field.getBoundingClientRect()];
  const beside = above.right <= below.left || below.right <= above.left;
  return !beside && above.top < below.bottom && below.top < above.bottom;
}

/** A message gives way to the field that somebody touches or types in. */
function makeRoom({ target }) {
  const field = target.closest?.(FIELD);
  if (!field) return;
  for (const card of document.querySelectorAll(".toast-card:not(.bad)")) if (covers(card, field)) card.remove();
}
document.addEventListener("pointerdown", makeRoom);
document.addEventListener("input", makeRoom);

const UNDO_MS = 10_000;
const READ_MS = 6_000;

/** A message goes away by itself, unless somebody points at its buttons or it tells of a fault. */
toast.adopt = (card) => {
  card.querySelector(".toast-close").addEventListener("click", () => card.remove());
  if (card.classList.contains("bad")) return;
  const stays = card.querySelector("[data-key='undo']") ? UNDO_MS : READ_MS;
  let leaving = setTimeout(() => card.remove(), stays);
  card.addEventListener("pointerenter", () => clearTimeout(leaving));
  card.addEventListener("pointerleave", () => (leaving = setTimeout(() => card.remove(), stays)));
};
