"""The codes of errors as sentences in the reader's language."""

from process_server.errors import FieldProblem, ProcessServerError
from process_server.i18n import translate


def _(text: str) -> str:
    """Mark a text for the catalogue; it is translated when it is used."""
    return text


ERRORS = {
    "not_found": _("There is no %(kind)s %(id)s."),
    "not_authenticated": _("Sign in first."),
    "not_allowed": _("You may not do this."),
    "too_many_requests": _("Too many attempts. Try again in %(seconds)s seconds."),
    "too_large": _("This is too large: at most %(limit)s bytes."),
    "already_claimed": _("%(assignee)s has claimed this task already."),
    "already_completed": _("This task is no longer open: %(actor)s completed it."),
    "stale_revision": _("Somebody changed this since you opened it. Load it again: what you typed is kept."),
    "invalid_form": _("Some fields need your attention."),
    "invalid_input": _("Some values are not valid."),
    "invalid_process": _("The files cannot be deployed as they are."),
    "runs_away": _("The process does not come to rest: it went past its limit of %(limit)s."),
}

FIELDS = {
    "required": _("This is required."),
    "pattern": _("This does not have the right form."),
    "email": _("Enter a valid e-mail address."),
    "phone": _("Enter a phone number with its country code, e.g. +8613800138000."),
    "length": _("Use %(minimum)s to %(maximum)s characters."),
    "min_length": _("Use at least %(minimum)s characters."),
    "max_length": _("Use at most %(maximum)s characters."),
    "min": _("This must be at least %(minimum)s."),
    "max": _("This must be at most %(maximum)s."),
    "type": _("This is not a value of the right kind."),
    "number": _("Enter a number."),
    "date": _("Enter a date."),
    "option": _("Choose one of the options."),
    "wrong_password": _("This is not your present password."),
    "unequal": _("The two do not match."),
}


def of_error(language: str, error: ProcessServerError) -> str:
    """Say what went wrong. An error raised with words of its own keeps them, translated where we know them."""
    text = ERRORS.get(error.code)
    own = error.message if error.code not in ERRORS or not _fits(text or "", error.params) else ""
    if own or text is None:
        return translate(language, error.message)
    return translate(language, text, **error.params)


def of_field(language: str, problem: FieldProblem) -> str:
    """Say what is wrong with one value."""
    text = FIELDS.get(problem["code"], FIELDS["type"])
    return translate(language, text if _fits(text, problem["params"]) else FIELDS["type"], **problem["params"])


def _fits(text: str, params: dict[str, object]) -> bool:
    try:
        text % params
    except (KeyError, TypeError, ValueError):
        return False
    return True
