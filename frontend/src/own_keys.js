// One's own keys: click a key, press another. Two keys one after the other are taken together.
import { draw, nameOf } from "./keys.js";
import { send } from "./server.js";

const PAIR_MS = 900;

export function mount(form) {
  const problem = form.querySelector("[data-problem]");
  const rows = [...form.querySelectorAll("[data-action]")];
  const chosen = () => Object.fromEntries(rows.map((row) => [row.dataset.action, [...row.querySelectorAll(".key")].map((key) => key.dataset.keyName)]));

  const write = (button, name) => {
    button.dataset.keyName = name;
    button.replaceChildren(draw(name));
  };
  form.querySelectorAll(".key").forEach((button) => write(button, button.dataset.keyName));

  const listen = (button) => {
    let name = "";
    let timer = 0;
    const finish = () => {
      clearTimeout(timer);
      button.classList.remove("listening");
      button.removeEventListener("keydown", hear);
      button.removeEventListener("blur", finish);
      if (name) write(button, name);
    };
    const hear = (event) => {
      if (event.key === "Tab") return finish();
      event.preventDefault();
      event.stopPropagation();
      const stroke = nameOf(event);
      if (!stroke) return;
      name = name ? `${name} ${stroke}` : stroke;
      button.replaceChildren(draw(name));
      clearTimeout(timer);
      if (name.includes(" ") || stroke.includes("+")) finish();
      else timer = setTimeout(finish, PAIR_MS);
    };
    button.classList.add("listening");
    button.addEventListener("keydown", hear);
    button.addEventListener("blur", finish);
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest(".key");
    if (button && !button.classList.contains("listening")) listen(button);
    if (event.target.closest("[data-reset-keys]"))
      rows.forEach((row) => JSON.parse(row.dataset.default).forEach((name, index) => write(row.querySelectorAll(".key")[index], name)));
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    rows.forEach((row) => (row.querySelector(".field-error").hidden = true));
    const answer = await send("/keyboard", { keys: chosen() });
    if (answer.status === 200) return location.assign(answer.body.redirect);
    problem.hidden = false;
    problem.querySelector("p").textContent = answer.body.message;
    for (const { field, message } of answer.body.problems ?? []) {
      const place = form.querySelector(`[data-action='${CSS.escape(field)}'] .field-error`);
      if (!place) continue;
      place.hidden = false;
      place.textContent = message;
    }
  });
}
