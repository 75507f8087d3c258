// What is pressed and clicked before the page can hear it is kept; `waiting.js` does it then. Small, as it comes first.
{
  const kept = [];
  const keep = (event) => {
    if (event.type === "keydown" && (event.target !== document.body || event.repeat)) return; // written where the focus is, or held
    if (event.type === "click") {
      if (!event.target.closest("button")) return; // a link leads on by itself
      event.preventDefault(); // a form is not sent before it can ask whether it should be
      event.stopPropagation();
    }
    kept.push(event);
  };
  const listen = (how) => ["keydown", "click"].forEach((kind) => document[how](kind, keep, true));
  listen("addEventListener");
  /** Hand over what was kept, and keep no more. */
  window.early = () => {
    listen("removeEventListener");
    return kept.splice(0);
  };
  addEventListener("load", () => window.early(), { once: true }); // should the rest not have come, the browser does what it can
}
