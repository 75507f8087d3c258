"""Reads who decides a user task, and how, from the `approver:`, `approval:` and `copy:` properties."""

from collections.abc import Iterable, Mapping
from typing import Any, cast, get_args

from process_server.bpmn.approval import (
    ALONE,
    APPROVE,
    CHAINS,
    GROUPED,
    NAMING,
    REJECT,
    Action,
    Approval,
    Fallback,
    Mode,
    Reason,
    Strategy,
    is_formula,
    split,
    threshold_of,
)
from process_server.bpmn.diagram.properties import Fault, Properties
from process_server.i18n import gettext_noop

PREFIXES = ("approver:", "approval:", "copy:")
MOST_LEVELS = 20

_KNOWN = frozenset(
    {f"approver:{name}" for name in ("by", "of", "levels", "none", "initiator", "repeat")}
    | {f"approval:{name}" for name in ("mode", "threshold", "order", "veto", "approve", "reject", "actions")}
    | {f"approval:{name}" for name in ("opinion", "reasons", "signature", "bulk", "rules", "submitter")}
    | {f"copy:{name}" for name in ("users", "groups", "on")}
)


def read_approval(
    properties: Mapping[str, str], process_properties: Mapping[str, str]
) -> tuple[Approval | None, list[Fault]]:
    """Read the properties of a user task, and say what is wrong with them; None where none of them says anything."""
    if not any(name.startswith(PREFIXES) and value.strip() for name, value in properties.items()):
        return None, []
    given = Properties(properties)
    approval = _approval(given, process_properties)
    given.known(PREFIXES, _KNOWN)
    _contradictions(given, approval)
    return approval, given.faults


def _approval(given: Properties, process_properties: Mapping[str, str]) -> Approval:
    mode = given.choice("approval:mode", get_args(Mode), "single")
    order = given.choice("approval:order", ("parallel", "sequential"), "")
    return Approval(
        by=given.choice("approver:by", get_args(Strategy), None),
        of=given.text("approver:of"),
        levels=_levels(given),
        mode=mode,
        threshold=_threshold(given, mode),
        sequential=order == "sequential" if order else None,
        veto=given.flag("approval:veto", mode in ("all", "any")),
        none=read_fallback(given) or read_fallback(Properties(process_properties)),
        initiator=given.choice("approver:initiator", ("self", "skip", "head"), "self"),
        repeat=given.choice("approver:repeat", ("ask", "pass"), "ask"),
        approve=split(given.text("approval:approve")) or APPROVE,
        reject=split(given.text("approval:reject")) or REJECT,
        outcome_variable=given.text("outcome:variable") or None,
        actions=_actions(given),
        opinion=given.choice("approval:opinion", ("optional", "required", "on_reject"), "optional"),
        reasons=_reasons(given),
        signature=given.choice("approval:signature", ("required", "optional"), "optional") == "required",
        bulk=given.flag("approval:bulk", False),
        rules=given.flag("approval:rules", False),
        submitter=given.flag("approval:submitter", False),
        copy_users=given.text("copy:users"),
        copy_groups=given.text("copy:groups"),
        copy_on=given.choice("copy:on", ("create", "complete"), "create"),
    )


def read_fallback(given: Properties) -> Fallback | None:
    """Read what happens where nobody is found, of a step or of its process."""
    text = given.text("approver:none")
    kind, _, identity = text.partition(":")
    if not text:
        return None
    if (kind in ("incident", "skip") and not identity) or (kind in ("user", "group") and identity.strip()):
        return Fallback(cast(Any, kind), identity.strip())
    message = gettext_noop("approver:none is incident, skip, user:<id> or group:<id>, not {value}")
    given.refuse("bad_fallback", message, value=text)
    return None


def _levels(given: Properties) -> tuple[int, int]:
    text = given.text("approver:levels")
    first, dash, last = text.partition("-")
    if not text:
        return (1, 1)
    if first.isdecimal() and (last.isdecimal() or not dash):
        levels = int(first), int(last or first)
        if 1 <= levels[0] <= levels[1] <= MOST_LEVELS:
            return levels
    message = gettext_noop("approver:levels is a level like 2 or a chain like 1-3, not {value}")
    given.refuse("bad_levels", message, value=text)
    return (1, 1)


def _threshold(given: Properties, mode: str) -> str:
    text = given.text("approval:threshold")
    if mode not in ("count", "ratio"):
        if text:
            message = gettext_noop("approval:threshold has no effect with the mode {mode}")
            given.warn("useless_threshold", message, mode=mode)
        return ""
    if not text:
        message = gettext_noop("approval:mode {mode} needs approval:threshold: say how many or what share has to agree")
        given.refuse("bad_threshold", message, mode=mode)
        return "1"
    if is_formula(text):
        return text
    try:
        number = threshold_of(text)
        good = number >= 1 and number == number.to_integral_value() if mode == "count" else 0 < number <= 1
    except ArithmeticError:
        good = False
    if good:
        return text
    message = gettext_noop(
        "approval:threshold is a whole number for count, a share above 0 up to 1 for ratio, not {value}"
    )
    given.refuse("bad_threshold", message, value=text)
    return "1"


def _actions(given: Properties) -> frozenset[Action]:
    named = split(given.text("approval:actions"))
    if not named:
        return frozenset(get_args(Action))
    if named == ("none",):
        return frozenset()
    for name in named:
        if name not in get_args(Action):
            given.one_of("approval:actions", name, get_args(Action))
    return frozenset(cast(Iterable[Action], set(named) & set(get_args(Action))))


def _reasons(given: Properties) -> tuple[Reason, ...]:
    labels: dict[str, dict[str, str]] = {}
    for name, text in given.given.items():
        if name != "approval:reasons" and not name.startswith("approval:reasons:"):
            continue
        language = name.removeprefix("approval:reasons").removeprefix(":")
        for entry in text.split(";"):
            code, _, label = (part.strip() for part in entry.partition(":"))
            if code:
                labels.setdefault(code, {"": code})[language] = label or code
    return tuple(Reason(code, named) for code, named in labels.items())


def _contradictions(given: Properties, read: Approval) -> None:
    if read.by in NAMING | GROUPED | {"department"} and not read.of:
        message = gettext_noop("approver:by {by} needs approver:of: say of what")
        given.refuse("no_approver", message, by=read.by)
    if read.of and not given.text("approver:by"):
        given.warn("no_strategy", gettext_noop("approver:of has no effect without approver:by"))
    if given.text("approver:levels") and read.by not in CHAINS:
        message = gettext_noop("approver:levels has no effect but for department_head and supervisor")
        given.warn("useless_levels", message)
    if read.by in ALONE and read.countersign:
        message = gettext_noop("approver:by {by} finds one person: the mode {mode} has nobody else to ask")
        given.warn("one_signer", message, by=read.by, mode=read.mode)
    if read.sequential is not None and not read.countersign:
        given.warn("useless_order", gettext_noop("approval:order has no effect where only one person decides"))
    both = sorted(set(read.approve) & set(read.reject))
    if both:
        message = gettext_noop("{value} cannot mean both approve and reject")
        given.refuse("both_verdicts", message, value=", ".join(both))
