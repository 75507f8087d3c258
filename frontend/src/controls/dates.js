// Dates in forms as every page writes them, 2026-11-22: form-js would ask the browser's locale and cannot be told otherwise.
import flatpickr from "flatpickr";

const YEAR_FIRST = /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/;

/** The day somebody writes year first, as 2026-11-22, of 2026/11/22 or 2026年11月22日; undefined where it is none. */
export function dayOf(text) {
  const found = text.trim().match(YEAR_FIRST);
  if (!found) return undefined;
  const day = `${found[1]}-${found[2].padStart(2, "0")}-${found[3].padStart(2, "0")}`;
  const date = new Date(`${day}T00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day) ? day : undefined;
}

/** A plugin of flatpickr runs when the picker has read what form-js gave it. */
function asOnPages(picker) {
  picker.config.dateFormat = "Y-m-d";
  picker.config.parseDate = (text) => flatpickr.parseDate(dayOf(text), "Y-m-d");
  return {
    onReady: () => {
      if (picker.input.placeholder) picker.input.placeholder = "yyyy-mm-dd";
    },
  };
}

flatpickr.setDefaults({ plugins: [asOnPages] });
