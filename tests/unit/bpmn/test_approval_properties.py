"""The properties of approvals and of time: read, refused with their place, warned about."""

from decimal import Decimal
from typing import Any

import pytest

from process_server.bpmn.approval import Fallback, withdraw_of
from process_server.bpmn.diagram.compile import read_processes
from process_server.bpmn.program import Element
from process_server.bpmn.sla import Escalation
from process_server.errors import InvalidProcess
from tests.bpmn_drawing import Node, draw, extensions, node, repeat, service, user


def with_properties(content: str = "", /, tag: str = "userTask", **properties: str) -> Node:
    named = {name.replace("_", ":", 1): value for name, value in properties.items()}
    inner = "".join(f'<camunda:property name="{name}" value="{value}"/>' for name, value in named.items())
    return node(tag, extensions(f"<camunda:properties>{inner}</camunda:properties>") + content)


def element(task: Node) -> Element:
    programs, _ = read_processes(draw("start > t > end", t=task), "model.bpmn")
    return programs[0].elements["t"]


def problems(task: Node, extra: str = "") -> list[tuple[str, str]]:
    """Severity and code of what is wrong with a task."""
    try:
        _, found = read_processes(draw("start > t > end", t=task, extra=extra), "model.bpmn")
    except InvalidProcess as error:
        found = error.problems
    assert all(problem["line"] for problem in found)
    return [(problem["severity"], problem["code"]) for problem in found]


def test_a_task_without_any_is_no_approval() -> None:
    found = element(user(camunda_assignee="a"))
    assert (found.approval, found.sla) == (None, None)


def test_all_is_read() -> None:
    found = element(
        with_properties(
            approver_by="department_head", approver_of="east", approver_levels="1-3", approver_none="group:board",
            approver_initiator="head", approver_repeat="pass", approval_mode="ratio", approval_threshold="0.6",
            approval_order="sequential", approval_veto="true", approval_approve="ok", approval_reject="no,never",
            approval_actions="transfer, return", approval_opinion="on_reject", approval_signature="required",
            approval_reasons="price:价格;terms:条款", **{"approval_reasons:en": "price:Price"},
            approval_submitter="true", copy_users="ann", copy_groups="law", copy_on="complete",
            outcome_variable="decision",
        )
    ).approval  # fmt: skip
    assert found is not None
    assert (found.by, found.of, found.levels, found.none) == (
        "department_head",
        "east",
        (1, 3),
        Fallback("group", "board"),
    )
    assert (found.initiator, found.repeat, found.mode, found.threshold) == ("head", "pass", "ratio", "0.6")
    assert (found.sequential, found.veto, found.approve, found.reject) == (True, True, ("ok",), ("no", "never"))
    assert (found.actions, found.opinion, found.signature) == (frozenset({"transfer", "return"}), "on_reject", True)
    assert [(reason.code, reason.label("en"), reason.label("zh-CN")) for reason in found.reasons] == [
        ("price", "Price", "价格"),
        ("terms", "条款", "条款"),
    ]
    assert (found.submitter, found.copy_users, found.copy_groups, found.copy_on) == (True, "ann", "law", "complete")
    assert found.outcome_variable == "decision"


def test_zeebe_properties_say_the_same() -> None:
    inner = '<zeebe:properties><zeebe:property name="approval:mode" value="any"/></zeebe:properties>'
    found = element(user(extensions(inner + "<zeebe:userTask/>"))).approval
    assert found is not None
    assert found.mode == "any"


