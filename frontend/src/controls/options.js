// Options that the server knows: searched, found by key, level by level. Asked once while the page is open.
import { useEffect, useState } from "preact/hooks";
import { language } from "./words.js";

const PATIENCE = 15_000; // ms, then the list says that it failed
const asked = new Map();

let address = "/api/v1/options";

/** A form that strangers fill in asks elsewhere. */
export function askAt(url) {
  address = url;
}

export async function ask(source, given) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given))
    for (const item of [value].flat()) if (item !== undefined && item !== "" && item !== null) query.append(name, item);
  if (given.parent === "") query.set("parent", "");
  const url = `${address}/${source}?${query}`;
  if (!asked.has(url)) {
    const headers = { Accept: "application/json", "Accept-Language": language() };
    const answer = fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE) }).then((response) => {
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    });
    asked.set(url, answer);
    answer.catch(() => asked.delete(url));
  }
  return asked.get(url);
}

/** What a field's properties say of the source: which part of it. */
export function narrowing(field) {
  const { scope, process } = field.properties ?? {};
  return { scope, process };
}

/** The options right below `parent`; undefined while they are on their way. */
export function useLevel(source, parent, field) {
  const [items, setItems] = useState(undefined);
  useEffect(() => {
    let wanted = true;
    setItems(undefined);
    if (source && parent !== undefined)
      ask(source, { parent, limit: 100, ...narrowing(field) }).then(
        (page) => wanted && setItems(page.items),
        () => wanted && setItems([]),
      );
    return () => (wanted = false);
  }, [source, parent]);
  return items;
}
