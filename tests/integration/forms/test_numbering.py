"""Automatic numbers: without two the same, without gaps where that is asked, and nobody waits for themselves."""

from typing import Any

import pytest

from process_server.db import unit_of_work
from process_server.forms.numbering import assign
from tests.unit.forms.factories import form


def number(key: str, **properties: str) -> dict[str, Any]:
    """Return an automatic number."""
    made = {"ctl": "auto_number", "pattern": "{000}", **properties}
    return {"type": "textfield", "key": key, "label": key, "readonly": True, "properties": made}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("order", [("strict", "loose"), ("loose", "strict")])
def test_two_numbers_of_one_sequence_do_not_wait_for_each_other(order: tuple[str, str]) -> None:
    """One without gaps holds the sequence until the form is sent: the other must not ask for it elsewhere."""
    fields = {"strict": number("strict", sequence="KH"), "loose": number("loose", sequence="KH", gapless="false")}
    with unit_of_work() as session:
        given = assign(session, form(*(fields[key] for key in order)), {})
    assert sorted(given.values()) == ["001", "002"]


@pytest.mark.usefixtures("database")
def test_what_is_rolled_back_gives_its_number_back_unless_gaps_are_allowed() -> None:
    schema = form(number("strict"), number("loose", gapless="false"))
    for _ in range(2):
        with unit_of_work() as session:
            assign(session, schema, {})
            session.rollback()
    with unit_of_work() as session:
        assert assign(session, schema, {}) == {"strict": "001", "loose": "003"}


@pytest.mark.usefixtures("database")
def test_sequences_are_taken_in_one_order_whatever_the_order_of_the_fields() -> None:
    """Two forms that name the same sequences the other way round never hold what the other waits for."""
    with unit_of_work() as session:
        taken = assign(session, form(number("b", sequence="B"), number("a", sequence="A")), {})
    assert list(taken) == ["a", "b"]
