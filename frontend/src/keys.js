// The names of keys: `j`, `shift+x`, `ctrl+alt+c`, `?`. Ctrl stands for Cmd on a Mac as well.

const SIGNS = { arrowdown: "↓", arrowup: "↑", arrowleft: "←", arrowright: "→", enter: "Enter", escape: "Esc", " ": "Space" };

/** Name what was pressed; nothing for a modifier alone, or while an input method composes. */
export function nameOf(event) {
  if (event.isComposing || ["Control", "Shift", "Alt", "Meta", "Process", "Dead"].includes(event.key)) return "";
  // with Alt, some keyboards write another letter: the key itself counts
  const key = event.altKey && /^Key./.test(event.code) ? event.code.slice(3).toLowerCase() : event.key.toLowerCase();
  const shifted = event.shiftKey && (key.length > 1 || key !== key.toUpperCase());
  return [(event.ctrlKey || event.metaKey) && "ctrl", event.altKey && "alt", shifted && "shift", key].filter(Boolean).join("+");
}

/** Say whether a key would be written where somebody types. */
export function isWritten(name) {
  return !/^(ctrl|alt)\+/.test(name) && name !== "escape";
}

/** Draw a name as keys: `g t` becomes two. */
export function draw(name, then = "") {
  const drawn = document.createElement("span");
  drawn.className = "drawn-key";
  name.split(" ").forEach((stroke, index) => {
    if (index && then) drawn.append(` ${then} `);
    // the plus sign is a key as well: `+`, `ctrl++`
    for (const part of stroke.split(/\+(?=.)/)) {
      const key = document.createElement("kbd");
      key.textContent = SIGNS[part] ?? (part.length > 1 ? part[0].toUpperCase() + part.slice(1) : part);
      drawn.append(key);
    }
  });
  return drawn;
}
