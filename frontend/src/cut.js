// What is cut off is read by pointing at it.
document.addEventListener("pointerover", ({ target }) => {
  const cut = target.closest?.(".ellipsis, .summary, .under");
  if (cut && !cut.title && cut.scrollWidth > cut.clientWidth) cut.title = cut.textContent.trim();
});
