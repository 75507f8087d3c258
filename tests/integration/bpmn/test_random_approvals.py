"""A random walk over all that people, clocks and operators do to approvals, checked after each step.

`RANDOM_APPROVALS=500 pytest tests/integration/bpmn/test_random_approvals.py` walks longer; a seed that fails is named.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import bindparam, select

from process_server import clock
from process_server.bpmn import commands, queries
from process_server.bpmn.commands.bulk import Bulk, do_in_bulk
from process_server.bpmn.commands.migrating import Migration
from process_server.bpmn.definitions import definition
from process_server.bpmn.migration.checks import generate
from process_server.bpmn.models import Activity, Incident, ProcessInstance
from process_server.bpmn.queries.peek import peek
from process_server.bpmn.runtime import live
from process_server.bpmn.waits import UserTaskWait
from process_server.db import Session, unit_of_work
from process_server.embedded.postgres import Cluster
from process_server.errors import ProcessServerError
from process_server.identity import accounts, stand_ins, users
from process_server.identity.models import Group
from process_server.identity.principal import Principal
from process_server.tasks.deadlines import pausing, reminders
from process_server.tasks.handling import claiming, decisions, handing, nudging
from process_server.tasks.inbox import worklist
from process_server.tasks.models import TaskDecision, UserTask
from process_server.tasks.telling import mail_links
from tests import databases
from tests.diagrams import boundary, end, flow, process, start, timer, user

WALKS = int(os.environ.get("RANDOM_APPROVALS", "3"))
STEPS = 30
PEOPLE = ("ann", "bob", "cai", "dan", "eve")
ADMIN = Principal("admin", "Admin", frozenset({"admins"}), admin=True)
MODES = (
    {"approval:mode": "single", "approver:by": "group", "approver:of": "staff"},
    {"approval:mode": "single", "approver:by": "user", "approver:of": "bob"},
    {"approval:mode": "single", "approver:by": "supervisor"},
    {"approval:mode": "all", "approver:by": "user", "approver:of": "bob,cai,dan"},
    {"approval:mode": "any", "approver:by": "user", "approver:of": "bob,cai,ann"},
    {"approval:mode": "any", "approval:veto": "false", "approver:by": "group", "approver:of": "staff"},
    {"approval:mode": "count", "approval:threshold": "2", "approver:by": "user", "approver:of": "ann,bob,cai,dan"},
    {"approval:mode": "ratio", "approval:threshold": "0.6", "approver:by": "group", "approver:of": "staff"},
)


class Walk:
    """One case, its people and a source of chance."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"approvals {seed}")
        self.done: list[str] = []
        with unit_of_work() as session:
            for arranged in stand_ins.list_stand_ins(session, ADMIN):
                stand_ins.end(session, arranged.id, principal=ADMIN)
        self.model = self._model()
        self.version = self._deploy()
        self.initiator = self.rng.choice(PEOPLE)
        with unit_of_work() as session:
            actor = self.principal(session, self.initiator)
            self.case = commands.start_instance(session, self.version, {}, actor=actor).id

    def _model(self) -> tuple[str, ...]:
        steps = [user("apply", 'camunda:assignee="${initiator}"', _properties({"approval:submitter": "true"}))]
        self.four_eyes = set()
        for name in ("first", "second"):
            said = dict(self.rng.choice(MODES)) | {"approver:none": "group:admins", "outcome:variable": "decision"}
            if self.rng.random() < 0.4:
                said["approval:order"] = "sequential"
            if self.rng.random() < 0.5:
                said["approver:initiator"] = self.rng.choice(["skip", "head"])
                self.four_eyes.add(name)
            if self.rng.random() < 0.3:
                said["approver:repeat"] = "pass"
            if self.rng.random() < 0.5:
                said |= {"approval:bulk": "true"}
            if self.rng.random() < 0.5:
                said |= {"sla:due": "PT8H", "sla:escalate": "PT4H supervisor reassign; P1D group:staff reassign"}
                said |= {"sla:timeout": "P3D", "sla:timeout_outcome": self.rng.choice(["approve", "reject"])}
            if said["approval:mode"] == "single":
                said.pop("approval:order", None)
            steps.append(user(name, "", _properties(said)))
        steps.append(boundary("late", "second", timer("timeDuration", "P6D")))
        steps.append(user("archive", 'camunda:candidateGroups="staff"'))
        return (*steps,)

    def _deploy(self, *more: str, flows: str = "second > archive > end") -> UUID:
        content = process(
            start(), *self.model, *more, end(), flow("start > apply > first > second", flows, "late > archive")
        )
        with unit_of_work() as session:
            commands.deploy(session, {"tiny.bpmn": content})
            return commands.latest(session, "tiny").id

    def principal(self, session: Session, person: str) -> Principal:
        found = accounts.find_account(session, person, fresh=True)
        assert found is not None
        return found.principal

    def tasks(self, session: Session, *states: str) -> list[UserTask]:
        query = select(UserTask).where(UserTask.process_instance_id == self.case).order_by(UserTask.created_at)
        return [task for task in session.scalars(query) if not states or task.state in states]

    def step(self) -> None:
        """Do one thing at random, as somebody; what is refused is refused by one of our errors."""
        name = self.rng.choices(sorted(DEEDS), [0.1 if deed == "withdraw" else 1 for deed in sorted(DEEDS)])[0]
        with unit_of_work() as session:
            tasks = self.tasks(session, "open", "held") or self.tasks(session)
            done = self.tasks(session, "completed", "cancelled")
            task = self.rng.choice(done if done and self.rng.random() < 0.1 else tasks)
            own = self.rng.choice([*filter(None, [task.assignee]), *task.candidate_users] or PEOPLE)
            actor = self.principal(session, own if self.rng.random() < 0.7 else self.rng.choice((*PEOPLE, "admin")))
        told = f"{name} by {actor.user_id} on {task.element_id} of {task.assignee} ({task.state})"
        promised = self._promise(name, task.id, actor)
        try:
            DEEDS[name](self, task.id, actor)
        except ProcessServerError as error:
            self.done.append(f"{told}: {error}")
            return
        self.done.append(told)
        again = name == "claim" and task.assignee == actor.user_id  # what is one's own stays so
        assert promised is not False or again, f"{told}: was not in the menu"

    def _promise(self, name: str, task_id: UUID, actor: Principal) -> bool | None:
        """Return whether the menu of a task offers something; None where it is not in the menu."""
        with unit_of_work() as session:
            try:
                task = worklist.find_task(session, task_id, actor)
            except ProcessServerError:
                return None
            found = {each.action: each.allowed for each in queries.actions(session, task, actor)}
            queries.return_targets(session, task_id, actor)
            queries.explain(session, task_id, actor)
            return found.get(name.partition(" ")[0])


