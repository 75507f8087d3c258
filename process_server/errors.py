"""The one tree of errors: what went wrong, whose fault it is, and the HTTP status that says so.

A docstring is the message of its class. `params` are the facts of the case (names, ids, values): they fill the
message and travel to the client, which may translate by `code`.
"""

import re
from typing import Any, ClassVar, TypedDict


class Problem(TypedDict, total=False):
    """A located fault in a deployed artefact: `severity` is "error" or "warning", `line` and `column` count from 1."""

    code: str
    severity: str
    message: str
    template: str  # the message before its facts were filled in: what is translated
    file: str | None
    element: str | None
    element_name: str | None
    line: int | None
    column: int | None
    hint: str | None
    params: dict[str, Any]


class FieldProblem(TypedDict):
    """One fault in what a caller sent. `field` is a dotted path; `params` fill the translated text of `code`."""

    field: str
    code: str
    params: dict[str, Any]


class ProcessServerError(Exception):
    """The request could not be carried out."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None, /, **params: Any) -> None:
        text = message or (type(self).__doc__ or "").strip().split("\n\n")[0]
        self.params = params
        self.template = text
        self.message = re.sub(r"\{(\w+)\}", lambda m: str(params.get(m[1], m[0])), text)
        super().__init__(self.message)


class NotFound(ProcessServerError):
    """There is no {kind} {id}."""

    status, code = 404, "not_found"


class HandedOn(NotFound):
    """This task was handed on: {person} has it now."""

    code = "handed_on"


class NotAuthenticated(ProcessServerError):
    """Sign in first."""

    status, code = 401, "not_authenticated"


class WrongPassword(NotAuthenticated):
    """User or password is not right."""


class SignInRefused(NotAuthenticated):
    """The sign-in with the identity provider does not hold: {reason}."""

    code = "sign_in_refused"


class ProviderFailed(ProcessServerError):
    """The identity provider cannot be asked: {reason}."""

    status, code = 502, "provider_failed"


class NoRoom(ProcessServerError):
    """The server's disk is full. Nothing was changed: tell whoever runs the server."""

    status, code = 507, "no_room"


class DatabaseAway(ProcessServerError):
    """The database cannot be reached at the moment. Try again in a few seconds."""

    status, code = 503, "database_away"


class NotAllowed(ProcessServerError):
    """You may not do this."""

    status, code = 403, "not_allowed"


class TooManyRequests(ProcessServerError):
    """Too many attempts. Try again in {seconds} s."""

    status, code = 429, "too_many_requests"


class TooLarge(ProcessServerError):
    """What was sent is larger than {limit} bytes."""

    status, code = 413, "too_large"


class Conflict(ProcessServerError):
    """The state has changed meanwhile."""

    status, code = 409, "conflict"


class AlreadyClaimed(Conflict):
    """{assignee} has claimed this task already."""

    code = "already_claimed"


class AlreadyCompleted(Conflict):
    """This task is no longer open: {actor} completed it."""

    code = "already_completed"


class StaleRevision(Conflict):
    """Somebody changed this since you loaded it."""

    code = "stale_revision"


class NotActive(Conflict):
    """The {kind} {id} is {state}."""

    code = "not_active"


class CaseEnded(NotActive):
    """This case has ended: nothing can be done in it any more."""


class Suspended(NotActive):
    """This case is suspended: nothing goes on in it until an administrator activates it."""

    code = "suspended"


class Invalid(ProcessServerError):
    """What was sent is not valid."""

    status, code = 422, "invalid"


class InvalidInput(Invalid):
    """Some values are not valid."""

    code = "invalid_input"

    def __init__(self, problems: list[FieldProblem], message: str | None = None) -> None:
        super().__init__(message)
        self.problems = problems


class InvalidForm(InvalidInput):
    """Some fields of the form are not valid."""

    code = "invalid_form"


class InvalidProcess(Invalid):
    """The files cannot be deployed as they are."""

    code = "invalid_process"

    def __init__(self, problems: list[Problem], message: str | None = None) -> None:
        super().__init__(message)
        self.problems = problems


class InvalidExpression(Invalid):
    """The expression {expression} cannot be understood: {reason}."""

    code = "invalid_expression"


class ExpressionFailed(Invalid):
    """The expression {expression} could not be evaluated: {reason}."""

    code = "expression_failed"


class MissingVariable(ExpressionFailed):
    """The expression {expression} could not be evaluated: there is no variable {variable}."""


class VariablesTooLarge(TooLarge):
    """The variables of the process would take more than {limit} characters."""

    code = "variables_too_large"


class RunsAway(Conflict):
    """The process does not come to rest: it went past its limit of {limit}."""

    code = "runs_away"


class JobLocked(Conflict):
    """The job {id} is not yours: {worker} holds it."""

    code = "job_locked"


class DuplicateStart(Conflict):
    """A process was started with the idempotency key {key} already."""

    code = "duplicate_start"


class KeyReused(Invalid):
    """The idempotency key {key} was used for another request."""

    code = "idempotency_key_reused"


class CalledProcessCancelled(Conflict):
    """The called process {process} was cancelled. Trying again starts it anew."""

    code = "called_process_cancelled"


class ConnectorFailed(ProcessServerError):
    """A connector failed."""

    code = "connector_failed"


class AmbiguousCorrelation(Conflict):
    """{count} instances wait for the message {name}; say which by business key, correlation keys or instance."""

    code = "ambiguous_correlation"


class NotCorrelated(Invalid):
    """Nobody waits for the message {name}."""

    code = "not_correlated"


class NotWaiting(Invalid):
    """{id} does not wait for that, or several tokens of it do."""

    code = "not_waiting"


class NoWayBack(Invalid):
    """{element} cannot be returned to {target}: there is no way from there to here."""

    code = "no_way_back"


class NoPlace(Invalid):
    """Nothing can begin there."""

    code = "no_place"


class AmbiguousPlace(Invalid):
    """{count} instances of what is around {element} are open: say in which of them."""

    code = "ambiguous_place"


class NoLoop(Invalid):
    """{element} has no instances that could be added or removed."""

    code = "no_loop"


class AlreadySigner(Conflict):
    """{person} is asked already."""

    code = "already_signer"


class LastSigner(Conflict):
    """Without {person} nobody would be left to decide, or too few to approve."""

    code = "last_signer"


class NoApprover(ProcessServerError):
    """Nobody is found who could decide {element}."""

    code = "no_approver"
