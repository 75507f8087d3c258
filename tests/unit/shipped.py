"""Runs the shipped processes in memory, without a database: the company, a case, and the steps of people in it.

What people enter goes through their forms, as the server checks it; what is sent for a field that is hidden or
read-only is lost here as it is there.
"""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from process_server.bpmn.diagram.compile import read_processes
from process_server.bpmn.engine.execution import Execution
from process_server.bpmn.host import DecisionResult, NoHost, Question
from process_server.bpmn.program import Program
from process_server.bpmn.waits import CallWait, IncidentWait, JobWait, TimerWait, UserTaskWait
from process_server.expressions.dmn import read_decisions
from process_server.forms.components import FormSchema
from process_server.forms.schema import read_form
from process_server.forms.submission import validate
from process_server.identity.organisation import read_organisation
from process_server.values import dump_json, load_json, show

FOLDER = Path(__file__).parents[2] / "processes"


@cache
def programs() -> dict[str, Program]:
    read = [read_processes(path.read_bytes(), path.name) for path in FOLDER.glob("*.bpmn")]
    assert [problem for _, problems in read for problem in problems] == []
    return {program.key: program for found, _ in read for program in found}


@cache
def decisions() -> dict[str, Any]:
    read = [read_decisions(path.read_bytes(), path.name) for path in FOLDER.glob("*.dmn")]
    assert [problem for _, problems in read for problem in problems] == []
    return {key: model for model, _ in read for key in model.decisions}


@cache
def forms() -> dict[str, FormSchema]:
    read = [read_form(path.read_bytes(), path.name)[0] for path in FOLDER.glob("*.form")]
    return {schema.id: schema for schema in read if schema is not None}


