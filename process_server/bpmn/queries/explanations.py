"""Why somebody has a task, or sees it: what the model says of who decides, and what people did since."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from process_server import i18n
from process_server.bpmn.approval import GROUPED, Approval
from process_server.bpmn.definitions import definition
from process_server.expressions.expression import is_expression
from process_server.i18n import enumerated, gettext_noop
from process_server.identity import team, users
from process_server.identity.principal import Principal
from process_server.tasks.handling import decisions
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow
from process_server.tasks.permission import stands_in

TEXTS = {
    "assignee": gettext_noop("The task is yours."),
    "candidate": gettext_noop("The task is offered to you by name."),
    "group": gettext_noop("The task is offered to the group {group}, and you are in it."),
    "stand_in": gettext_noop("You stand in for {person}."),
    "delegated": gettext_noop("{person} delegated it to you: it goes back when you have given your opinion."),
    "signer": gettext_noop("{person} added you as a signer."),
    "transferred": gettext_noop("{person} transferred it to {to}."),
    "returned": gettext_noop("{person} returned the case to this step."),
    "taken_back": gettext_noop("{person} took the case back to this step."),
    "owner": gettext_noop("You delegated it and get it back."),
    "done": gettext_noop("You did it."),
    "initiator": gettext_noop("You started this case."),
    "manager": gettext_noop("You manage {person}."),
    "administrator": gettext_noop("You are an administrator."),
    "barred": gettext_noop("You may not decide this step: whoever starts a case does not approve it here."),
    "model": gettext_noop("The model asks {rule}."),
    "lane": gettext_noop("The model asks the group of the lane {lane}."),
}
RULES = {
    "user": gettext_noop("named people"),
    "group": gettext_noop("a group"),
    "role": gettext_noop("a role"),
    "department": gettext_noop("a department"),
    "department_head": gettext_noop("the head of a department"),
    "supervisor": gettext_noop("the supervisor"),
    "field": gettext_noop("whoever a field of the case names"),
    "previous_choice": gettext_noop("whoever an earlier step chose"),
    "initiator_choice": gettext_noop("whoever was chosen when the case was started"),
    "expression": gettext_noop("whoever an expression names"),
    "round_robin": gettext_noop("the members of a group in turn"),
    "least_loaded": gettext_noop("the member of a group with the least to do"),
}


@dataclass(frozen=True, slots=True)
class Because:
    """One reason. `kind` is one of `TEXTS`, `params` fill it; people are named as they are called."""

    kind: str
    params: dict[str, Any] = field(default_factory=dict)

    def text(self, language: str | None) -> str:
        """Return the sentence in the reader's language."""
        params = dict(self.params)
        if "rule" in params:
            rule = i18n.translate(language, RULES[params["rule"]])
            params["rule"] = f"{rule} ({params['of']})" if params.get("of") else rule
        return i18n.translate(language, TEXTS[self.kind], **params)


def explain(session: Session, task_id: UUID, principal: Principal, *, language: str | None = None) -> list[Because]:
    """Return why the user has a task, or sees it, the nearest reason first; what the model says comes last.

    People are named in `language`, left out: the user's own.
    """
    task = worklist.find_task(session, task_id, principal)
    language = language or principal.language
    own, happened = _own(session, task, principal, language), _happened(session, task, principal, language)
    return [*own, *happened, *_drawn(session, task, language)]


def _name(session: Session, person: str, language: str | None) -> str:
    return users.names_of(session, [person], language).get(person, person)


def _group(session: Session, group: str, language: str | None, drawn: str | None = None) -> str:
    names = {each.id: (each.name_en if language == "en" else None) or each.name for each in users.all_groups(session)}
    return names.get(group) or drawn or group


def _own(session: Session, task: TaskRow, principal: Principal, language: str | None) -> Iterator[Because]:
    me = principal.user_id
    if me in task.barred:
        yield Because("barred")
    if task.assignee == me and task.delegation != "pending":
        yield Because("assignee")
    elif task.assignee is None and me in task.candidate_users:
        yield Because("candidate")
    elif task.assignee is None:
        offered = [group for group in task.candidate_groups if group in principal.groups]
        yield from (Because("group", {"group": _group(session, group, language)}) for group in offered)
    if person := stands_in(principal, task):
        yield Because("stand_in", {"person": _name(session, person, language)})
    if task.owner == me and task.delegation == "pending":
        yield Because("owner")
    if task.completed_by == me:
        yield Because("done")
    if task.initiator == me:
        yield Because("initiator")
    who = task.assignee or task.completed_by
    if who and who != me and team.manages(session, me, [who]):
        yield Because("manager", {"person": _name(session, who, language)})
    if principal.admin:
        yield Because("administrator")


def _happened(session: Session, task: TaskRow, principal: Principal, language: str | None) -> Iterator[Because]:
    """What people did that brought the task here; of an added signer also who added them."""
    told = decisions.of_task(session, task.id)
    if task.parent_id is not None:
        told = [*decisions.of_task(session, task.parent_id), *told]
    names = users.names_of(session, {who for each in told for who in (each.actor, *each.people)}, language)
    for each in told:
        person = names.get(each.actor, each.actor)
        if each.action == "add_signer" and task.parent_id is not None and task.assignee in each.people:
            yield Because("signer", {"person": person})
        elif each.action == "delegate" and task.delegation == "pending" and task.assignee == principal.user_id:
            yield Because("delegated", {"person": person})
        elif each.action == "transfer" and each.user_task_id == task.id:
            yield Because(
                "transferred", {"person": person, "to": enumerated(language, (names.get(to, to) for to in each.people))}
            )
    yield from _came_back(session, task, language)


def _came_back(session: Session, task: TaskRow, language: str | None) -> Iterator[Because]:
    kinds = {"return": "returned", "recall": "taken_back", "undo": "taken_back"}
    for each in decisions.of_instances(session, [task.process_instance_id]):
        near = abs((each.at - task.created_at).total_seconds()) < 5
        if each.action in kinds and each.target == task.element_id and near:
            yield Because(kinds[each.action], {"person": _name(session, each.actor, language)})


def _drawn(session: Session, task: TaskRow, language: str | None) -> Iterator[Because]:
    step = definition(session, task.definition_id).program.elements.get(task.element_id)
    if step is None:
        return
    if step.approval is not None and step.approval.by is not None:
        yield Because("model", {"rule": step.approval.by, "of": _of(session, step.approval, language)})
    elif step.lane and step.lane in task.candidate_groups:
        drawn = definition(session, task.definition_id).program.localised_lane(step.lane, language or "")
        yield Because("lane", {"lane": _group(session, step.lane, language, drawn)})


def _of(session: Session, approval: Approval, language: str | None) -> str:
    """Return whom a rule is about, by name; an expression would tell a reader nothing."""
    if is_expression(approval.of) or approval.by == "expression":
        return ""
    if approval.by in GROUPED:
        return _group(session, approval.of, language)
    if approval.by == "user":
        ids = [person.strip() for person in approval.of.split(",")]
        names = users.names_of(session, ids, language)
        return enumerated(language, (names.get(person, person) for person in ids))
    return approval.of
