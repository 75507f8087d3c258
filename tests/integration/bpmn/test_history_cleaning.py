"""The history is cleaned of exactly those cases whose time is over, each with all that belongs to it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from process_server import clock
from process_server.bpmn import cleaning, commands, jobs
from process_server.bpmn.commands import removal
from process_server.bpmn.models import Activity, ProcessDefinition, ProcessInstance
from process_server.config import settings
from process_server.db import Base, Session, table_of
from process_server.errors import Conflict, Invalid, NotAllowed, NotFound
from process_server.forms import files
from process_server.forms.models import File
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.handling import comments
from process_server.tasks.handling.models import Comment
from process_server.tasks.models import UserTask
from tests.diagrams import end, flow, process, start, user

ADMIN = Principal("admin", "Admin", admin=True)
LI = Principal("li", "Li")
DAY = timedelta(days=1)

WORK = process(start(), user("step"), end(), flow("start > step > end"), key="work")
CALLER = process(
    start(),
    '<bpmn:callActivity id="call" calledElement="work" />',
    end(),
    flow("start > call > end"),
    key="caller",
)


@pytest.fixture
def deployed(session: Session) -> Session:
    """Two processes, of which one calls the other, kept for different times."""
    commands.deploy(session, {"work.bpmn": WORK, "caller.bpmn": CALLER})
    keep(session, "work", 10)
    return session


def keep(session: Session, key: str, days: int | None) -> None:
    """Say how long cases of a process are kept."""
    commands.keep_history(session, commands.latest(session, key).id, days, actor=ADMIN)


def begin(session: Session, key: str = "work") -> UUID:
    """Start a case."""
    return commands.start_instance(session, commands.latest(session, key).id, {}, actor=ADMIN).id


def complete(session: Session, *, within: UUID | None = None) -> None:
    """Complete the open task, or the one of a case."""
    query = select(UserTask.id).where(UserTask.state == "open")
    for task_id in session.scalars(query.where(UserTask.process_instance_id == within) if within else query).all():
        commands.complete_user_task(session, task_id, {}, actor=ADMIN)


def kept(session: Session) -> set[UUID]:
    """The cases there are."""
    return set(session.scalars(select(ProcessInstance.id)))


def count(session: Session, model: type[Base]) -> int:
    """How many rows there are."""
    return int(session.scalar(select(func.count()).select_from(table_of(model))) or 0)


def test_only_what_ended_long_enough_ago_goes(deployed: Session) -> None:
    old, running = begin(deployed), begin(deployed)
    complete(deployed, within=old)
    with clock.travel(5 * DAY):
        young = begin(deployed)
        complete(deployed, within=young)
    with clock.travel(10 * DAY - timedelta(minutes=1)):
        assert commands.clean_history(deployed) == 0
    with clock.travel(10 * DAY + timedelta(minutes=1)):
        assert commands.clean_history(deployed) == 1
        assert commands.clean_history(deployed) == 0
    assert kept(deployed) == {running, young}


def test_what_hangs_at_a_case_goes_with_it_and_nothing_else(deployed: Session) -> None:
    old, young = begin(deployed), begin(deployed)
    for case in (old, young):
        comments.comment_on_instance(deployed, case, ADMIN, "Well")
        stored = files.store_file(deployed, name="a.txt", content=str(case).encode(), uploaded_by="admin", field="f")
        files.attach(deployed, [stored["id"]], user_id="admin", process_instance_id=case)
    complete(deployed, within=old)
    visits = count(deployed, Activity)
    assert visits
    with clock.travel(11 * DAY):
        assert commands.clean_history(deployed) == 1
    assert list(deployed.scalars(select(File.process_instance_id))) == [young]
    assert set(deployed.scalars(select(Comment.process_instance_id))) == {young}
    assert set(deployed.scalars(select(UserTask.process_instance_id))) == {young}
    assert set(deployed.scalars(select(Activity.process_instance_id))) == {young}


def test_a_called_case_goes_with_the_one_that_called_it(deployed: Session) -> None:
    caller = begin(deployed, "caller")
    complete(deployed)
    with clock.travel(11 * DAY):
        assert commands.clean_history(deployed) == 0, "the called one is kept as long as its caller: for good"
        keep(deployed, "work", None)
        keep(deployed, "caller", 3)
        assert caller in kept(deployed)
        assert commands.clean_history(deployed) == 1
    assert kept(deployed) == set()
    assert count(deployed, Activity) == 0


def test_a_case_of_which_anything_runs_stays_whole(deployed: Session) -> None:
    keep(deployed, "caller", 3)
    caller = begin(deployed, "caller")
    complete(deployed)
    called = ProcessInstance.parent_id == caller
    deployed.execute(update(ProcessInstance).where(called).values(state="active", ended_at=None))
    with clock.travel(4 * DAY):
        assert commands.clean_history(deployed) == 0
    assert len(kept(deployed)) == 2


def test_cleaning_takes_so_many_at_a_time_and_leaves_a_line_in_the_audit(deployed: Session) -> None:
    for _ in range(3):
        begin(deployed)
    complete(deployed)
    with clock.travel(11 * DAY):
        assert [commands.clean_history(deployed, most=2) for _ in range(3)] == [2, 1, 0]
    entries = audit.entries_of(deployed, "process_definition", commands.latest(deployed, "work").id)
    assert [entry.detail["count"] for entry in entries if entry.action == "clean_history"] == [1, 2]


def test_a_model_says_how_long_and_the_next_version_keeps_to_it(session: Session) -> None:
    def days(content: bytes) -> int | None:
        commands.deploy(session, {"work.bpmn": content})
        query = select(ProcessDefinition.history_days).order_by(ProcessDefinition.version.desc()).limit(1)
        return session.scalar(query)

    said = WORK.replace(b'id="work"', b'id="work" camunda:historyTimeToLive="P30D"', 1)
    assert days(WORK) is None
    assert days(said) == 30
    assert days(WORK + b"<!-- again -->") == 30
    wrong = said.replace(b"P30D", b"a month")
    report = commands.deploy(session, {"work.bpmn": wrong})
    assert [warning["code"] for warning in report.warnings] == ["bad_history_time"]


def test_single_cases_are_deleted_when_they_are_over(deployed: Session) -> None:
    case, caller = begin(deployed), begin(deployed, "caller")
    with pytest.raises(Conflict):
        commands.delete_history(deployed, [case], actor=ADMIN)
    complete(deployed)
    [called] = deployed.scalars(select(ProcessInstance.id).where(ProcessInstance.parent_id == caller))
    with pytest.raises(Conflict):
        commands.delete_history(deployed, [called], actor=ADMIN)
    with pytest.raises(NotAllowed):
        commands.delete_history(deployed, [case], actor=LI)
    with pytest.raises(NotFound):
        commands.delete_history(deployed, [case, UUID(int=1)], actor=ADMIN)
    assert commands.delete_history(deployed, [case, caller], actor=ADMIN) == 3
    assert kept(deployed) == set()
    removal.remove(deployed, [])


def test_days_are_days(deployed: Session) -> None:
    with pytest.raises(Invalid):
        keep(deployed, "work", -1)
    with pytest.raises(NotFound):
        commands.keep_history(deployed, UUID(int=1), 3, actor=ADMIN)


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Settings that name a window, in a zone eight hours ahead."""
    monkeypatch.setenv("PROCESS_SERVER_HISTORY_CLEANING", "23:00-05:00")
    settings.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    settings.cache_clear()


def test_it_is_time_within_the_window_alone(window: pytest.MonkeyPatch) -> None:
    def at(hour: int, minute: int = 0) -> bool:
        return cleaning.is_time(datetime(2030, 1, 1, hour, minute, tzinfo=UTC))

    assert [at(14, 59), at(15), at(20, 59), at(21)] == [False, True, True, False]
    found = cleaning.window(datetime(2030, 1, 1, 21, tzinfo=UTC))
    assert found is not None
    assert [moment.astimezone(UTC).hour for moment in found] == [15, 21]


def test_nothing_is_cleaned_unless_the_settings_say_when(deployed: Session) -> None:
    assert cleaning.window(clock.now()) is None
    assert jobs.clean_history() == 0
