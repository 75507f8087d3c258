"""What others did to a task while somebody had it before them, a sentence for each deed."""

from datetime import datetime

from process_server.i18n.display import instant
from process_server.identity import audit
from process_server.tasks.handling import decisions
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow
from process_server.web.ground import naming
from process_server.web.ground.visit import Visit
from process_server.web.timeline.entries import sentence
from process_server.web.timeline.words import AUDITED, OPERATED

_WORDS = {action: words for action, (*_, words) in (*AUDITED.items(), ("migrate", OPERATED["migrate"]))}
_MOST = 3  # sentences: the timeline has the rest


def others(visit: Visit, task: TaskRow, moment: datetime) -> list[str]:
    """Say who did what to a task since a moment and when, the last deeds in time."""
    return [f"{said} ({instant(visit.language, at)})" for at, said in _deeds(visit, task, moment)[-_MOST:]]


def last(visit: Visit, task: TaskRow) -> str:
    """Say what others did to a task last; nothing where nobody did."""
    deeds = _deeds(visit, task, task.created_at)
    return deeds[-1][1] if deeds else ""


def _deeds(visit: Visit, task: TaskRow, moment: datetime) -> list[tuple[datetime, str]]:
    return sorted([*_decided(visit, task, moment), *_done(visit, task, moment)])


def _decided(visit: Visit, task: TaskRow, moment: datetime) -> list[tuple[datetime, str]]:
    """Return what was decided about the task, by its signers too."""
    related = worklist.tasks_of_instance(visit.session, task.process_instance_id)
    its_own = {task.id, *(each.id for each in related if each.parent_id == task.id)}
    return [
        (told.at, sentence(visit, told))
        for told in decisions.of_instances(visit.session, [task.process_instance_id])
        if told.at > moment and told.user_task_id in its_own and told.actor != visit.principal.user_id
    ]


def _done(visit: Visit, task: TaskRow, moment: datetime) -> list[tuple[datetime, str]]:
    """Return what else was done to the task, and to its case: moved to a model with another form."""
    entries = [
        *audit.entries_of_many(visit.session, "user_task", [task.id]),
        *audit.entries_of_many(visit.session, "process_instance", [task.process_instance_id]),
    ]
    found = [
        each for each in entries if each.at > moment and each.actor != visit.principal.user_id and each.action in _WORDS
    ]
    names = naming.people(visit, [each.actor for each in found])
    return [(each.at, f"{names.get(each.actor or '', '')} {_what(visit, each)}".strip()) for each in found]


def _what(visit: Visit, entry: audit.Entry) -> str:
    return visit.say(_WORDS[entry.action], version=entry.detail.get("target", ""))
