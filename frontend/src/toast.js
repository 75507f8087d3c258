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
  close.setAttribute("aria-label", document.body.dataset.close);
  close.append(icon("x"));
  card.append(icon(kind === "bad" ? "alert-circle" : kind === "ok" ? "circle-check" : "info-circle"), words, close);
  document.getElementById("toasts").append(card);
  toast.adopt(card);
}

toast.adopt = (card) => {
  card.querySelector("button").addEventListener("click", () => card.remove());
  if (!card.classList.contains("bad")) setTimeout(() => card.remove(), 6000);
};
