// Tabs by the ARIA pattern: arrows move, the panel follows.

export function startTabs(root) {
  for (const list of root.querySelectorAll("[role='tablist']:not([data-started])")) {
    list.dataset.started = "yes";
    const tabs = [...list.querySelectorAll("[role='tab']")];
    const show = (chosen, focus) => {
      for (const tab of tabs) {
        const on = tab === chosen;
        tab.setAttribute("aria-selected", String(on));
        tab.tabIndex = on ? 0 : -1;
        document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
      }
      if (focus) chosen.focus();
      // a diagram or chart that was laid out while hidden has no size yet
      document.getElementById(chosen.getAttribute("aria-controls")).dispatchEvent(new CustomEvent("shown"));
    };
    list.addEventListener("click", (event) => {
      const tab = event.target.closest("[role='tab']");
      if (tab) show(tab, false);
    });
    list.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) show(tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length], true);
    });
  }
}
