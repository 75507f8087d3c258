// A span of numbers: two handles on one track, which say the same as the fields below them.

function track(form) {
  const [low, high] = form.querySelectorAll("[type='range']");
  const { min, max } = low;
  const part = (value) => ((value - min) / (max - min)) * 100;
  form.style.setProperty("--from", `${part(low.value)}%`);
  form.style.setProperty("--to", `${part(high.value)}%`);
}

document.addEventListener("htmx:load", ({ target }) => target.querySelectorAll?.("[data-range]").forEach(track));

document.addEventListener("input", ({ target }) => {
  const form = target.closest("[data-range]");
  if (!form || target.type !== "range") return;
  const [low, high] = form.querySelectorAll("[type='range']");
  if (Number(low.value) > Number(high.value)) (target === low ? low : high).value = (target === low ? high : low).value;
  form.elements[target.dataset.end].value = target.value === (target === low ? target.min : target.max) ? "" : target.value;
  track(form);
});

document.addEventListener("change", ({ target }) => {
  if (target.type === "range") target.closest("[data-range]")?.requestSubmit();
});