def _properties(said: dict[str, str]) -> str:
    rows = "".join(f'<camunda:property name="{name}" value="{value}"/>' for name, value in said.items())
    return f"<bpmn:extensionElements><camunda:properties>{rows}</camunda:properties></bpmn:extensionElements>"


def _people(session: Session) -> None:
    """Ann heads them; Bob and Cai report to her, Dan and Eve to Bob."""
    session.add_all(Group(id=name, name=name) for name in ("staff", "admins"))
    session.flush()
    for person in PEOPLE:
        above = {"bob": "ann", "cai": "ann", "dan": "bob", "eve": "bob"}.get(person)
        users.create_user(session, person, person, groups=["staff"], supervisor_id=above)
    users.create_user(session, "admin", "Admin", groups=["admins"], admin=True)


# -- what is done

_INCIDENTS = select(Incident.message).where(
    Incident.resolved_at.is_(None), Incident.process_instance_id == bindparam("case")
)
Deed = Callable[[Walk, UUID, Principal], object]


def _complete(outcome: str) -> Deed:
    def deed(walk: Walk, task: UUID, actor: Principal) -> None:
        with unit_of_work() as session:
            commands.complete_user_task(session, task, {}, actor=actor, outcome=outcome)

    return deed


def _signers(where: Any) -> Deed:
    def deed(walk: Walk, task: UUID, actor: Principal) -> None:
        people = walk.rng.sample(PEOPLE, walk.rng.choice([1, 1, 2]))
        with unit_of_work() as session:
            commands.add_signers(session, task, people, where=where, actor=actor)

    return deed


def _hand(deed: Callable[..., Any]) -> Deed:
    def do(walk: Walk, task: UUID, actor: Principal) -> None:
        with unit_of_work() as session:
            deed(session, task, walk.rng.choice(PEOPLE), principal=actor)

    return do


def _return(walk: Walk, task: UUID, actor: Principal) -> None:
    with unit_of_work() as session:
        to = walk.rng.choice([None, None, "apply", "first", "second"])
        commands.return_task(session, task, actor=actor, to=to, resume=walk.rng.random() < 0.5)


def _case(command: Callable[..., Any]) -> Deed:
    def deed(walk: Walk, task: UUID, actor: Principal) -> None:
        with unit_of_work() as session:
            command(session, walk.case, actor=actor)

    return deed


def _on_task(command: Callable[..., Any], **named: Any) -> Deed:
    def deed(walk: Walk, task: UUID, actor: Principal) -> None:
        with unit_of_work() as session:
            command(session, task, actor, **named)

    return deed


def _remove(walk: Walk, task: UUID, actor: Principal) -> None:
    with unit_of_work() as session:
        signers = [each.id for each in walk.tasks(session, "open", "held") if each.signing]
        commands.remove_signer(session, walk.rng.choice(signers) if signers else task, actor=actor)


