// Days and times of pages, typed or picked: the browser's own fields speak its language, not the reader's, and write
// months first for many. On telephones theirs stay: they are what people know there.
import flatpickr from "flatpickr";
import { Mandarin } from "flatpickr/dist/l10n/zh.js";
import { dayOf } from "./controls/dates.js";
import { toast } from "./toast.js";

const WRITTEN = { date: "Y-m-d", "datetime-local": "Y-m-d H:i", time: "H:i" };
const SHOWN = { date: "yyyy-mm-dd", "datetime-local": "yyyy-mm-dd hh:mm", time: "hh:mm" };
const TEXT = /^(?:([^:：]*?\d日?)(?:[\sT]+|$))?(?:(\d{1,2})[:：](\d{2})(?::\d{2})?)?$/;

/** The moment a text says, year first; undefined where it says none, for then the field is emptied. */
function momentOf(text, kind) {
  const [whole, day, hours, minutes] = text.trim().match(TEXT) ?? [];
  if (!whole || (kind === "time" ? day || !hours : !dayOf(day ?? ""))) return undefined;
  return flatpickr.parseDate(`${kind === "time" ? "2000-01-01" : dayOf(day)} ${hours ?? 0}:${minutes ?? 0}`, "Y-m-d H:i");
}

/** Let the fields of days and times speak the language of their page. */
export function speakDays(fields) {
  for (const field of fields.filter(({ type }) => type in WRITTEN)) {
    const kind = field.type;
    flatpickr(field, {
      allowInput: true,
      appendTo: field.closest("dialog") ?? undefined,
      dateFormat: WRITTEN[kind],
      enableTime: kind !== "date",
      errorHandler: () => toast(document.body.dataset.unread.replace("{form}", SHOWN[kind]), "bad"),
      locale: document.documentElement.lang.startsWith("zh") ? Mandarin : "default",
      noCalendar: kind === "time",
      onReady: (_, __, picker) => picker.calendarContainer?.classList.add("on-page"),
      parseDate: (text) => momentOf(text, kind),
      plugins: [],
      time_24hr: true,
    });
    if (field.type === "text") field.placeholder = SHOWN[kind];
  }
}
