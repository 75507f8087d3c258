"""The inbox: which rows each list holds, narrowed, searched, sorted by any column and paged."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from process_server.bpmn.models import Incident, ProcessInstance
from process_server.clock import now
from process_server.db import Session, new_id, table_of
from process_server.errors import InvalidInput, NotFound
from process_server.identity.principal import Principal
from process_server.tasks.handling.models import Comment, Copy, Draft, Watch
from process_server.tasks.inbox import counting, facets
from process_server.tasks.inbox import pages as inbox
from process_server.tasks.inbox.columns import BusinessField, Columns
from process_server.tasks.inbox.lists import LISTS, listing
from process_server.tasks.inbox.pages import Page, Query
from process_server.tasks.models import UserTask
from tests.integration.crm import CHEN, DEMO, LIU, SUN, ZHOU, instance, people, process, task, task_row

DAY = timedelta(days=1)


def look(session: Session, person: Principal, name: str, *filters: str, **query: Any) -> Page:
    given = {"fields": query.pop("fields", {})}
    paging = {key: query.pop(key) for key in ("cursor", "limit", "shown") if key in query}
    columns = Columns(listing(name), person, **given)
    return inbox.page(session, columns, Query(name, filters, **query), **paging)


def titles(session: Session, person: Principal, name: str, *filters: str, **query: Any) -> list[str]:
    page = look(session, person, name, *filters, shown=["title"], **query)
    return [entry.cells["title"] for entry in page.entries]


@pytest.fixture
def crm(session: Session) -> Session:
    people(session)
    return session


@pytest.fixture
def tasks(crm: Session) -> Session:
    task(crm, name="mine", assignee="chen", candidate_groups=["sales"])
    task(crm, name="late", assignee="chen", due_at=now() - DAY)
    task(crm, name="put off", assignee="chen", follow_up_at=now() + DAY)
    task(crm, name="back again", assignee="chen", follow_up_at=now() - DAY)
    task(crm, name="zhou's", assignee="zhou", due_at=now() - 2 * DAY)
    task(crm, name="for sales", candidate_groups=["sales", "legal"])
    task(crm, name="for me", candidate_users=["chen"])
    task(crm, name="for legal", candidate_groups=["legal"])
    task(crm, name="done", assignee="chen", state="completed", completed_by="chen", completed_at=now())
    task(crm, name="cancelled", assignee="chen", state="cancelled")
    task(crm, name="held", assignee="chen", state="held")
    return crm


@pytest.mark.parametrize(
    ("person", "name", "expected"),
    [
        (CHEN, "todo", {"late", "mine", "back again"}),
        (CHEN, "snoozed", {"put off"}),
        (CHEN, "queue", {"for me", "for sales"}),
        (SUN, "queue", {"for legal", "for sales"}),
        (CHEN, "done", {"done"}),
        (ZHOU, "done", set()),
        (LIU, "team", {"late", "mine", "put off", "back again", "zhou's"}),
        (LIU, "overdue", {"late", "zhou's"}),
        (CHEN, "overdue", set()),
        (CHEN, "on_behalf", set()),
        (replace(CHEN, stands_in_for={"zhou": None}), "on_behalf", {"zhou's"}),
        (replace(CHEN, stands_in_for={"zhou": frozenset({"lead"})}), "on_behalf", {"zhou's"}),
        (replace(CHEN, stands_in_for={"zhou": frozenset({"other"})}), "on_behalf", set()),
        (CHEN, "all", {"late", "mine", "put off", "back again", "for me", "for sales"}),
    ],
)
def test_a_list_holds_the_tasks_of_its_person(tasks: Session, person, name, expected) -> None:
    assert set(titles(tasks, person, name)) == expected
    counted = counting.count_rows(tasks, Columns(listing(name), person), Query(name))
    assert counted == len(expected)


def test_what_is_overdue_comes_first_and_what_has_no_due_date_last(tasks: Session) -> None:
    task(tasks, name="next week", assignee="chen", due_at=now() + 7 * DAY)
    assert titles(tasks, CHEN, "todo")[:2] == ["late", "next week"]


@pytest.fixture
def cases(crm: Session) -> dict[str, UUID]:
    definition = crm.info.setdefault("definition", None) or process(crm)
    crm.info["definition"] = definition
    made = {
        "running": instance(crm, definition, "A-1", initiator="chen"),
        "ended": instance(crm, definition, "A-2", initiator="chen", state="completed", ended_at=now()),
        "other": instance(crm, definition, "A-3"),
    }
    instance(crm, definition, "A-4", initiator="chen", parent_id=made["running"])
    crm.execute(insert(Watch).values(user_id="chen", process_instance_id=made["other"], since=now()))
    copied = {"process_instance_id": made["other"], "recipient": "chen", "sender": "zhou"}
    crm.execute(insert(Copy).values(id=new_id(), at=now(), read_at=now(), **copied))
    crm.execute(insert(Copy).values(id=new_id(), at=now() - DAY, **copied))
    crm.execute(insert(Draft).values(id=new_id(), user_id="chen", process_key="lead", values={}, saved_at=now()))
    crm.execute(
        insert(table_of(Incident)).values(
            id=new_id(),
            process_instance_id=made["other"],
            definition_id=definition,
            element_id="follow_up",
            code="expression_failed",
            message="no",
            created_at=now(),
        )
    )
    return made


def test_lists_of_cases(crm: Session, cases: dict[str, UUID]) -> None:
    def found(name: str, person: Principal = CHEN, *filters: str) -> list[UUID | None]:
        return [entry.process_instance_id for entry in look(crm, person, name, *filters).entries]

    assert set(found("started")) == {cases["running"], cases["ended"]}
    assert found("started", CHEN, "case_state:active") == [cases["running"]]
    assert found("watching") == [cases["other"]]
    assert found("copied") == [cases["other"]] * 2
    assert found("copied", CHEN, "read:-") == [cases["other"]]
    assert found("drafts") == [None]
    assert found("incidents", DEMO) == [cases["other"]]
    stuck = {
        name: look(crm, CHEN, name, shown=["stuck_at"]).entries[0].cells["stuck_at"] for name in ("watching", "started")
    }
    assert stuck == {"watching": ["follow_up"], "started": None}
    for name in ("started", "watching", "copied", "drafts"):
        assert found(name, ZHOU) == []


def test_a_draft_of_a_task_is_listed_until_the_task_is_done(crm: Session) -> None:
    for state in ("open", "completed"):
        made = task(crm, name=state, assignee="chen", state=state)
        crm.execute(insert(Draft).values(id=new_id(), user_id="chen", user_task_id=made, values={}, saved_at=now()))
    assert titles(crm, CHEN, "drafts") == ["open"]


def test_every_list_counts_in_one_statement(tasks: Session, cases: dict[str, UUID]) -> None:
    assert counting.count_lists(tasks, CHEN) == {
        "todo": 3,
        "queue": 2,
        "done": 1,
        "started": 1,
        "copied": 1,
        "on_behalf": 0,
        "watching": 1,
        "drafts": 1,
        "snoozed": 1,
    }
    assert counting.count_lists(tasks, LIU).keys() - counting.count_lists(tasks, CHEN).keys() == {
        "team",
        "overdue",
        "incidents",
    }
    assert counting.count_lists(tasks, DEMO)["incidents"] == 1


def test_managers_see_the_incidents_of_their_people(crm: Session, cases: dict[str, UUID]) -> None:
    assert look(crm, LIU, "incidents").entries == []
    crm.execute(
        insert(UserTask).values(
            task_row(cases["other"], crm.info["definition"], assignee="chen") | {"created_at": now(), "state": "open"}
        )
    )
    assert [entry.process_instance_id for entry in look(crm, LIU, "incidents").entries] == [cases["other"]]
    assert look(crm, CHEN, "incidents").entries == []
    assert (counting.count_lists(crm, LIU)["incidents"], counting.count_lists(crm, DEMO)["incidents"]) == (1, 1)


def test_there_are_no_other_lists() -> None:
    with pytest.raises(NotFound):
        listing("nothing")
    assert "todo" in LISTS


AMOUNT = BusinessField("amount", "金额", "Amount", "number")
CUSTOMER = BusinessField("customer", "客户", "Customer", "text")
FIELDS = {"amount": AMOUNT, "customer": CUSTOMER}


def offer(session: Session, amount: Any, customer: str = "海尔", **fields: Any) -> UUID:
    made = task(session, name=str(amount), assignee="chen", **fields)
    session.execute(
        table_of(ProcessInstance)
        .update()
        .where(table_of(ProcessInstance).c.id == inbox_instance(session, made))
        .values(variables={"amount": amount, "customer": customer}, search_text=f"{amount} {customer}")
    )
    return made


def inbox_instance(session: Session, task_id: UUID) -> UUID:
    found: UUID = session.get_one(UserTask, task_id).process_instance_id
    return found


@pytest.fixture
def offers(crm: Session) -> Session:
    for amount, customer in [
        (100, "海尔"),
        (Decimal("20.5"), "美的集团"),
        ("text", "格力"),
        (3000, "海尔智家"),
        (None, "Gree"),
    ]:
        offer(crm, amount, customer)
    return crm


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("field.amount", ["20.5", "100", "3000"]),
        ("-field.amount", ["3000", "100", "20.5"]),
        ("field.amount,-title", ["20.5", "100", "3000"]),
    ],
)
def test_a_business_field_sorts_what_has_none_last_page_by_page(offers: Session, sort: str, expected) -> None:
    everything, cursor = [], None
    while True:
        page = look(offers, DEMO, "all", sort=sort, fields=FIELDS, shown=["title"], cursor=cursor, limit=2)
        everything += [entry.cells["title"] for entry in page.entries]
        cursor = page.next
        if cursor is None:
            break
    assert everything[:3] == expected
    assert sorted(everything[3:]) == ["None", "text"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["field.amount:50..200"], {"100"}),
        (["field.amount:..200"], {"100", "20.5"}),
        (["field.amount:100"], {"100"}),
        (["field.amount:-"], {"None", "text"}),
        (["field.amount:100", "field.amount:3000"], {"100", "3000"}),
        (["field.customer:海尔"], {"100", "3000"}),
        (["field.customer:=海尔"], {"100"}),
        (["field.customer:gree"], {"None"}),
        (["field.customer:海尔", "field.amount:1000.."], {"3000"}),
        (["assignee:chen", "process:lead"], {"100", "20.5", "text", "3000", "None"}),
        (["assignee:zhou"], set()),
        (["due:overdue"], set()),
        (["unread:yes", "attachments:0", "draft:no", "decision:-"], {"100", "20.5", "text", "3000", "None"}),
    ],
)
def test_filters(offers: Session, filters, expected) -> None:
    assert set(titles(offers, DEMO, "all", *filters, fields=FIELDS)) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "nothing"},
        {"sort": "groups"},
        {"sort": "due,title,received,priority"},
        {"sort": "copied"},
        {"filters": ["nothing:1"]},
        {"filters": ["due"]},
        {"filters": ["due:tomorrow"]},
        {"filters": ["field.amount:much"]},
        {"filters": ["field.amount:.."]},
        {"filters": ["field.amount:1e999"]},
        {"filters": ["field.secret:1"]},
        {"filters": ["title:a\0"]},
        {"filters": ["unread:maybe"]},
        {"text": "a\0"},
        {"text": "a" * 201},
        {"cursor": "x"},
    ],
)
def test_what_cannot_be_asked_is_refused(offers: Session, query: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        look(offers, DEMO, "all", *query.pop("filters", []), fields=FIELDS, **query)


@pytest.mark.parametrize("person", [DEMO, CHEN])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("海尔", {"100", "3000"}),
        ("格", {"text"}),
        ("GREE", {"None"}),
        ("尔智", {"3000"}),
        ("%", set()),
        ("3000 海", {"3000"}),
    ],
)
def test_text_finds_parts_of_words_in_any_language(offers: Session, person, text: str, expected) -> None:
    assert set(titles(offers, person, "all" if person is DEMO else "todo", text=text)) == expected


def test_text_is_looked_for_in_comments_names_and_processes(offers: Session) -> None:
    made = offer(offers, 7)
    offers.execute(
        insert(table_of(Comment)).values(
            id=new_id(),
            process_instance_id=inbox_instance(offers, made),
            author="zhou",
            text="请尽快回复客户",
            created_at=now(),
        )
    )
    assert titles(offers, DEMO, "all", text="尽快") == ["7"]
    assert titles(offers, CHEN, "todo", text="尽快") == ["7"]
    assert len(titles(offers, DEMO, "all", text="线索到")) == 6
    assert len(titles(offers, CHEN, "todo", text="lead to")) == 6


def test_a_field_is_null_where_its_reader_is_not_shown_it(crm: Session) -> None:
    shown = offer(crm, 100, element_id="quote")
    offer(crm, 200, element_id="secret")
    definition = crm.info["definition"]
    amount = replace(AMOUNT, steps=frozenset({f"{definition}/quote"}))
    given: dict[str, Any] = {"fields": {"amount": amount}}
    rows = look(crm, CHEN, "todo", shown=["field.amount"], sort="-field.amount", **given).entries
    assert [row.cells["field.amount"] for row in rows] == [100, None]
    assert titles(crm, CHEN, "todo", "field.amount:150..", **given) == []
    assert [row.id for row in look(crm, CHEN, "todo", "field.amount:*", **given).entries] == [shown]
    assert titles(crm, DEMO, "all", "field.amount:150..", **given) == ["200"]


def test_facets_count_what_their_filter_would_leave(tasks: Session) -> None:
    task(tasks, name="soon", assignee="zhou", due_at=now() + 2 * DAY, candidate_groups=["sales"])
    columns = Columns(listing("all"), DEMO)
    wanted = facets.names(columns)
    found = facets.facets(tasks, columns, Query("all"), wanted)
    assert found.complete
    assert {each.value: each.count for each in found.values["groups"]} == {"sales": 3, "legal": 2}
    assert {each.value: each.count for each in found.values["due"]} == {"overdue": 2, "3d": 1, "7d": 1, "-": 6}
    for name, values in found.values.items():
        for each in values:
            assert counting.count_rows(tasks, columns, Query("all", (f"{name}:{each.value}",))) == each.count, (
                name,
                each,
            )


def test_a_facet_that_is_filtered_by_still_offers_its_other_values(tasks: Session) -> None:
    columns = Columns(listing("all"), DEMO)
    found = facets.facets(tasks, columns, Query("all", ("due:overdue",)), ["due", "unread", "process"])
    assert {each.value for each in found.values["due"]} == {"overdue", "-"}
    assert [(each.value, each.count) for each in found.values["process"]] == [("lead", 2)]


def test_only_some_columns_have_facets(tasks: Session) -> None:
    with pytest.raises(InvalidInput):
        facets.facets(tasks, Columns(listing("todo"), CHEN), Query("todo"), ["title"])


def test_what_somebody_may_not_decide_is_not_offered_to_them(crm: Session) -> None:
    task(crm, name="one's own request", candidate_groups=["sales"], barred=["chen"])
    assert titles(crm, CHEN, "queue") == []
    assert titles(crm, ZHOU, "queue") == ["one's own request"]
    stands_in = replace(SUN, stands_in_for={"zhou": None})
    task(crm, name="offered to zhou", candidate_users=["zhou"])
    assert titles(crm, stands_in, "on_behalf") == ["offered to zhou"]
    assert titles(crm, stands_in, "on_behalf", on_behalf_of="zhou") == ["offered to zhou"]
    assert titles(crm, stands_in, "on_behalf", on_behalf_of="chen") == []
    assert titles(crm, stands_in, "all") == ["offered to zhou"]


def test_the_state_of_the_time_left_is_a_column(crm: Session) -> None:
    task(crm, name="late", assignee="chen", due_at=now() - DAY)
    task(crm, name="paused", assignee="chen", due_at=now() - DAY, paused_at=now() - 2 * DAY)
    task(crm, name="whenever", assignee="chen")
    assert titles(crm, CHEN, "todo", "sla:overdue") == ["late"]
    assert titles(crm, CHEN, "todo", "sla:paused") == ["paused"]
