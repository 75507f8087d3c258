// News from the server: the numbers of the frame and the rows of a list change while one looks at them.
//
// Nothing moves under the cursor: what is new is announced, and comes in when one asks for it; what somebody else has
// done stays in its place and says who did it.
import htmx from "htmx.org/dist/htmx.esm.js";
import { send } from "./server.js";

const POLL_MS = 20_000; // while no stream can be had
const GATHER_MS = 400; // several changes at once are looked at together
const MOST_TASKS = 50; // of a page that the server tells of one by one

let waiting = 0;

function tell() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    htmx.trigger(document.body, "counts");
    document.dispatchEvent(new CustomEvent("news"));
  }, GATHER_MS);
}

function shownTasks() {
  const ids = [...document.querySelectorAll("[data-task]")].map((element) => element.dataset.task);
  return [...new Set(ids)].slice(0, MOST_TASKS);
}

function openStream() {
  const tasks = shownTasks();
  const stream = new EventSource(`/events?${new URLSearchParams(tasks.map((id) => ["task", id]))}`);
  let known = false; // a stream begins with the numbers as they are: the page has just been made with them
  stream.addEventListener("counts", () => {
    if (known) tell();
    known = true;
  });
  stream.addEventListener("notification", tell);
  for (const id of tasks)
    stream.addEventListener(`task:${id}`, () => {
      document.dispatchEvent(new CustomEvent("task-changed", { detail: id }));
      tell();
    });
  stream.addEventListener("signed_out", () => stream.close());
  return stream;
}

/** Listen as long as the page is looked at; while there is no stream, ask from time to time. */
export function startLive() {
  if (!document.getElementById("rail")) return;
  let stream = openStream();
  setInterval(() => {
    if (document.hidden || stream.readyState === EventSource.OPEN) return;
    tell();
    if (stream.readyState === EventSource.CLOSED) stream = openStream();
  }, POLL_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stream.close();
    else {
      stream = openStream();
      tell();
    }
  });
  addEventListener("pagehide", () => stream.close());
}

class News {
  constructor(element, props) {
    this.element = element;
    this.props = props;
    this.bar = element.querySelector("#fresh");
  }

  rows() {
    return [...this.element.querySelectorAll("[data-row][data-revision]:not(.gone)")];
  }

  async look({ mine = false } = {}) {
    const seen = Object.fromEntries(this.rows().map((row) => [row.dataset.task, Number(row.dataset.revision)]));
    const answer = await send(`/inbox/${this.props.list}/news${location.search}`, { seen });
    if (answer.status !== 200) return;
    for (const { id, html } of answer.body.changed) this.renew(id, html);
    for (const { id, text, own } of answer.body.gone) this.leave(id, text, own || mine);
    this.bar.hidden = !answer.body.fresh;
    this.bar.querySelector("span").textContent = answer.body.words;
  }

  row(id) {
    return this.element.querySelector(`[data-task='${CSS.escape(id)}']`);
  }

  renew(id, html) {
    const old = this.row(id);
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const row = holder.content.querySelector("tr");
    if (!old || !row) return;
    row.setAttribute("aria-selected", old.getAttribute("aria-selected") ?? "false");
    row.classList.toggle("cursor", old.classList.contains("cursor"));
    row.classList.add("fresh");
    const tick = row.querySelector("[data-tick]");
    if (tick) tick.checked = old.querySelector("[data-tick]").checked;
    const focused = old.contains(document.activeElement);
    old.replaceWith(row);
    htmx.process(row);
    if (focused) row.querySelector("a.title")?.focus({ preventScroll: true });
  }

  /** What one did oneself goes away; what somebody else did stays until the list is loaded again, and says so. */
  leave(id, text, own) {
    const row = this.row(id);
    if (!row) return;
    const tick = row.querySelector("[data-tick]");
    if (tick) {
      tick.checked = false;
      tick.disabled = true;
    }
    document.dispatchEvent(new CustomEvent("selection"));
    if (own) return row.remove();
    row.classList.add("gone");
    const words = document.createElement("span");
    words.className = "happened";
    words.textContent = text;
    row.querySelector(".name")?.append(words);
  }
}

export function startNews(element, props) {
  const news = new News(element, props);
  document.addEventListener("news", (event) => news.look(event.detail ?? {}));
  news.bar.querySelector("button").addEventListener("click", () => location.reload());
}