def _time_passes(walk: Walk, task: UUID, actor: Principal) -> None:
    clock.advance(timedelta(hours=walk.rng.choice([1, 5, 30, 80])))
    for work in (reminders.sweep, commands.time_out_tasks, commands.fire_timers):
        while _swept(work):
            pass


def _swept(work: Callable[[Session], Any]) -> Any:
    with unit_of_work() as session:
        return work(session)


def _stands_in(walk: Walk, task: UUID, actor: Principal) -> None:
    with unit_of_work() as session:
        stand_ins.create(session, *walk.rng.sample(PEOPLE, 2), principal=ADMIN, ends_at=clock.now() + timedelta(days=2))


def _suspend(walk: Walk, task: UUID, actor: Principal) -> None:
    for suspended in (True, False):
        with unit_of_work() as session:
            commands.suspend_instance(session, walk.case, suspended, actor=ADMIN)
        if suspended:
            with pytest.raises(ProcessServerError), unit_of_work() as session:
                commands.complete_user_task(session, task, {}, actor=actor, outcome="approve")
            _time_passes(walk, task, actor)


def _migrate(walk: Walk, task: UUID, actor: Principal) -> None:
    more = f"more{len(walk.done)}"
    target = walk._deploy(user(more, 'camunda:assignee="admin"'), flows=f"second > {more} > archive > end")
    with unit_of_work() as session:
        plan = generate(definition(session, walk.version).program, definition(session, target).program)
        commands.migrate_instance(session, walk.case, Migration(walk.version, target, plan), actor=ADMIN)
    walk.version = target


def _bulk(walk: Walk, task: UUID, actor: Principal) -> None:
    with unit_of_work() as session:
        tasks = tuple(each.id for each in walk.tasks(session, "open"))
    if tasks:
        do_in_bulk(unit_of_work, Bulk("approve", tasks), actor)


def _mail(walk: Walk, task: UUID, actor: Principal) -> None:
    with unit_of_work() as session:
        secret = mail_links.create(session, actor.user_id, task)
    with unit_of_work() as session:
        commands.decide_by_mail(session, secret or "", "approve")


def _pause(walk: Walk, task: UUID, actor: Principal) -> None:
    with unit_of_work() as session:
        pausing.pause(session, task, principal=actor, reason="waits")


DEEDS: dict[str, Deed] = {
    "complete with yes": _complete("approve"),
    "complete and agree": _complete("approve"),
    "complete with no": _complete("reject"),
    "complete, neither": _complete("later"),
    "claim": _on_task(claiming.claim),
    "release": _on_task(claiming.release),
    "transfer": _hand(handing.transfer),
    "delegate": _hand(handing.delegate),
    "add_signer before": _signers("before"),
    "add_signer after": _signers("after"),
    "add_signer beside": _signers("beside"),
    "removal": _remove,
    "return": _return,
    "recall": _case(commands.recall),
    "withdraw": _case(commands.withdraw),
    "undo": lambda walk, task, actor: _on_task(lambda session, of, by: commands.undo_task(session, of, actor=by))(
        walk, task, actor
    ),
    "open": _on_task(claiming.open_task),
    "remind": _on_task(lambda session, task, actor: nudging.remind(session, task, principal=actor)),
    "time": _time_passes,
    "stand in": _stands_in,
    "suspension": _suspend,
    "migration": _migrate,
    "bulk": _bulk,
    "mail": _mail,
    "pausing": _pause,
    "resuming": lambda walk, task, actor: _on_task(lambda session, of, by: pausing.resume(session, of, principal=by))(
        walk, task, actor
    ),
}


# -- what has to hold


def _check(walk: Walk) -> None:
    with unit_of_work() as session:
        state = session.scalars(select(ProcessInstance.state).where(ProcessInstance.id == walk.case)).one()
        tasks = walk.tasks(session)
        told = list(session.scalars(select(TaskDecision).where(TaskDecision.process_instance_id == walk.case)))
        waiting = [task for task in tasks if task.state in ("open", "held")]
        _somebody_has_each_task(waiting)
        _held_tasks_wait_for_somebody(tasks)
        _the_chain_is_true(tasks, told)
        _the_initiator_decides_nothing_of_four_eyes(walk, tasks, told)
        if state != "active":
            assert waiting == []
            return
        running = peek(session, walk.case)
        of_engine = {token for token, wait in running.execution.waits.items() if isinstance(wait, UserTaskWait)}
        assert {task.id for task in waiting if task.parent_id is None} == of_engine
        assert session.scalars(_INCIDENTS, {"case": walk.case}).all() == []
        _nobody_votes_twice(running.execution.tokens)
        _history_adds_up(session, walk, tasks)
        queries.chain(session, walk.case)


