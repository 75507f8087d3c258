"""The actions on a task that have a page of their own: their words, what they ask for, the command each of them is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from process_server.bpmn import commands, queries
from process_server.errors import InvalidInput
from process_server.i18n import gettext_noop
from process_server.tasks.deadlines import pausing
from process_server.tasks.handling import claiming, copies, handing, nudging
from process_server.tasks.inbox.worklist import TaskRow
from process_server.web.ground.visit import Visit


@dataclass(frozen=True, slots=True)
class Doable:
    """One action: `asks` are the fields of its page, `done` what is said afterwards; `key` is its shortcut."""

    words: str
    icon: str
    help: str
    done: str
    asks: tuple[str, ...] = ()
    key: str = ""


ACTIONS: Mapping[str, Doable] = {
    "return": Doable(
        gettext_noop("Return to an earlier step"), "arrow-back-up",
        gettext_noop("Whoever did that step last gets it again. What was going on since is cancelled."),
        gettext_noop("Returned."), ("target", "resume", "reason", "opinion"), "return",
    ),
    "transfer": Doable(
        gettext_noop("Hand on"), "user-share",
        gettext_noop("The task is theirs from then on; it does not come back to you."),
        gettext_noop("Handed to {people}, who is told."), ("to", "opinion"), "transfer",
    ),
    "delegate": Doable(
        gettext_noop("Delegate"), "user-check",
        gettext_noop("They give their opinion; then it comes back to you, and you decide."),
        gettext_noop("Delegated to {people}. It comes back to you with their opinion."), ("to", "opinion"), "delegate",
    ),
    "add_signer": Doable(
        gettext_noop("Add a signer"), "user-plus",
        gettext_noop("They decide as well. One who rejects, rejects for all."),
        gettext_noop("Added: {people}."), ("where", "people", "opinion"), "add_signer",
    ),
    "remove_signer": Doable(
        gettext_noop("Remove a signer"), "user-minus",
        gettext_noop("Signers who were added and have not decided yet can be taken off again."),
        gettext_noop("Taken off."), ("signer", "opinion"),
    ),
    "copy": Doable(
        gettext_noop("Send a copy"), "mail",
        gettext_noop("They may look at the case from then on; there is nothing they have to do."),
        gettext_noop("Sent to {people}."), ("people", "opinion"),
    ),
    "remind": Doable(
        gettext_noop("Remind"), "bell-ringing", gettext_noop("Whoever should work on it is told that you wait."),
        gettext_noop("Asked: {people}."), ("opinion",),
    ),
    "snooze": Doable(
        gettext_noop("Snooze"), "clock-pause",
        gettext_noop("It leaves your list and comes back at that time. Its due date stays."),
        gettext_noop("Put off."), ("until",), "snooze",
    ),
    "pause": Doable(
        gettext_noop("Stop the clock"), "player-pause",
        gettext_noop("While you wait for somebody outside, such as the customer, its time does not run."),
        gettext_noop("Its clock stands still."), ("why",),
    ),
    "resume": Doable(
        gettext_noop("Let the clock go on"), "player-play",
        gettext_noop("Its due date moves by the time it stood still."), gettext_noop("Its clock goes on."),
    ),
    "recall": Doable(
        gettext_noop("Recall"), "rotate-clockwise",
        gettext_noop("You get your own last step back, as long as nobody has opened the next one."),
        gettext_noop("Recalled: it is yours again."),
    ),
    "withdraw": Doable(
        gettext_noop("Withdraw my request"), "ban",
        gettext_noop("The case ends here. Its history is kept."), gettext_noop("Withdrawn."), ("opinion",),
    ),
}  # fmt: skip
"""Every action that has a page of its own, in the order of the menu."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the page of an action sent."""

    task: TaskRow
    opinion: str | None
    revision: int | None
    to: str = ""
    people: tuple[str, ...] = ()
    where: str = "before"
    target: str = ""
    resume: bool = False
    reason: str | None = None
    signer: str = ""
    until: datetime | None = None
    why: str = ""


