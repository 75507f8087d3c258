"""What completing a user task costs in statements and commits: it is what people do all day."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from process_server.bpmn import commands
from process_server.bpmn.runtime import live
from process_server.db import engine, unit_of_work
from process_server.identity.principal import Principal
from tests.integration.bpmn.test_commands import tasks

ADMIN = Principal("admin", "Admin", admin=True)
APPROVAL = Path(__file__).parents[3] / "bench" / "approval.bpmn"


@contextmanager
def counted() -> Iterator[list[str]]:
    """Gather statements and commits sent inside the block."""
    sent: list[str] = []

    def statement(_connection: object, _cursor: object, text: str, *_rest: object) -> None:
        sent.append(text)

    def commit(_connection: object) -> None:
        sent.append("COMMIT")

    event.listen(engine(), "before_cursor_execute", statement)
    event.listen(engine(), "commit", commit)
    try:
        yield sent
    finally:
        event.remove(engine(), "before_cursor_execute", statement)
        event.remove(engine(), "commit", commit)


@pytest.mark.parametrize("kept", [True, False], ids=["in memory", "loaded"])
def test_completing_takes_at_most_eight_statements_one_for_the_decision_and_one_commit(
    database: str, kept: bool
) -> None:
    with unit_of_work() as session:
        commands.deploy(session, {"approval.bpmn": APPROVAL.read_bytes()})
    with unit_of_work() as session:
        held = commands.latest(session, "approval")
        instance = commands.start_instance(session, held.id, {"amount": 20_000}, actor=ADMIN).id
    for element in ("enter_lead", "director_approval", "finance", "legal"):
        with unit_of_work() as session:
            task = next(task for task in tasks(session, instance) if task.element_id == element)
        if not kept:
            live.forget()
        with counted() as sent, unit_of_work() as session:
            commands.complete_user_task(session, task.id, {"ok": True}, actor=ADMIN)
        assert sent.count("COMMIT") == 1
        assert sum("INSERT INTO task_decision" in text for text in sent) == 1
        assert len(sent) - 2 <= 8, sent
