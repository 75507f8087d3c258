"""A form deployed beside its process guards the step it is bound to."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from process_server.bpmn import commands
from process_server.bpmn.form_binding import task_forms
from process_server.bpmn.models import ProcessInstance
from process_server.db import Session
from process_server.errors import InvalidForm, InvalidProcess
from process_server.identity.principal import Principal
from process_server.tasks.inbox import worklist
from process_server.tasks.models import UserTask
from tests.bpmn_drawing import draw, extensions, start, user
from tests.unit.forms.factories import field, source

ADMIN = Principal("demo", "Demo", admin=True)
ANN = Principal("ann", "Ann")


def step(**modes: str) -> bytes:
    properties = "".join(f'<camunda:property name="field:{name}" value="{mode}"/>' for name, mode in modes.items())
    content = extensions(f"<camunda:properties>{properties}</camunda:properties>")
    review = user(content, camunda_formRef="review", camunda_assignee="ann")
    return draw("start > review", start=start(), review=review)


def deploy(session: Session, model: bytes, *components: dict[str, Any]) -> commands.Deployed:
    form = json.dumps(source(*components, id="review")).encode()
    return commands.deploy(session, {"p.bpmn": model, "review.form": form}, actor="demo")


def test_a_tampered_completion_writes_only_what_the_step_allows(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    report = deploy(
        session,
        step(amount="read", secret="hidden"),
        field("number", "amount", serializeToString=True),
        field("number", "secret"),
        field("textfield", "opinion", validate={"required": True}),
    )
    assert report.warnings == []
    held = commands.latest(session, report.processes[0]["key"])
    instance = commands.start_instance(session, held.id, {"amount": 5, "secret": 7}, actor=ADMIN).id
    task = session.execute(select(UserTask).where(UserTask.process_instance_id == instance)).scalar_one()
    opened = task_forms.of_task(session, worklist.find_task(session, task.id, ANN), language="en", editable=True)
    assert opened is not None
    assert opened.data == {"amount": "5"}
    with pytest.raises(InvalidForm):
        commands.complete_user_task(session, task.id, {"amount": "1"}, actor=ANN)
    sent = {"amount": "1", "secret": 1, "initiator": "ann", "opinion": "fine"}
    assert commands.complete_user_task(session, task.id, sent, actor=ANN) == {"opinion": "fine"}
    assert "amount (readonly), secret (hidden)" in caplog.text
    session.expire_all()
    kept = session.get_one(ProcessInstance, instance).variables
    assert (kept["amount"], kept["secret"], kept["opinion"]) == (5, 7, "fine")


def test_nobody_passes_for_somebody_else_where_there_is_no_form(session: Session) -> None:
    report = commands.deploy(
        session, {"p.bpmn": draw("start > review", start=start(), review=user(camunda_assignee="ann"))}
    )
    held = commands.latest(session, report.processes[0]["key"])
    sent = {"initiator": "demo", "process_instance_id": "other", "note": "hello"}
    instance = commands.start_instance(session, held.id, sent, actor=ANN).id
    assert session.get_one(ProcessInstance, instance).variables == {"note": "hello"}
    task = session.execute(select(UserTask).where(UserTask.process_instance_id == instance)).scalar_one()
    assert commands.complete_user_task(session, task.id, sent, actor=ANN) == {"note": "hello"}


def test_what_a_step_says_of_its_fields_is_checked_when_deployed(session: Session) -> None:
    report = deploy(session, step(amount="read", total="read"), field("number", "amount", serializeToString=True))
    assert [(item["code"], item["element"]) for item in report.warnings] == [("unknown_field", "review")]
    with pytest.raises(InvalidProcess) as refused:
        deploy(session, step(amount="look"), field("number", "amount", serializeToString=True))
    assert [item["code"] for item in refused.value.problems] == ["invalid_field_mode"]
