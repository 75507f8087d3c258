"""Who decides a user task, and how: what the `approver:`, `approval:` and `copy:` properties of a model say."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, cast, get_args

from process_server.i18n import gettext_noop, translate

Strategy = Literal[
    "user",
    "group",
    "role",
    "department",
    "department_head",
    "supervisor",
    "field",
    "previous_choice",
    "initiator_choice",
    "expression",
    "round_robin",
    "least_loaded",
]
Mode = Literal["single", "all", "any", "count", "ratio"]
Action = Literal["transfer", "delegate", "add_signer", "remove_signer", "return", "copy", "remind"]
Verdict = Literal["approve", "reject"]
Withdraw = Literal["always", "undecided", "never"]

NAMING: frozenset[Strategy] = frozenset({"user", "field", "previous_choice", "initiator_choice", "expression"})
VARIABLES: frozenset[Strategy] = frozenset({"field", "previous_choice", "initiator_choice"})
CHOICES: frozenset[Strategy] = frozenset({"previous_choice", "initiator_choice"})
CHAINS: frozenset[Strategy] = frozenset({"department_head", "supervisor"})
GROUPED: frozenset[Strategy] = frozenset({"group", "role", "round_robin", "least_loaded"})
ALONE: frozenset[Strategy] = frozenset({"round_robin", "least_loaded"})

PASSED: Mapping[str, str] = {  # why nobody was asked
    "initiator": gettext_noop("Whoever would decide it started the case"),
    "no_approver": gettext_noop("Nobody is found to decide this step"),
    "repeat": gettext_noop("{people} approved an earlier step"),
}
APPROVE = ("approve", "approved", "true")
REJECT = ("reject", "rejected", "false")


@dataclass(frozen=True, slots=True)
class Fallback:
    """What happens where nobody is found: an incident, the step is skipped, or somebody else is asked."""

    kind: Literal["incident", "skip", "user", "group"]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code to choose from, with its label for readers of each language ("" is the model's own)."""

    code: str
    labels: Mapping[str, str]

    def label(self, language: str) -> str:
        """Return the label for a reader of `language`, else the model's own, else the code."""
        return self.labels.get(language) or self.labels.get(language.partition("-")[0]) or self.labels[""] or self.code


@dataclass(frozen=True, slots=True)
class Approval:
    """What a model says of the people who decide one user task. `of` and `threshold` may be expressions."""

    by: Strategy | None = None
    of: str = ""
    levels: tuple[int, int] = (1, 1)
    mode: Mode = "single"
    threshold: str = ""
    sequential: bool | None = None  # None: not said
    veto: bool = False
    none: Fallback | None = None
    initiator: Literal["self", "skip", "head"] = "self"
    repeat: Literal["ask", "pass"] = "ask"
    approve: tuple[str, ...] = APPROVE
    reject: tuple[str, ...] = REJECT
    outcome_variable: str | None = None
    actions: frozenset[Action] = frozenset(get_args(Action))
    opinion: Literal["optional", "required", "on_reject"] = "optional"
    reasons: tuple[Reason, ...] = ()
    signature: bool = False
    bulk: bool = False
    rules: bool = False  # may be approved by a rule of somebody's inbox
    submitter: bool = False
    copy_users: str = ""
    copy_groups: str = ""
    copy_on: Literal["create", "complete"] = "create"

    @property
    def countersign(self) -> bool:
        """Whether each approver gets a task of their own."""
        return self.mode != "single"

    @property
    def four_eyes(self) -> bool:
        """Whether the initiator of the case must never be the one who decides."""
        return self.initiator != "self"

    def value_of(self, verdict: Verdict) -> str | bool:
        """Return what the outcome variable is set to where the verdict is not a person's."""
        value = (self.approve if verdict == "approve" else self.reject)[0]
        return {"true": True, "false": False}.get(value, value)


def why(approval: Approval | None, action: str, code: str | None, people: str, language: str) -> str:
    """Return a reader's words for the reason kept with a decision: that of a person, or why nobody was asked."""
    if action == "skip" and code is not None and code in PASSED:
        return translate(language, PASSED[code], people=people)
    found = next((each for each in approval.reasons if each.code == code), None) if approval else None
    return found.label(language) if found else code or ""


def variables_of(element: str, approval: Approval) -> tuple[str, ...]:
    """Return the variables a step sets by its decision."""
    counted = ("outcome", "approvals", "rejections", "decisions") if approval.countersign else ("outcome",)
    return (*(f"{element}_{name}" for name in counted), *filter(None, (approval.outcome_variable,)))


def threshold_of(value: object) -> Decimal:
    """Read how many have to agree, or what share: a number, or two of them as in 2/3. Raises ArithmeticError."""
    part, slash, whole = str(value).partition("/")
    return Decimal(part) / Decimal(whole) if slash else Decimal(part)


def verdict_of(approval: Approval | None, outcome: object) -> Verdict | None:
    """Say whether an outcome approves or rejects; None where it means neither (or there is none)."""
    if outcome is None:
        return None
    text = str(outcome).lower() if isinstance(outcome, bool) else str(outcome)
    if text in (approval.approve if approval else APPROVE):
        return "approve"
    return "reject" if text in (approval.reject if approval else REJECT) else None


def withdraw_of(process_properties: Mapping[str, str]) -> Withdraw:
    """Say when the initiator of a case may withdraw it."""
    value = process_properties.get("approval:withdraw", "undecided")
    return cast(Withdraw, value) if value in get_args(Withdraw) else "undecided"


def is_formula(text: str) -> bool:
    """Say whether a property is an expression: what it names is known only when it runs."""
    return "${" in text or "#{" in text or text.lstrip().startswith("=")


def split(text: str) -> tuple[str, ...]:
    """Read a list separated by commas."""
    return tuple(part for item in text.split(",") if (part := item.strip()))
