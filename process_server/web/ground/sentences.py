"""What is wrong with one value, as a sentence in the reader's language."""

from process_server.errors import FieldProblem
from process_server.forms.messages import TEXTS, problem_text
from process_server.i18n import gettext_noop, translate
from process_server.tasks.inbox import refusals

FIELDS = {
    "length": gettext_noop("Use {minimum} to {maximum} characters."),
    "wrong_password": gettext_noop("This is not your present password."),
    "unequal": gettext_noop("The two do not match."),
    "key_taken": gettext_noop("“{key}” has another meaning already."),
    "invalid": gettext_noop("This is not a valid value."),
    **refusals.TEXTS,
}


def of_field(language: str, problem: FieldProblem) -> str:
    """Say what is wrong with one value."""
    if problem["code"] in TEXTS:
        return problem_text(problem, language)
    return translate(language, FIELDS.get(problem["code"], FIELDS["invalid"]), **problem["params"])
