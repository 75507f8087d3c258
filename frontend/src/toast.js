// Short messages at the lower right; read out by screen readers, gone after a while, errors stay.

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

const UNDO_MS = 10_000;
const READ_MS = 6_000;

/** A message goes away by itself, unless somebody points at it or it tells of a fault. */
toast.adopt = (card) => {
  card.querySelector(".toast-close").addEventListener("click", () => card.remove());
  if (card.classList.contains("bad")) return;
  const stays = card.querySelector("[data-key='undo']") ? UNDO_MS : READ_MS;
  let leaving = setTimeout(() => card.remove(), stays);
  card.addEventListener("pointerenter", () => clearTimeout(leaving));
  card.addEventListener("pointerleave", () => (leaving = setTimeout(() => card.remove(), stays)));
};