def test_time_is_read() -> None:
    found = element(
        with_properties(
            sla_due="PT16H", sla_time="working", sla_calendar="cn", sla_warn="0.75", sla_timeout="P5D",
            sla_timeout_outcome="approve", sla_pauses="true",
            sla_escalate="PT4H supervisor; P1D department_head ; P2D group:board reassign",
        )
    ).sla  # fmt: skip
    assert found is not None
    assert (found.due, found.working, found.calendar, found.warn_share) == ("PT16H", True, "cn", Decimal("0.75"))
    assert (found.timeout, found.timeout_outcome, found.pauses) == ("P5D", "approve", True)
    assert found.escalations == (
        Escalation("PT4H", "supervisor"),
        Escalation("P1D", "department_head"),
        Escalation("P2D", "group", "board", reassign=True),
    )
    before = element(with_properties(sla_warn="PT2H")).sla
    assert before is not None
    assert (before.warn_share, before.warn_before) == (None, "PT2H")


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"approver_by": "boss"}, "unknown_value"),
        ({"approver_by": "group"}, "no_approver"),
        ({"approver_by": "field"}, "no_approver"),
        ({"approver_by": "supervisor", "approver_levels": "0"}, "bad_levels"),
        ({"approver_by": "supervisor", "approver_levels": "3-1"}, "bad_levels"),
        ({"approver_by": "supervisor", "approver_levels": "21"}, "bad_levels"),
        ({"approver_none": "user:"}, "bad_fallback"),
        ({"approver_none": "nobody"}, "bad_fallback"),
        ({"approver_initiator": "boss"}, "unknown_value"),
        ({"approver_repeat": "true"}, "unknown_value"),
        ({"approval_mode": "most"}, "unknown_value"),
        ({"approval_mode": "count"}, "bad_threshold"),
        ({"approval_mode": "count", "approval_threshold": "1.5"}, "bad_threshold"),
        ({"approval_mode": "count", "approval_threshold": "0"}, "bad_threshold"),
        ({"approval_mode": "ratio", "approval_threshold": "1.01"}, "bad_threshold"),
        ({"approval_mode": "ratio", "approval_threshold": "NaN"}, "bad_threshold"),
        ({"approval_mode": "ratio", "approval_threshold": "2/0"}, "bad_threshold"),
        ({"approval_mode": "ratio", "approval_threshold": "3/2"}, "bad_threshold"),
        ({"approval_mode": "all", "approval_order": "random"}, "unknown_value"),
        ({"approval_veto": "yes"}, "unknown_value"),
        ({"approval_actions": "transfer,fly"}, "unknown_value"),
        ({"approval_opinion": "always"}, "unknown_value"),
        ({"approval_signature": "true"}, "unknown_value"),
        ({"approval_approve": "ok", "approval_reject": "ok"}, "both_verdicts"),
        ({"approval_bulk": "true", "approval_signature": "required"}, "no_bulk"),
        ({"approval_bulk": "true", "approval_opinion": "required"}, "no_bulk"),
        ({"approval_rules": "true", "approval_signature": "required"}, "no_rules"),
        ({"approval_rules": "true", "approval_opinion": "required"}, "no_rules"),
        ({"approval_rules": "maybe"}, "unknown_value"),
        ({"copy_on": "sometimes"}, "unknown_value"),
        ({"sla_due": "two days"}, "bad_duration"),
        ({"sla_time": "office"}, "unknown_value"),
        ({"sla_warn": "75"}, "bad_warning"),
        ({"sla_warn": "0.0"}, "bad_warning"),
        ({"sla_warn": "PX"}, "bad_duration"),
        ({"sla_timeout": "5", "outcome_variable": "decision"}, "bad_duration"),
        ({"sla_escalate": "PT4H boss"}, "bad_escalation"),
        ({"sla_escalate": "PT4H group"}, "bad_escalation"),
        ({"sla_escalate": "P1X supervisor"}, "bad_duration"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_place(properties: dict[str, str], code: str) -> None:
    assert problems(with_properties(**properties)) == [("error", code)]


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"approver_of": "ann"}, "no_strategy"),
        ({"approver_by": "user", "approver_of": "ann", "approver_levels": "2"}, "useless_levels"),
        ({"approval_threshold": "2"}, "useless_threshold"),
        ({"approval_order": "parallel"}, "useless_order"),
        ({"approver_by": "round_robin", "approver_of": "law", "approval_mode": "all"}, "one_signer"),
        ({"approval_mode": "count", "approval_threshold": "2", "approval_veto": "true"}, "veto"),
        ({"approval_actions": "remove_signer"}, "useless_action"),
        ({"approval_colour": "red"}, "unknown_property"),
        ({"copy_to": "ann"}, "unknown_property"),
        ({"sla_timeout_outcome": "reject"}, "useless_timeout"),
        ({"sla_hours": "8"}, "unknown_property"),
    ],
)
def test_what_has_no_effect_is_warned_of(properties: dict[str, str], code: str) -> None:
    assert problems(with_properties(**properties)) == [("warning", code)]


def test_expressions_are_left_to_the_case() -> None:
    assert problems(with_properties(approval_mode="count", approval_threshold="${votes}", sla_due="${until}")) == []


def test_an_approver_besides_the_strategy_has_no_effect() -> None:
    given = '<camunda:properties><camunda:property name="approver:by" value="supervisor"/></camunda:properties>'
    assert problems(user(extensions(given), camunda_assignee="ann")) == [("warning", "two_approvers")]


def test_a_task_is_not_repeated_twice() -> None:
    loop = repeat(camunda_collection="${people}", camunda_elementVariable="it")
    assert problems(with_properties(loop, approval_mode="all")) == [("error", "two_loops")]
    bare = problems(with_properties(repeat(), approval_mode="all"))
    assert [severity for severity, _ in bare if severity == "error"] == []


def test_only_people_approve() -> None:
    given = '<camunda:properties><camunda:property name="approver:by" value="supervisor"/></camunda:properties>'
    assert problems(service("x", extensions(given))) == [("warning", "useless_property")]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("approval:withdraw", "maybe", [("error", "unknown_value")]),
        ("approver:none", "me", [("error", "bad_fallback")]),
        ("approval:mode", "all", [("warning", "useless_property")]),
        ("approval:withdraw", "always", []),
    ],
)
def test_what_the_process_says_is_checked(name: str, value: str, found: list[Any]) -> None:
    given = f'<camunda:properties><camunda:property name="{name}" value="{value}"/></camunda:properties>'
    assert problems(user(camunda_assignee="a"), extra=extensions(given)) == found


def test_one_step_is_the_submitters() -> None:
    mine = with_properties(approval_submitter="true")
    _, found = read_processes(draw("start > a > b > end", a=mine, b=mine), "model.bpmn")
    assert [(problem["code"], problem["element"]) for problem in found] == [("two_submitters", "b")]


def test_a_case_is_withdrawn_while_undecided_unless_the_process_says_otherwise() -> None:
    assert [withdraw_of({}), withdraw_of({"approval:withdraw": "never"})] == ["undecided", "never"]
