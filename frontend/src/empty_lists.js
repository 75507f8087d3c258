// Lists of a form that have no rows, in what is sent.

/** Say of lists without rows that they are empty: form-js leaves them out, and what is left out stays as it was. */
export function tellEmptyLists(components, shown, data) {
  for (const { type, path, components: inner } of components) {
    if (!inner) continue;
    const steps = path ? path.split(".") : [];
    const held = steps.reduce((item, step) => item?.[step], shown);
    if (type !== "dynamiclist") {
      tellEmptyLists(inner, held ?? {}, steps.reduce((item, step) => (item[step] ??= {}), data));
    } else if (Array.isArray(held)) {
      const name = steps.pop();
      const place = steps.reduce((item, step) => (item[step] ??= {}), data);
      if (!held.length) place[name] = [];
      held.forEach((row, index) => tellEmptyLists(inner, row, place[name]?.[index] ?? {}));
    }
  }
}
