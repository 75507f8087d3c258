// Dates in forms as every page writes them, 2026-11-22: form-js would ask the browser's locale and cannot be told otherwise.
import flatpickr from "flatpickr";

/** A plugin of flatpickr runs when the picker has read what form-js gave it. */
function asOnPages(picker) {
  picker.config.dateFormat = "Y-m-d";
  return {
    onReady: () => {
      if (picker.input.placeholder) picker.input.placeholder = "yyyy-mm-dd";
    },
  };
}

flatpickr.setDefaults({ plugins: [asOnPages] });
