// What somebody has typed but not sent. The server keeps it, so that it waits on every machine; this browser keeps a
// copy for the time it is offline, for this person and this revision of the task alone.
import { csrf } from "./server.js";

const PREFIX = "draft:";
const LOCALLY = 500; // milliseconds after a change
const REMOTELY = 5000;

/** @param {{name: string, url?: string, known?: string}} given `known` is when the server's draft was saved */
export class Draft {
  constructor({ name, url, known }, onState = () => {}) {
    this.name = PREFIX + name;
    this.url = url;
    this.known = known ?? null;
    this.onState = onState;
  }

  /** What this browser kept while the server could not be reached; null where the server has all of it. */
  local() {
    try {
      return JSON.parse(localStorage.getItem(this.name));
    } catch {
      return null;
    }
  }

  change(data) {
    this.data = structuredClone(data);
    this.dirty = true;
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.keepHere(), LOCALLY);
    if (this.url) this.later ??= setTimeout(() => this.save(), REMOTELY);
  }

  keepHere() {
    try {
      localStorage.setItem(this.name, JSON.stringify({ at: Date.now(), known: this.known, data: this.data }));
    } catch {
      // a full store: the server has the draft, or will
    }
  }

  /** Save at once. `leaving`: the page goes away, the request must outlive it. */
  async save(leaving = false) {
    clearTimeout(this.later);
    this.later = undefined;
    if (!this.dirty || !this.url || this.dropped) return;
    if (leaving && !this.known) return this.keepHere(); // nobody would learn what the new draft is called
    this.dirty = false;
    this.onState("saving");
    try {
      const response = await fetch(this.url, {
        method: "PUT",
        keepalive: leaving,
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrf() },
        body: JSON.stringify({ values: this.data, known: this.known }),
      });
      const answer = await response.json();
      if (response.ok) {
        this.known = answer.saved_at;
        this.url = answer.url ?? this.url;
        if (answer.page) history.replaceState(history.state, "", answer.page); // loading again goes on with it
        if (!this.dirty) localStorage.removeItem(this.name);
        this.onState("saved", answer);
      } else this.onState(response.status === 409 ? "conflict" : "kept", answer);
    } catch {
      this.dirty = true;
      this.keepHere();
      this.onState("kept");
    }
  }

  /** Let the other draft be: this one is saved over it. */
  overwrite(known) {
    this.known = known;
    this.dirty = true;
    return this.save();
  }

  /** It was sent, or thrown away. */
  forget(everywhere = false) {
    clearTimeout(this.soon);
    clearTimeout(this.later);
    this.later = undefined;
    this.dirty = false;
    localStorage.removeItem(this.name);
    if (everywhere && this.url && this.known) fetch(this.url, { method: "DELETE", keepalive: true, headers: { "X-CSRF-Token": csrf() } }).catch(() => {});
    this.known = everywhere ? null : this.known;
  }

  /** The form was sent: nothing that is still on its way may bring the draft back. */
  drop() {
    this.dropped = true;
    this.forget(true);
  }
}

/** On signing out nothing typed stays behind. */
export function forgetDrafts() {
  for (const name of Object.keys(localStorage).filter((item) => item.startsWith(PREFIX))) localStorage.removeItem(name);
}
