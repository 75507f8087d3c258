"""Who is asked to decide a user task: found by the strategy of the model, less those it bars or who decided already."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from process_server.bpmn.approval import CHOICES, Approval, Fallback, verdict_of
from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.host import Question
from process_server.bpmn.waits import Passed, PassReason
from process_server.config import settings
from process_server.errors import NoApprover

if TYPE_CHECKING:
    from process_server.bpmn.engine.run import Run


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked: all `people`, who are named as `users` or are members of `groups`.

    `approved` are those who need not be asked since they approved an earlier step. With `passed` nobody is asked.
    """

    people: tuple[str, ...]
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    approved: tuple[str, ...] = ()
    passed: PassReason | None = None

    @property
    def assignee(self) -> str | None:
        """The only one, who need not claim it."""
        return self.users[0] if len(self.users) == 1 and not self.groups else None


def needs_people(approval: Approval) -> bool:
    """Say whether the model says more of the people than the standard attributes do."""
    return bool(approval.by or approval.countersign or approval.four_eyes or approval.repeat == "pass" or approval.none)


def ask(token: Token, approval: Approval, named: Asked, of: tuple[str, ...]) -> Asked:
    """Find who decides at `token`; `named` are those of the standard attributes. Raises NoApprover."""
    run = token.run_
    asked = _found(token, approval, named, of)
    if approval.four_eyes and run.initiator in asked.people:
        asked = _without_initiator(run, approval, asked)
    if not asked.people and asked.passed is None:
        asked = _fallen_back(token, approval)
    if approval.repeat == "pass" and asked.passed is None:
        asked = _without_repetition(run, approval, asked)
    return asked


def barred(run: "Run", approval: Approval) -> tuple[str, ...]:
    """Return who must never decide, however the task comes to them."""
    return (run.initiator,) if approval.four_eyes and run.initiator else ()


def pass_by(token: Token, approval: Approval, reason: PassReason, people: Collection[str]) -> dict[str, Any]:
    """Record that a step is passed without anybody; return the variables that say it was approved."""
    run = token.run_
    token.say(auto=reason, outcome="approve")
    run.passed.append(Passed(token.id, token.task_spec.element.id, reason, tuple(people)))
    values: dict[str, Any] = {f"{token.task_spec.element.id}_outcome": "approve"}
    if approval.outcome_variable:
        values[approval.outcome_variable] = approval.value_of("approve")
    return values


def _found(token: Token, approval: Approval, named: Asked, of: tuple[str, ...]) -> Asked:
    run = token.run_
    if approval.by is None:
        return replace(named, people=run.host.people(named.users, named.groups))
    question = Question(
        by=approval.by,
        of=of,
        levels=approval.levels,
        initiator=run.initiator,
        process=run.program.key,
        element=token.task_spec.element.id,
    )
    people = run.host.approvers(question)
    return Asked(people, groups=of) if approval.by in ("group", "role") else Asked(people, users=people)


def _without_initiator(run: "Run", approval: Approval, asked: Asked) -> Asked:
    """Somebody else decides for the initiator: whoever else is asked, or their head where the model says so."""
    rest = tuple(person for person in asked.people if person != run.initiator)
    if approval.initiator == "head" and (approval.countersign or not rest):
        head = run.host.head(run.initiator or "")
        if head is not None and head not in rest:
            instead = tuple(head if person == run.initiator else person for person in asked.people)
            return Asked(instead, users=instead)
    elif not rest and approval.by in CHOICES:
        return Asked(())  # whoever names nobody but the initiator does not get round the step by it
    elif not rest:
        return Asked((), passed="initiator")
    return Asked(rest, tuple(user for user in asked.users if user != run.initiator), asked.groups)


def _fallen_back(token: Token, approval: Approval) -> Asked:
    """Do what the model says where nobody is found; never offer a task to nobody."""
    run = token.run_
    administrators = settings().administrator_group
    fallback = approval.none or (Fallback("group", administrators) if administrators else Fallback("incident"))
    if fallback.kind == "skip":
        return Asked((), passed="no_approver")
    if fallback.kind != "incident":
        users, groups = ((fallback.id,), ()) if fallback.kind == "user" else ((), (fallback.id,))
        people = tuple(who for who in run.host.people(users, groups) if who not in barred(run, approval))
        if people:
            return Asked(people, users, groups)
    raise NoApprover(element=token.task_spec.element.id)


def _without_repetition(run: "Run", approval: Approval, asked: Asked) -> Asked:
    already = _approved(run)
    approved = tuple(person for person in asked.people if person in already)
    one_is_enough = approval.mode in ("single", "any")
    if approved and (one_is_enough or len(approved) == len(asked.people)):
        return Asked((), approved=approved, passed="repeat")
    if not approved:
        return asked
    people = tuple(person for person in asked.people if person not in already)
    return Asked(people, users=people, approved=approved)


def _approved(run: "Run") -> set[str]:
    """Return who has approved a step for themselves, in this very command as well: that is not written yet."""
    approved = set(run.host.approved(run.instance_id))
    elements = run.program.elements
    for visit in run.visits:
        detail = visit.detail or {}
        verdict = verdict_of(elements[visit.element].approval, None if "auto" in detail else detail.get("outcome"))
        if visit.outcome == "returned" or verdict == "reject":
            approved.clear()
        elif visit.actor and "on_behalf_of" not in detail and visit.element_type == "userTask" and verdict == "approve":
            approved.add(visit.actor)
    return approved