def entered(form: str | None, given: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """What the server takes over of a form."""
    assert form is not None
    checked = validate(forms()[form], {name: show(value) for name, value in given.items()}, variables=variables)
    assert checked.ignored == []
    assert checked.dropped == []
    return checked.values


class Company(NoHost):
    """The house without a database: people and figures from the files, decisions from the tables."""

    def __init__(self) -> None:
        self.people = {user.id: user for user in read_organisation(FOLDER / "organisation.toml").user}
        self.load: dict[str, int] = {}
        self.figures = tomllib.loads((FOLDER / "parameters.toml").read_text())
        self.functions: Mapping[str, Any] = {
            "parameter": lambda key: self.figures[key]["value"],
            "supervisor": lambda user: self.people[user].supervisor,
            "department_head": lambda department: None,
            "members": self.members,
            "least_loaded": lambda group: min(
                self.members(group), key=lambda user: self.load.get(user, 0), default=None
            ),
            "user_name": lambda user: self.people[user].name,
        }

    def approvers(self, question: Question) -> tuple[str, ...]:
        if question.by == "group":
            return tuple(user for group in question.of for user in self.members(group))
        return super().approvers(question)

    def members(self, group: str) -> list[str]:
        return [user.id for user in self.people.values() if group in user.groups]

    def decide(
        self, decision: str, variables: Mapping[str, Any], *, binding: str = "latest", version: str | None = None
    ) -> DecisionResult:
        result: DecisionResult = decisions()[decision].evaluate(decision, variables)
        return result


def _stored(execution: Execution) -> Execution:
    """Save and load an execution, as happens between any two commands; what it waits for stands in rows."""
    loaded = Execution.load(
        execution.program,
        execution.dump(),
        instance_id=execution.instance_id,
        variables=load_json(dump_json(execution.variables)),
        initiator=execution.initiator,
        business_key=execution.business_key,
        host=execution.host,
    )
    assert loaded.waits.keys() == execution.waits.keys()
    loaded.waits.update(execution.waits)
    return loaded


class Case:
    """A process instance with all it calls; jobs of connectors are done at once and kept in `sent`."""

    def __init__(self, key: str, house: Company | None = None, /, **variables: Any) -> None:
        self.company = house or Company()
        self.sent: list[dict[str, Any]] = []
        self.history: list[tuple[str, str]] = []
        self.ends: list[str] = []
        self.running: dict[UUID, tuple[Execution, UUID | None, UUID | None]] = {}
        self.called: set[UUID] = set()
        self.root = self._start(key, entered(programs()[key].start_form_key, variables, {}), None, None, "K-1")
        self._settle()

    def _start(
        self, key: str, variables: dict[str, Any], parent: UUID | None, token: UUID | None, business_key: str | None
    ) -> Execution:
        id_ = uuid4()
        execution = Execution.start(
            programs()[key],
            instance_id=id_,
            variables=variables,
            initiator="lin.yue",
            business_key=business_key,
            host=self.company,
        )
        self.running[id_] = (execution, parent, token)
        return execution

    def _settle(self) -> None:
        while any(self._step(id_) for id_ in list(self.running)):
            pass
        for id_, (execution, parent, token) in self.running.items():
            self.running[id_] = (_stored(execution), parent, token)
            if execution is self.root:
                self.root = self.running[id_][0]

    def _step(self, id_: UUID) -> bool:
        execution, parent, token = self.running[id_]
        self._remember(execution)
        for wait in list(execution.waits.values()):
            assert not isinstance(wait, IncidentWait), wait
            if isinstance(wait, JobWait):
                assert wait.topic in ("notify", "archive_sheet")
                if wait.topic == "notify":
                    self.sent.append({"element": wait.element, **wait.payload})
                execution.complete(wait.token, {})
                return True
            if isinstance(wait, CallWait) and wait.token not in self.called:
                self.called.add(wait.token)
                self._start(wait.called, dict(wait.variables), id_, wait.token, wait.business_key)
                return True
        if execution.ended:
            del self.running[id_]
            if parent is not None and token is not None:
                self.running[parent][0].complete(token, execution.variables)
            return True
        return False

    def _remember(self, execution: Execution) -> None:
        for visit in execution.visits:
            if visit.element_type == "endEvent":
                self.ends.append(visit.element)
            self.history.append((visit.element, visit.outcome))
        execution.visits.clear()

    def waits(self, kind: type[Any]) -> list[tuple[Execution, Any]]:
        return [(e, w) for e, _, _ in self.running.values() for w in e.waits.values() if isinstance(w, kind)]

    @property
    def open(self) -> list[str]:
        """The elements of the open user tasks."""
        return sorted(wait.element for _, wait in self.waits(UserTaskWait))

    def task(self, element: str) -> UserTaskWait:
        found: list[UserTaskWait] = [wait for _, wait in self.waits(UserTaskWait) if wait.element == element]
        assert found, f"{element} is not open, but {self.open}"
        return found[0]

    def do(self, element: str, assignee: str | None = None, **variables: Any) -> "Case":
        """Complete a user task."""
        for execution, wait in self.waits(UserTaskWait):
            if wait.element == element and assignee in (None, wait.assignee):
                values = entered(wait.form_key, variables, execution.variables)
                execution.complete(wait.token, values, actor=wait.assignee)
                self._settle()
                return self
        raise AssertionError(f"{element} of {assignee} is not open, but {self.open}")

    def timer(self, element: str) -> datetime:
        due: datetime = next(wait.due for _, wait in self.waits(TimerWait) if wait.element == element)
        return due

    def fire(self, element: str) -> None:
        execution, wait = next((e, w) for e, w in self.waits(TimerWait) if w.element == element)
        execution.fire(wait.token)
        self._settle()

    def to(self, element: str) -> list[Any]:
        """Whom an element told."""
        told: list[str] = []
        for notice in self.sent:
            if notice["element"] == element:
                to = notice.get("to", [])
                told += [to] if isinstance(to, str) else to
                told += self.company.members(notice["groups"]) if "groups" in notice else []
        return told

    @property
    def over(self) -> bool:
        return not self.running

    @property
    def variables(self) -> dict[str, Any]:
        return self.root.variables


LEAD = {
    "company": "上海远景机械",
    "contact_name": "陆明",
    "phone": "13800138000",
    "origin": "上海",
    "industry": "retail",
    "source": "website",
    "demand": "两条装配线",
}


def lead(house: Company | None = None, /, **changes: Any) -> Case:
    return Case("lead_to_cash", house, **{**LEAD, **changes})


def followed(case: Case, result: str = "convert", **more: Any) -> Case:
    return case.do(
        "follow_up",
        follow_up_date=date(2026, 11, 20),
        follow_up_method="phone",
        follow_up_notes="初次沟通",
        follow_up_result=result,
        **more,
    )


def converted(case: Case, amount: str = "80000") -> Case:
    return case.do(
        "convert",
        opportunity_name="装配线改造",
        opportunity_amount=Decimal(amount),
        opportunity_stage="analysis",
        expected_close=date(2026, 12, 20),
        product_need="机器人",
    )


def quoted(case: Case, price: str = "40000", quantity: int = 1, discount: Any = None) -> Case:
    line = {"product": "机器人", "quantity": quantity, "unit_price": Decimal(price), "discount": discount}
    return case.do("request_quote", quote_lines=[line], quote_valid_until=date(2026, 12, 31))


CONTRACT = {
    "contract_no": "HT-1",
    "contract_name": "装配线合同",
    "contract_type": "sales",
    "signing_date": date(2026, 11, 30),
    "payment_due": date(2026, 12, 30),
    "payment_terms": "net30",
}


def won(case: Case, amount: str = "40000") -> Case:
    return case.do("negotiate", negotiation_result="won", contract_amount=Decimal(amount), **CONTRACT)


def contract(amount: str, **changes: Any) -> Case:
    return Case(
        "contract_approval", None, company="上海远景机械", contract_amount=Decimal(amount), **{**CONTRACT, **changes}
    )


def paid(case: Case, amount: str) -> Case:
    return case.do(
        "confirm_payment",
        payment_amount=Decimal(amount),
        payment_date=date(2026, 12, 20),
        payment_method="transfer",
        bank_reference="T-1",
    )


def approved(amount: str = "40000") -> Case:
    case = won(quoted(converted(followed(lead()))), amount)
    case.do("legal_review", legal_decision="approve", legal_risk="low")
    case.do("finance_review", finance_decision="approve", credit_rating="A")
    return case.do("archive", archive_no="DA-1", originals_complete=True)