def _require(field: str, value: object) -> None:
    if not value:
        raise InvalidInput([{"field": field, "code": "required", "params": {}}])


Deed = Callable[[Visit, Given], list[str]]
"""What is done, and who is told of it by name."""


def _return(visit: Visit, asked: Given) -> list[str]:
    _require("target", asked.target)
    commands.return_task(
        visit.session, asked.task.id, actor=visit.principal, to=asked.target, resume=asked.resume,
        opinion=asked.opinion, reason=asked.reason, revision=asked.revision,
    )  # fmt: skip
    return []


def _handed(hand: Callable[..., object]) -> Deed:
    """Return the deed of giving a task to somebody, for good or for a while."""

    def deed(visit: Visit, asked: Given) -> list[str]:
        _require("to", asked.to)
        said = {"opinion": asked.opinion, "revision": asked.revision}
        hand(visit.session, asked.task.id, asked.to, principal=visit.principal, **said)
        return [asked.to]

    return deed


def _add_signer(visit: Visit, asked: Given) -> list[str]:
    _require("people", asked.people)
    where = cast(Literal["before", "after", "beside"], asked.where)
    commands.add_signers(
        visit.session, asked.task.id, asked.people, where=where, actor=visit.principal, opinion=asked.opinion
    )
    return list(asked.people)


def _remove_signer(visit: Visit, asked: Given) -> list[str]:
    signers = queries.signers(visit.session, asked.task.id, visit.principal)
    chosen = next((signer for signer, _ in signers if signer.key == asked.signer), None)
    if chosen is None:
        raise InvalidInput([{"field": "signer", "code": "required", "params": {}}])
    if chosen.task is not None:
        commands.remove_signer(visit.session, chosen.task.id, actor=visit.principal, opinion=asked.opinion)
    else:
        commands.remove_later_signer(
            visit.session, asked.task.id, chosen.person, actor=visit.principal, opinion=asked.opinion
        )
    return []


def _copy(visit: Visit, asked: Given) -> list[str]:
    _require("people", asked.people)
    copies.send_copy(
        visit.session, asked.task.process_instance_id, asked.people, principal=visit.principal,
        task_id=asked.task.id, opinion=asked.opinion,
    )  # fmt: skip
    return list(asked.people)


def _remind(visit: Visit, asked: Given) -> list[str]:
    return nudging.remind(visit.session, asked.task.id, principal=visit.principal, opinion=asked.opinion)


def _snooze(visit: Visit, asked: Given) -> list[str]:
    _require("until", asked.until)
    claiming.reschedule(
        visit.session, asked.task.id, visit.principal, {"follow_up_at": asked.until}, revision=asked.revision
    )
    return []


def _pause(visit: Visit, asked: Given) -> list[str]:
    pausing.pause(visit.session, asked.task.id, principal=visit.principal, reason=asked.why, revision=asked.revision)
    return []


def _resume(visit: Visit, asked: Given) -> list[str]:
    pausing.resume(visit.session, asked.task.id, principal=visit.principal, revision=asked.revision)
    return []


def _recall(visit: Visit, asked: Given) -> list[str]:
    commands.recall(visit.session, asked.task.process_instance_id, actor=visit.principal)
    return []


def _withdraw(visit: Visit, asked: Given) -> list[str]:
    commands.withdraw(visit.session, asked.task.process_instance_id, actor=visit.principal, opinion=asked.opinion)
    return []


DO: Mapping[str, Deed] = {
    "return": _return,
    "transfer": _handed(handing.transfer),
    "delegate": _handed(handing.delegate),
    "add_signer": _add_signer,
    "remove_signer": _remove_signer,
    "copy": _copy,
    "remind": _remind,
    "snooze": _snooze,
    "pause": _pause,
    "resume": _resume,
    "recall": _recall,
    "withdraw": _withdraw,
}
"""Every action by its name; each returns the people it concerned."""
