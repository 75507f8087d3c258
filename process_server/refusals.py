"""Why a value that was sent is refused: a sentence by code, in the reader's language."""

from collections.abc import Mapping

from process_server.errors import FieldProblem
from process_server.forms import messages
from process_server.i18n import gettext_noop, translate

TEXTS: Mapping[str, str] = {
    # of values
    "address": gettext_noop("“{value}” is no e-mail address."),
    "count": gettext_noop("Choose {minimum} to {maximum}."),
    "duration": gettext_noop("“{value}” is no duration such as PT4H or P1D."),
    "duration_range": gettext_noop("Give a duration above zero, at most {longest}, without months or years."),
    "invalid": gettext_noop("This is not a valid value."),
    "key_taken": gettext_noop("“{key}” has another meaning already."),
    "length": gettext_noop("Use {minimum} to {maximum} characters."),
    "mismatch": gettext_noop("The address says “{value}”: write the same here."),
    "option": gettext_noop("This is not one of the choices."),
    "origin": gettext_noop("Give at most {maximum} sites such as https://example.com."),
    "past": gettext_noop("This has passed."),
    "range": gettext_noop("Ask for at most {maximum} days from the first on."),
    "too_many": gettext_noop("At most {maximum}."),
    "unequal": gettext_noop("The two do not match."),
    "unknown": gettext_noop("Nothing is known by this name."),
    "wrong_password": gettext_noop("This is not your present password."),
    # of files
    "duplicate": gettext_noop("“{name}” is there twice."),
    "name_required": gettext_noop("Give each file a name."),
    # of bodies
    "number": gettext_noop("A number has at most {maximum} digits."),
    "encoding": gettext_noop("Send the body in UTF-8."),
    # of lists
    "invalid_filter": gettext_noop("“{value}” cannot be compared with “{column}”."),
    "not_a_filter": gettext_noop("“{value}” is no filter: write <column>:<what>."),
    "not_sortable": gettext_noop("A list cannot be sorted by “{column}”."),
    "other_order": gettext_noop("The list is sorted otherwise by now. Start again at its first page."),
    "too_many_to_sort": gettext_noop(
        "More than {maximum} rows cannot be sorted by “{column}”. Narrow the list first, for instance by process."
    ),
    "unknown_column": gettext_noop("This list has no column “{column}”."),
}


def sentence(language: str, problem: FieldProblem) -> str:
    """Say what is wrong with one value: by its code, or else by the reason given."""
    code, params = problem["code"], problem["params"]
    if code in messages.TEXTS:
        return messages.problem_text(problem, language)
    return translate(language, TEXTS.get(code) or params.get("reason") or TEXTS["invalid"], **params)
