"""Correlation keys of the standard: a message finds its instance by what it holds."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from process_server.bpmn import commands
from process_server.bpmn.models import ProcessInstance
from process_server.errors import AmbiguousCorrelation, NotCorrelated
from tests.bpmn_drawing import Trial, draw, extensions, message, node, start, throw
from tests.integration.crm import DEMO as ADMIN

PROPERTIES = """
<bpmn:correlationProperty id="order_id">
<bpmn:correlationPropertyRetrievalExpression messageRef="Message_1"><bpmn:messagePath>${order.id}</bpmn:messagePath>
</bpmn:correlationPropertyRetrievalExpression>
<bpmn:correlationPropertyRetrievalExpression messageRef="Message_2"><bpmn:messagePath>${paid.order}</bpmn:messagePath>
</bpmn:correlationPropertyRetrievalExpression></bpmn:correlationProperty>
<bpmn:collaboration id="C"><bpmn:correlationKey id="K">
<bpmn:correlationPropertyRef>order_id</bpmn:correlationPropertyRef></bpmn:correlationKey></bpmn:collaboration>"""
OWN = """<bpmn:correlationSubscription id="S" correlationKeyRef="K">
<bpmn:correlationPropertyBinding correlationPropertyRef="order_id"><bpmn:dataPath>${number}</bpmn:dataPath>
</bpmn:correlationPropertyBinding></bpmn:correlationSubscription>"""
PAYMENT = node("intermediateCatchEvent", message(2))


def begin(session: Session, key: str = "P", **variables: Any) -> UUID:
    held = commands.latest(session, key)
    return commands.start_instance(session, held.id, variables, actor=ADMIN).id


def pay(session: Session, order: Any, **options: Any) -> Any:
    found = {"paid": {"order": order}}
    return commands.correlate_message(session, "M2", found, actor=ADMIN, **options)


def ended(session: Session, instance: UUID) -> bool:
    query = select(ProcessInstance.state).where(ProcessInstance.id == instance)
    return session.execute(query).scalar_one() == "completed"


def deploy(session: Session, *lines: str, extra: str = "", definitions: str = PROPERTIES, **nodes: Any) -> None:
    commands.deploy(session, {"m.bpmn": draw(*lines, extra=extra, definitions=definitions, **nodes)})


def test_what_the_process_knows_is_compared_with_what_the_message_holds(session: Session) -> None:
    deploy(session, "start > p > end", extra=OWN, p=PAYMENT)
    first, second = begin(session, number=7), begin(session, number=8)
    pay(session, 8)
    assert (ended(session, first), ended(session, second)) == (False, True)
    pay(session, "7")
    assert ended(session, first)


def test_the_message_that_began_the_conversation_fixes_the_key(session: Session) -> None:
    deploy(session, "start > p > end", start=start(message()), p=PAYMENT)
    starts = [
        commands.correlate_message(session, "M1", {"order": {"id": number}}, actor=ADMIN) for number in ("A1", "A2")
    ]
    pay(session, "A2")
    assert [ended(session, running.id) for running in starts] == [False, True]


def test_the_message_that_was_sent_fixes_the_key(session: Session) -> None:
    deploy(session, "start > t > p > end", t=throw(message()), p=PAYMENT)
    first, second = begin(session, order={"id": 1}), begin(session, order={"id": 2})
    pay(session, 2)
    assert (ended(session, first), ended(session, second)) == (False, True)


def test_a_message_of_no_conversation_is_not_wanted(session: Session) -> None:
    deploy(session, "start > p > end", extra=OWN, p=PAYMENT)
    begin(session, number=7)
    with pytest.raises(NotCorrelated):
        pay(session, 9)
    with pytest.raises(NotCorrelated):
        commands.correlate_message(session, "M2", {}, actor=ADMIN)


def test_an_instance_without_a_conversation_takes_any_message_and_two_of_them_are_too_many(session: Session) -> None:
    deploy(session, "start > p > end", p=PAYMENT)
    first = begin(session)
    begin(session)
    with pytest.raises(AmbiguousCorrelation):
        pay(session, 1)
    pay(session, 1, instance_id=first)
    assert ended(session, first)


def test_a_conversation_is_kept_while_other_work_is_done() -> None:
    model = draw("start > a > p > end", start=start(message()), p=PAYMENT, definitions=PROPERTIES)
    trial = Trial(model, {"order": {"id": "A1"}}, start_element="start").complete("a", order=None)
    assert trial.wait("p").correlation_key == "A1"


def test_the_key_may_be_given_as_well(session: Session) -> None:
    deploy(session, "start > p > end", extra=OWN, p=PAYMENT)
    first, _ = begin(session, number=7), begin(session, number=8)
    commands.correlate_message(session, "M2", {}, actor=ADMIN, correlation_key="7")
    assert ended(session, first)


def test_one_process_answers_another_of_the_same_conversation(session: Session) -> None:
    payload = extensions(
        '<camunda:inputOutput><camunda:inputParameter name="paid">${{"order": number}}</camunda:inputParameter>'
        "</camunda:inputOutput>"
    )
    answer = node("intermediateThrowEvent", payload + message(2))
    deploy(session, "start > p > end", extra=OWN, p=PAYMENT)
    other = draw("start > t > end", definitions=PROPERTIES, t=answer).replace(b'id="P"', b'id="Q"')
    commands.deploy(session, {"q.bpmn": other})
    first, second = begin(session, number=7), begin(session, number=8)
    begin(session, "Q", number=8)
    assert (ended(session, first), ended(session, second)) == (False, True)
