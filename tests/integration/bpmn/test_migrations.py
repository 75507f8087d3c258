"""Moving cases to another version on real rows: tasks keep who has them and what is filled in, timers their instants,
and what cannot go is left as it is."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from process_server import clock
from process_server.bpmn import commands, queries
from process_server.bpmn.batches import working
from process_server.bpmn.commands.migrating import CannotMigrate, InvalidPlan, Migration, OtherVersion
from process_server.bpmn.definitions import definition
from process_server.bpmn.form_binding import task_forms
from process_server.bpmn.migration.checks import generate
from process_server.bpmn.migration.plan import Instruction, Plan
from process_server.bpmn.models import Incident, Job, ProcessInstance, Subscription, Timer
from process_server.db import Session
from process_server.errors import NotAllowed
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.handling import claiming, comments, drafts
from process_server.tasks.inbox import worklist
from process_server.tasks.models import UserTask
from tests.diagrams import boundary, end, flow, message, on_message, process, start, timer, user

ADMIN = Principal("admin", "Admin", admin=True)
LI = Principal("li", "Li", frozenset({"legal"}))
FORM = '{{"type":"default","id":"check","components":[{{"type":"textfield","key":"{key}","id":"{key}"}}]}}'


def deploy(session: Session, content: bytes, **files: bytes) -> UUID:
    named = {name.replace("_form", ".form"): content for name, content in files.items()}
    commands.deploy(session, {"tiny.bpmn": content, **named}, actor="admin")
    return commands.latest(session, "tiny").id


def begin(session: Session, version: UUID, key: str = "K-1", **variables: Any) -> UUID:
    return commands.start_instance(session, version, variables, actor=ADMIN, business_key=key).id


def plan(session: Session, source: UUID, target: UUID, *pairs: tuple[str, str]) -> Plan:
    if pairs:
        return Plan(tuple(Instruction(*pair) for pair in pairs))
    return generate(definition(session, source).program, definition(session, target).program)


def migrate(session: Session, instance: UUID, source: UUID, target: UUID, *pairs: tuple[str, str], **how: Any) -> None:
    moved = Migration(source, target, plan(session, source, target, *pairs), **how)
    commands.migrate_instance(session, instance, moved, actor=ADMIN)


def task(session: Session, instance: UUID, element: str) -> UserTask:
    query = select(UserTask).where(UserTask.process_instance_id == instance, UserTask.state == "open")
    found = session.scalars(query.execution_options(populate_existing=True))
    return next(each for each in found if each.element_id == element)


CHECK = 'camunda:candidateGroups="legal" camunda:formKey="camunda-forms:deployment:check.form"'


def test_a_claimed_and_half_filled_task_stays_what_it_is(session: Session) -> None:
    form = FORM.format(key="note").encode()
    one = deploy(session, process(start(), user("check", CHECK), end(), flow("start > check > end")), check_form=form)
    instance = begin(session, one)
    before = task(session, instance, "check")
    claiming.claim(session, before.id, LI)
    drafts.save(session, "li", {"note": "half"}, task_id=before.id)
    comments.comment_on_task(session, before.id, LI, "look")
    two = deploy(session, process(start(), user("look", CHECK), user("sign"), end(), flow("start > look > sign > end")))
    migrate(session, instance, one, two, ("check", "look"))
    after = task(session, instance, "look")
    assert (after.id, after.assignee, after.revision) == (before.id, "li", 2)  # it was claimed, no more
    assert after.definition_id == two
    kept = drafts.find(session, "li", task_id=after.id)
    assert kept is not None
    assert kept.values == {"note": "half"}
    assert [each.text for each in comments.comments_of(session, instance)] == ["look"]
    commands.complete_user_task(session, after.id, {"note": "done"}, actor=LI)
    assert queries.get_variables(session, instance)["note"] == "done"
    assert task(session, instance, "sign").name == "sign"


@pytest.mark.parametrize(("forms", "field"), [("keep", "old"), ("new", "new")])
def test_a_task_shows_the_form_it_had_or_the_new_one(session: Session, forms: str, field: str) -> None:
    model = process(start(), user("check", CHECK), end(), flow("start > check > end"))
    one = deploy(session, model, check_form=FORM.format(key="old").encode())
    instance = begin(session, one)
    two = deploy(session, model.replace(b'name="tiny"', b'name="two"'), check_form=FORM.format(key="new").encode())
    migrate(session, instance, one, two, forms=forms)
    row = worklist.find_task(session, task(session, instance, "check").id, LI)
    shown = task_forms.of_task(session, row, "en", editable=True)
    assert shown is not None
    assert [each["key"] for each in shown.schema["components"]] == [field]
    claiming.claim(session, row.id, LI)
    commands.complete_user_task(session, row.id, {field: "x"}, actor=LI)
    assert queries.get_variables(session, instance) == {field: "x"}


def test_timers_messages_jobs_and_incidents_go_on_under_the_new_version(session: Session) -> None:
    def model(suffix: str, limit: str) -> bytes:
        job, wait, check = f"job{suffix}", f"wait{suffix}", f"check{suffix}"
        return process(
            start(),
            '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />',
            user(check),
            boundary(f"late{suffix}", check, timer("timeDuration", limit)),
            f'<bpmn:serviceTask id="{job}" camunda:type="external" camunda:topic="work" />',
            f'<bpmn:intermediateCatchEvent id="{wait}">{on_message("paid")}</bpmn:intermediateCatchEvent>',
            f'<bpmn:exclusiveGateway id="xor{suffix}" />',
            end(),
            end("end2"),
            flow(
                f"start > split > {check} > join > end",
                f"split > {job} > join",
                f"split > {wait} > join",
                f"split > xor{suffix} > join",
                f"xor{suffix} > end2",
                f"late{suffix} > end2",
                **{f"xor{suffix}_to_join": "${x &gt; 1}", f"xor{suffix}_to_end2": "${x &gt; 2}"},
            ),
            extra=message("paid"),
        )

    one = deploy(session, model("", "PT1H"))
    instance = begin(session, one, x=0)
    due = session.scalars(select(Timer.due_at).where(Timer.process_instance_id == instance)).one()
    ids = _ids(session, instance)
    two = deploy(session, model("2", "PT9H"))
    names = ("check", "job", "wait", "late", "xor")
    migrate(session, instance, one, two, *((name, f"{name}2") for name in names), ("split", "split"), ("join", "join"))
    assert _ids(session, instance) == {kind: (found, f"{element}2", two) for kind, (found, element, _) in ids.items()}
    assert session.scalars(select(Timer.due_at).where(Timer.process_instance_id == instance)).one() == due
    assert session.scalars(select(ProcessInstance.definition_id).where(ProcessInstance.id == instance)).one() == two
    clock.advance(timedelta(hours=2))
    assert commands.fire_timers(session, limit=5) == 1
    assert "check2" not in queries.active_elements(session, instance_id=instance)


def _ids(session: Session, instance: UUID) -> dict[str, tuple[UUID, str, UUID]]:
    found = {}
    for model in (Timer, Subscription, Job, Incident, UserTask):
        query = select(model.id, model.element_id, model.definition_id).where(model.process_instance_id == instance)  # type: ignore[attr-defined]
        found[model.__name__] = tuple(session.execute(query).one())
    return found  # type: ignore[return-value]


def test_what_was_called_goes_on_and_comes_back_to_the_new_version(session: Session) -> None:
    def model(name: str, *after: str) -> bytes:
        called = f'<bpmn:callActivity id="{name}" calledElement="inner" />'
        return process(start(), called, *map(user, after), end(), flow(" > ".join(["start", name, *after, "end"])))

    commands.deploy(
        session,
        {"inner.bpmn": process(start("s"), user("work"), end("e"), flow("s > work > e"), key="inner")},
        actor="admin",
    )
    one = deploy(session, model("call"))
    instance = begin(session, one)
    two = deploy(session, model("ask", "last"))
    migrate(session, instance, one, two, ("call", "ask"))
    assert queries.active_elements(session, instance_id=instance) == {"ask": 1}
    child = session.scalars(select(ProcessInstance.id).where(ProcessInstance.parent_id == instance)).one()
    commands.complete_user_task(session, task(session, child, "work").id, {}, actor=ADMIN)
    assert task(session, instance, "last").definition_id == two


def test_what_cannot_go_stays_and_says_why(session: Session) -> None:
    one = deploy(session, process(start(), user("a"), user("b"), end(), flow("start > a > b > end")))
    instance = begin(session, one)
    two = deploy(session, process(start(), user("b"), end(), flow("start > b > end")))
    with pytest.raises(CannotMigrate) as refused:
        migrate(session, instance, one, two)
    assert refused.value.params == {"element": "a"}
    assert task(session, instance, "a").definition_id == one
    with pytest.raises(InvalidPlan):
        migrate(session, instance, one, two, ("a", "nowhere"))
    with pytest.raises(OtherVersion):
        migrate(session, instance, two, one)
    with pytest.raises(NotAllowed):
        commands.migrate_instance(session, instance, Migration(one, two, plan(session, one, two)), actor=LI)


def test_the_audit_says_who_moved_a_case(session: Session) -> None:
    one = deploy(session, process(start(), user("a"), end(), flow("start > a > end")))
    instance = begin(session, one)
    two = deploy(session, process(start(), user("a"), user("b"), end(), flow("start > a > b > end")))
    migrate(session, instance, one, two, variables={"moved": True})
    entry = audit.entries_of(session, "process_instance", instance)[0]
    assert (entry.actor, entry.action, entry.detail["source"], entry.detail["target"]) == ("admin", "migrate", 1, 2)
    assert queries.get_variables(session, instance)["moved"] is True


# --- batches


def do_all(session: Session) -> None:
    """Work as the worker does; a failed instance undoes what it did."""
    while True:
        try:
            with session.begin_nested():
                if not working.work_next(session):
                    break
        except working.ItemFailed as failed:
            working.give_up(session, failed)
    working.end_finished(session)


def test_a_batch_moves_all_it_can_tells_the_rest_and_leads_back(session: Session) -> None:
    session.execute(text("INSERT INTO user_account (id, name, admin, active) VALUES ('admin', 'A', true, true)"))
    one = deploy(session, process(start(), user("a"), user("b"), end(), flow("start > a > b > end")))
    cases = [begin(session, one, f"K-{number}") for number in range(4)]
    commands.complete_user_task(session, task(session, cases[3], "a").id, {}, actor=ADMIN)
    two = deploy(session, process(start(), user("a"), user("c"), end(), flow("start > a > c > end")))
    moved = Migration(one, two, plan(session, one, two))
    batch = commands.migrate_in_background(session, moved, cases, actor=ADMIN)
    assert queries.get_batch(session, batch)["state"] == "running"
    commands.suspend_batch(session, batch, True, actor=ADMIN)
    do_all(session)
    assert queries.get_batch(session, batch)["pending"] == 4
    commands.suspend_batch(session, batch, False, actor=ADMIN)
    do_all(session)
    told = queries.get_batch(session, batch)
    assert (told["state"], told["done"], told["failed"], told["ended_at"]) == ("failed", 3, 1, None)
    (stuck,) = queries.batch_items(session, batch, state="failed", language="en")
    assert (stuck["process_instance_id"], stuck["business_key"], stuck["code"]) == (cases[3], "K-3", "cannot_migrate")
    assert stuck["message"] == "The case stands at b, and the plan does not say where that goes."
    assert commands.retry_batch(session, batch, actor=ADMIN) == 1
    do_all(session)
    assert queries.get_batch(session, batch)["failed"] == 1

    back = commands.migrate_back(session, batch, actor=ADMIN)
    do_all(session)
    assert queries.get_batch(session, back)["state"] == "completed"
    versions = select(ProcessInstance.definition_id).where(ProcessInstance.id.in_(cases))
    assert set(session.scalars(versions)) == {one}
    assert {row["id"] for row in queries.list_batches(session, definition_ids=[two])} == {batch, back}
    commands.delete_batch(session, batch, actor=ADMIN)
    assert [row["id"] for row in queries.list_batches(session)] == [back]


def test_batches_suspend_activate_cancel_and_delete(session: Session) -> None:
    session.execute(text("INSERT INTO user_account (id, name, admin, active) VALUES ('admin', 'A', true, true)"))
    one = deploy(session, process(start(), user("a"), end(), flow("start > a > end")))
    cases = [begin(session, one, f"K-{number}") for number in range(2)]
    for kind, state in (("suspend", "active"), ("activate", "active"), ("cancel", "cancelled")):
        batch = commands.start_batch(session, kind, cases, {}, actor=ADMIN)
        do_all(session)
        assert queries.get_batch(session, batch)["state"] == "completed"
        found = session.execute(select(ProcessInstance.state, ProcessInstance.suspended_at))
        assert [(row.state, row.suspended_at is not None) for row in found] == [(state, kind == "suspend")] * 2
    commands.start_batch(session, "delete_history", cases, {}, actor=ADMIN)
    do_all(session)
    assert session.scalars(select(ProcessInstance.id)).all() == []


def test_a_batch_gives_failed_jobs_new_retries(session: Session) -> None:
    session.execute(text("INSERT INTO user_account (id, name, admin, active) VALUES ('admin', 'A', true, true)"))
    job = '<bpmn:serviceTask id="job" camunda:type="external" camunda:topic="work" />'
    one = deploy(session, process(start(), job, end(), flow("start > job > end")))
    case = begin(session, one)
    session.execute(text("UPDATE job SET retries = 0"))
    commands.start_batch(session, "retry_jobs", [case], {"retries": 2}, actor=ADMIN)
    do_all(session)
    assert session.scalars(select(Job.retries)).all() == [2]


def test_a_worker_that_dies_has_done_nothing(session: Session) -> None:
    session.execute(text("INSERT INTO user_account (id, name, admin, active) VALUES ('admin', 'A', true, true)"))
    one = deploy(session, process(start(), user("a"), end(), flow("start > a > end")))
    case = begin(session, one)
    two = deploy(session, process(start(), user("a"), user("b"), end(), flow("start > a > b > end")))
    moved = Migration(one, two, plan(session, one, two))
    batch = commands.migrate_in_background(session, moved, [case], actor=ADMIN)
    with pytest.raises(KeyboardInterrupt), session.begin_nested():  # noqa: PT012
        assert working.work_next(session)
        raise KeyboardInterrupt
    assert (queries.get_batch(session, batch)["pending"], task(session, case, "a").definition_id) == (1, one)
    do_all(session)
    assert (queries.get_batch(session, batch)["done"], task(session, case, "a").definition_id) == (1, two)