def _somebody_has_each_task(waiting: list[UserTask]) -> None:
    for task in waiting:
        assert task.assignee not in task.barred
        assert task.assignee or task.candidate_groups or set(task.candidate_users) - set(task.barred), task.element_id


def _held_tasks_wait_for_somebody(tasks: list[UserTask]) -> None:
    by_parent = Counter(task.parent_id for task in tasks if task.state in ("open", "held"))
    by_id = {task.id: task for task in tasks}
    for task in tasks:
        parent = by_id.get(task.parent_id) if task.parent_id else None
        if task.state == "held":
            turn_to_come = task.signing == "after" and parent is not None and parent.state in ("open", "held")
            assert by_parent[task.id] or turn_to_come, "waits for nobody"
        if task.state in ("open", "held") and task.parent_id is not None:
            assert parent is not None
            assert parent.state in ("open", "held"), "signs what is over"


def _the_chain_is_true(tasks: list[UserTask], told: list[TaskDecision]) -> None:
    settled = Counter(each.user_task_id for each in told if each.action in decisions.SETTLES and each.user_task_id)
    rejected = {each.user_task_id for each in told if each.action == "reject"}
    below: dict[UUID, list[UserTask]] = {}
    for task in tasks:
        if task.parent_id:
            below.setdefault(task.parent_id, []).append(task)
    for task in tasks:
        by_signer = _is_rejected_below(task, below, rejected)
        if task.state == "completed":
            assert settled[task.id] or by_signer, "completed, and nobody decided it"
        elif task.state == "open" and task.pending is None:
            assert not settled[task.id], "open, and decided"
        assert settled[task.id] <= 1, "decided twice"
    for each in told:
        assert each.actor, each.action


def _is_rejected_below(task: UserTask, below: dict[UUID, list[UserTask]], rejected: set[Any]) -> bool:
    return any(each.id in rejected or _is_rejected_below(each, below, rejected) for each in below.get(task.id, ()))


def _the_initiator_decides_nothing_of_four_eyes(walk: Walk, tasks: list[UserTask], told: list[TaskDecision]) -> None:
    for task in tasks:
        if task.element_id in walk.four_eyes:
            assert walk.initiator not in (task.assignee, task.completed_by)
    for each in told:
        if each.element_id in walk.four_eyes and each.action in ("approve", "reject", "resolve", "return"):
            assert each.actor != walk.initiator


def _nobody_votes_twice(tokens: Any) -> None:
    for token in tokens.values():
        votes = token.internal_data.get("votes")
        if votes:
            by = Counter(said["by"] for said in votes["said"] if said["by"] not in ("admin", "system"))
            assert not [person for person, number in by.items() if number > 1], "voted twice"
            approvers = Counter(said["approver"] for said in votes["said"])
            assert not [person for person, number in approvers.items() if number > 1], "two votes of one"


def _history_adds_up(session: Session, walk: Walk, tasks: list[UserTask]) -> None:
    visits = session.scalars(select(Activity).where(Activity.process_instance_id == walk.case)).all()
    left = {visit.id: visit for visit in visits if visit.element_type == "userTask"}
    for task in tasks:
        if task.parent_id is None and task.state in ("completed", "cancelled"):
            assert task.id in left, "no trace of a task in the history"
            assert (left[task.id].outcome == "completed") == (task.state == "completed"), left[task.id].outcome
    assert len(left) == len([visit for visit in visits if visit.element_type == "userTask"])


def _comes_to_its_end(walk: Walk) -> None:
    """Whatever has happened, somebody can bring the case to its end."""
    for _ in range(80):
        with unit_of_work() as session:
            ready = walk.tasks(session, "open")
            held = walk.tasks(session, "held")
        if not ready:
            assert held == []
            return
        with unit_of_work() as session:
            commands.complete_user_task(session, ready[0].id, {}, actor=ADMIN, outcome="approve")
        _check(walk)
    raise AssertionError("the case does not end")


@pytest.fixture(scope="module")
def company(cluster: Cluster) -> Iterator[None]:
    """People in a database that all walks share."""
    with databases.fresh(cluster, "approvals"):
        live.forget()
        accounts._cache.clear()
        with unit_of_work() as session:
            _people(session)
        yield
    live.forget()


@contextmanager
def _named(walk: Walk) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note("\n".join([f"started by {walk.initiator}, four eyes {walk.four_eyes}", *walk.model, *walk.done]))
        raise


@pytest.mark.requirement("PE-03", "PE-05", "PE-18")
@pytest.mark.parametrize("seed", range(WALKS))
def test_whatever_is_done_to_an_approval_it_stays_in_order(seed: int, company: None) -> None:
    walk = Walk(seed)
    with _named(walk):
        for _ in range(STEPS):
            walk.step()
            _check(walk)
        _comes_to_its_end(walk)
