// What form-js itself makes of forms: opened, filled in and submitted in a real browser, one case after the other.
import { Form } from "@bpmn-io/form-js-viewer";

const at = (data, path) => path.reduce((item, step) => item?.[step], data);
const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))));

/** Whether a person could type into the field. */
function isOpen(form, instance) {
  const field = form.get("formFieldRegistry").get(instance.id);
  if (field.disabled || field.readonly === true || field.type === "expression") return false;
  const condition = typeof field.readonly === "string" ? field.readonly : "=false";
  return form.get("expressionLanguage").evaluateUnaryTest(condition, form._getState().data) !== true;
}

async function fill({ schema, variables, typed }) {
  const container = document.body.appendChild(document.createElement("div"));
  const form = new Form({ container });
  const fields = () => form.get("formFieldInstanceRegistry").getAllKeyed();
  await form.importSchema(schema, variables);
  await drawn();
  for (let round = 0; round < 3; round++) {
    for (const fieldInstance of fields()) {
      const value = at(typed, fieldInstance.valuePath);
      const shown = at(form._getState().data, fieldInstance.valuePath);
      if (value !== undefined && JSON.stringify(value) !== JSON.stringify(shown) && isOpen(form, fieldInstance))
        form._update({ fieldInstance, value });
    }
    await drawn();
  }
  const { data, errors } = form.submit();
  const told = fields().map(({ id, indexes, valuePath }) => [valuePath.join("."), at(errors, [id, ...Object.values(indexes ?? {})])]);
  form.destroy();
  container.remove();
  return { data, errors: Object.fromEntries(told.filter(([, texts]) => texts?.length)) };
}

window.fillAll = async (cases) => {
  const results = [];
  for (const given of cases) results.push(await fill(given));
  return results;
};
