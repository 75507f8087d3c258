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

  /** What this browser kept of this very draft while the server could not be reached; null where the server has it. */
  local() {
    try {
      const here = JSON.parse(localStorage.getItem(this.name));
      if (!here || here.url === this.url) return here;
      if (here.known || this.known) return null; // of another draft, which the server has
      this.url = here.url; // begun in a page that is gone: go on with it
      return here;
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
      localStorage.setItem(this.name, JSON.stringify({ at: Date.now(), url: this.url, known: this.known, data: this.data }));
    } catch {
      // a full store: the server has the draft, or will
    }
  }

  /** Save at once, one request after the other. `leaving`: the page goes away, the request must outlive it. */
  save(leaving = false) {
    clearTimeout(this.later);
    this.later = undefined;
    return (this.saving = Promise.resolve(leaving ? undefined : this.saving).then(() => this.saveNow(leaving)));
  }

  /** The form is being sent: wait for what is on its way, and save no more until something changes. */
  hold() {
    clearTimeout(this.soon);
    clearTimeout(this.later);
    this.later = undefined;
    return this.saving;
  }

  async saveNow(leaving) {
    if (!this.dirty || !this.url || this.dropped) return;
    if (leaving && !this.known) {
      this.later ??= setTimeout(() => this.save(), REMOTELY); // if it was only hidden
      return this.keepHere(); // nobody may be there to hear that the server has it
    }
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
