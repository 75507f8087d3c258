// What is wrong with a field, in the server's own sentences: the page brings them, form-js's are told by them too.

const THEIRS = [
  [/^Field is required\.$/, "required"],
  [/^Field must be a valid email\.$/, "email"],
  [/^Field must be a valid +international phone number\./, "phone"],
  [/^Field must match pattern /, "pattern"],
  [/^Field must have minimum value of (?<limit>.+)\.$/, "min"],
  [/^Field must have maximum value of (?<limit>.+)\.$/, "max"],
  [/^Field must have minimum length of (?<limit>.+)\.$/, "min_length"],
  [/^Field must have maximum length of (?<limit>.+)\.$/, "max_length"],
  [/^Value is not a number\.$/, "not_a_number"],
  [/^Value is expected to be an integer\.$/, "integer"],
  [/^Value is expected to have at most (?<limit>\d+) decimal digits?\.$/, "decimal_digits"],
  [/^Please select a valid value, the two nearest valid values are (?<previous>.+) and (?<next>.+)\.$/, "increment"],
];

let sentences = {};

/** Take the sentences of the page's language, by the server's codes. */
export function speak(given) {
  sentences = given;
}

/** Say what is wrong by its code. */
export const tell = (code, facts = {}) => sentences[code].replace(/\{(\w+)\}/g, (_, fact) => facts[fact] ?? "");

/** What form-js found wrong, as the server would say it; what an analyst wrote stays. */
export function inOurWords(text) {
  for (const [pattern, code] of THEIRS) {
    const found = text.match(pattern);
    if (found) return tell(code, found.groups);
  }
  return text;
}
