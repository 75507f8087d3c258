"""Working calendars on the server: loaded, changed, chosen, and read by expressions."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from process_server import clock
from process_server.bpmn.runtime.house import House
from process_server.calendars import store
from process_server.calendars.definition import CalendarDefinition
from process_server.db import Session, unit_of_work
from process_server.errors import Conflict, ExpressionFailed, InvalidInput, NotAllowed
from process_server.expressions import compile_expression
from process_server.identity.models import Department
from process_server.identity.users import create_user
from tests.integration.crm import CHEN, DEMO

FILE = """
[[calendar]]
id = "china"
name = "中国"
default = true
country = "CN"
[calendar.hours]
monday-friday = ["09:00-12:00", "13:00-18:00"]

[[calendar]]
id = "munich"
name = "München"
time_zone = "Europe/Berlin"
country = "DE"
subdivision = "BY"
departments = ["sales-germany"]
regions = ["欧洲"]
[calendar.hours]
monday-thursday = ["08:00-12:00", "12:30-16:30"]
friday = ["08:00-14:00"]
"""


@pytest.fixture(autouse=True)
def read_anew():
    store.forget()
    yield
    store.forget()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "calendars.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def value(session: Session, text: str, **variables: object) -> object:
    return compile_expression(text, "juel").evaluate({**House(session).functions, **variables})


def test_without_any_the_company_works_nine_to_six(session: Session) -> None:
    friday = datetime(2026, 3, 6, 9, tzinfo=UTC)  # 17:00 in Shanghai
    assert store.calendar(session).add(friday, timedelta(hours=8)) == datetime(2026, 3, 9, 9, tzinfo=UTC)


def test_expressions_reckon_with_working_time(session: Session, file: Path) -> None:
    store.load_calendars(session, file)
    store.forget()
    day = datetime(2026, 3, 6, 9, tzinfo=UTC)
    due = value(session, "${working_due('PT8H', null, day)}", day=day)
    assert due == datetime(2026, 3, 9, 9, tzinfo=UTC)
    from_munich = value(session, "${working_due('P1D', 'munich', '2026-03-06T18:00')}")  # 11:00 there
    assert from_munich == datetime(2026, 3, 9, 10, tzinfo=UTC)
    assert value(session, "${working_time('2026-03-06T17:00', '2026-03-09T10:00')}") == timedelta(hours=2)
    assert value(session, "${is_working_day('2026-02-14')}") is True
    assert value(session, "${is_working_day(day, '欧洲')}", day=date(2026, 1, 6)) is False  # Epiphany, in Bavaria
    assert value(session, "${is_working_day(day, 'sales-germany')}", day=date(2026, 1, 7)) is True
    with pytest.raises(ExpressionFailed, match="no working calendar mars"):
        value(session, "${working_due('PT8H', 'mars')}")


def test_left_out_it_begins_now(session: Session, file: Path) -> None:
    store.load_calendars(session, file)
    begin = clock.now()
    due = value(session, "${working_due('PT1H')}")
    assert isinstance(due, datetime)
    assert store.calendar(session).between(begin, due) <= timedelta(hours=1, seconds=5)


def test_people_work_by_the_calendar_of_their_department(session: Session, file: Path) -> None:
    store.load_calendars(session, file)
    session.execute(insert(Department).values(id="company", name="c"))
    session.execute(insert(Department).values(id="sales-germany", name="g", parent_id="company"))
    session.execute(insert(Department).values(id="sales-munich", name="m", parent_id="sales-germany"))
    create_user(session, "anna", "Anna", department_id="sales-munich")
    create_user(session, "chen", "陈静", department_id="company")
    found = [store.calendar_of_user(session, user).id for user in ("anna", "chen", "nobody", None)]
    assert found == ["munich", "china", "china", "china"]


def test_a_change_made_on_the_server_outlives_loading_the_same_file(database: str, file: Path) -> None:
    with unit_of_work() as session:
        assert store.load_calendars(session, file) == 2
        changed = store.get_calendar(session, "china").model_copy(update={"off": [date(2026, 3, 9)]})
        store.set_calendar(session, changed, actor=DEMO)
    with unit_of_work() as session:
        assert store.load_calendars(session, file) == 0
        assert not store.calendar(session).is_working_day(date(2026, 3, 9))
    file.write_text(FILE.replace("13:00-18:00", "14:00-18:00"), encoding="utf-8")
    with unit_of_work() as session:
        assert store.load_calendars(session, file) == 1
    with unit_of_work() as session:
        assert store.calendar(session).is_working_day(date(2026, 3, 9))


def test_there_is_one_default(database: str, file: Path) -> None:
    with unit_of_work() as session:
        store.load_calendars(session, file)
        munich = store.get_calendar(session, "munich").model_copy(update={"default": True})
        store.set_calendar(session, munich, actor=DEMO)
    with unit_of_work() as session:
        assert [each.id for each in store.list_calendars(session) if each.default] == ["munich"]
        assert store.calendar(session).id == "munich"
        with pytest.raises(Conflict):
            store.remove_calendar(session, "munich", actor=DEMO)
        store.remove_calendar(session, "china", actor=DEMO)
    with unit_of_work() as session:
        assert store.calendars(session).kept("china").id == "munich"


def test_only_administrators_change_them(session: Session, file: Path) -> None:
    store.load_calendars(session, file)
    with pytest.raises(NotAllowed):
        store.set_calendar(session, store.get_calendar(session, "china"), actor=CHEN)
    with pytest.raises(NotAllowed):
        store.remove_calendar(session, "munich", actor=CHEN)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('"09:00-12:00", "11:00-18:00"', "follow one another"),
        ('"18:00-09:00"', "follow one another"),
        ('"09:00-25:00"', "follow one another"),
        ('"nine to five"', "pattern"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_their_place(session: Session, file: Path, wrong: str, said: str) -> None:
    file.write_text(FILE.replace('"09:00-12:00", "13:00-18:00"', wrong), encoding="utf-8")
    with pytest.raises(InvalidInput, match=said) as caught:
        store.load_calendars(session, file)
    assert caught.value.problems[0]["field"].startswith("calendar.0")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Europe/Berlin", "Europe/Atlantis"),
        ('"DE"', '"XX"'),
        ('"BY"', '"QQ"'),
        ("monday-thursday", "thursday-monday"),
        ("friday =", "freitag ="),
        ("regions", "region"),
    ],
)
def test_what_nobody_knows_is_refused(session: Session, file: Path, old: str, new: str) -> None:
    file.write_text(FILE.replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidInput):
        store.load_calendars(session, file)


def test_the_shipped_calendar_can_be_loaded(session: Session) -> None:
    assert store.load_calendars(session, Path(__file__).parents[2] / "processes" / "calendars.toml") == 1


def test_a_week_without_hours_is_no_calendar() -> None:
    with pytest.raises(ValueError, match="needs hours"):
        CalendarDefinition.model_validate({"id": "c", "name": "c", "hours": {"monday": []}})
