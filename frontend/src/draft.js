// What somebody has typed but not sent is kept in this browser, for this person and this revision of the task alone.

const PREFIX = "draft:";

export function draftOf(key) {
  const name = PREFIX + key;
  return {
    read() {
      try {
        return JSON.parse(localStorage.getItem(name));
      } catch {
        return null;
      }
    },
    write(data) {
      localStorage.setItem(name, JSON.stringify({ at: Date.now(), data }));
    },
    forget() {
      localStorage.removeItem(name);
    },
  };
}

/** On signing out nothing typed stays behind. */
export function forgetDrafts() {
  for (const name of Object.keys(localStorage).filter((item) => item.startsWith(PREFIX))) localStorage.removeItem(name);
}
