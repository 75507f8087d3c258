"""Regular expressions of forms: written by analysts for the browser, run here within a time limit."""

from functools import lru_cache

import regex

TIMEOUT = 0.2  # seconds; a pattern that backtracks for longer counts as not matched

# the syntax that browsers apply to <input type="email"> (WHATWG HTML, "valid e-mail address")
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
EMAIL = regex.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*", regex.ASCII)

# an international number as ITU-T E.164 limits it, written without blanks
PHONE = regex.compile(r"(?:\+|00)[1-9][0-9]{6,14}")


@lru_cache(maxsize=2048)
def compiled(pattern: str) -> "regex.Pattern[str]":
    """Compile a pattern whose classes mean what they mean in a browser. Raises ValueError with the reason."""
    try:
        return regex.compile(pattern, regex.ASCII)
    except regex.error as error:
        raise ValueError(str(error)) from error


def matches(pattern: str, text: str) -> bool:
    """Tell whether the pattern is found anywhere in the text, as `RegExp.test` does."""
    try:
        return compiled(pattern).search(text, timeout=TIMEOUT) is not None
    except TimeoutError:
        return False


def is_anchored(pattern: str) -> bool:
    """Tell whether the pattern speaks of the whole text."""
    return pattern.startswith("^") and pattern.endswith("$") and not pattern.endswith(r"\$")
