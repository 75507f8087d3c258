"""Why a task came to its assignee: who handed, delegated or returned it to them, or asked them to sign."""

from collections.abc import Mapping
from dataclasses import dataclass

from process_server.i18n import gettext_noop
from process_server.tasks.handling import decisions
from process_server.tasks.handling.decisions import DecisionRow
from process_server.tasks.inbox.worklist import TaskRow
from process_server.web.ground import naming
from process_server.web.ground.visit import Visit

WORDS: Mapping[str, str] = {
    "transfer": gettext_noop("{person} handed this on to you."),
    "delegate": gettext_noop("{person} asks for your opinion; it then comes back to them."),
    "resolve": gettext_noop("{person} gave this back to you: you decide."),
    "add_signer": gettext_noop("{person} asks you to sign as well."),
    "return": gettext_noop("{person} returned this to you."),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A sentence that says who asks for what, and what they wrote."""

    sentence: str
    message: str


def asked(visit: Visit, task: TaskRow) -> Asked | None:
    """Return what somebody last asked the assignee of an open task; None where it simply came to them."""
    found = None
    for told in decisions.of_instances(visit.session, [task.process_instance_id]):
        if _asks(told, task):
            found = told
        elif found and found.action == "return" and told.element_id == task.element_id:
            found = None if told.action in decisions.SETTLES else found  # the step was done since
    if found is None:
        return None
    person = naming.people(visit, [found.actor])[found.actor]
    return Asked(visit.say(WORDS[found.action], person=person), found.opinion or "")


def _asks(told: DecisionRow, task: TaskRow) -> bool:
    """Say whether something that was done is what brought a task to its assignee."""
    match told.action:
        case "transfer" | "delegate" | "resolve":
            return told.user_task_id == task.id and task.assignee in told.people
        case "add_signer":
            anew = told.at >= task.created_at  # not at an earlier visit of the step
            return anew and told.element_id == task.element_id and task.assignee in told.people
        case "return":
            return told.target == task.element_id
    return False
