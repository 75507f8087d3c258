"""JUEL: what models for Camunda 7 and Flowable write between `${` and `}`."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from process_server import clock
from process_server.errors import ExpressionFailed, Invalid, InvalidExpression
from process_server.expressions import compile_expression, compile_template, is_expression
from process_server.i18n import error_text

SCOPE: dict[str, Any] = {
    "amount": 1200,
    "price": Decimal("19.90"),
    "count": "3",
    "name": "Li Wei",
    "none": None,
    "approved": True,
    "empty_list": [],
    "items": [{"id": "a", "qty": 2}, {"id": "b", "qty": 5}],
    "customer": {"name": "Acme", "address": {"city": "上海"}, "tags": ["vip", "new"]},
    "day": datetime(2030, 1, 31, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai")),
    "json": '{"a": {"b": [1, 2.5]}, "s": "x"}',
    "business_key": "BK-1",
    "process_instance_id": "42",
    "task": {"id": "t1", "name": "Check", "assignee": "li"},
    "supervisor": lambda user: f"boss of {user}",
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        # literals and operators
        ("${1 + 2 * 3}", 7),
        ("${10 / 4}", Decimal("2.5")),
        ("${10 div 4}", Decimal("2.5")),
        ("${7 % 4}", 3),
        ("${7 mod 4}", 3),
        ("${-amount}", -1200),
        ("${0.1 + 0.2}", Decimal("0.3")),
        ("${price * 3}", Decimal("59.70")),
        ("${'a' + 1}", "a1"),
        ("${count + 1}", 4),
        ("${none + 1}", 1),
        ("${'it\\'s'}", "it's"),
        # comparisons, in signs and in words
        ("${amount > 1000}", True),
        ("${amount gt 1000 and amount le 1200}", True),
        ("${amount eq 1200}", True),
        ("${amount ne 1200}", False),
        ("${amount lt 5 or amount ge 6}", True),
        ("${count == 3}", True),
        ("${approved == true}", True),
        ("${approved == 'true'}", True),
        ('${name == "Li Wei"}', True),
        ("${none == null}", True),
        ("${none > 3}", False),
        ("${nothing == null}", True),
        ("${null != nothing}", False),
        ("${nothing.at.all == null}", True),
        # logic
        ("${!approved}", False),
        ("${not approved}", False),
        ("${approved && amount > 2000 || name == 'Li Wei'}", True),
        ("${empty nothing}", True),
        ("${not empty items}", True),
        ("${!empty empty_list}", False),
        ("${empty name}", False),
        ("${approved ? 'yes' : 'no'}", "yes"),
        ("${amount > 5000 ? 'a' : amount > 1000 ? 'b' : 'c'}", "b"),
        # access
        ("${customer.address.city}", "上海"),
        ("${customer['name']}", "Acme"),
        ("${items[1].qty}", 5),
        ("${items[9]}", None),
        ("${none.x}", None),
        # methods
        ("${name.contains('Wei')}", True),
        ("${name.startsWith('Li')}", True),
        ("${name.matches('L.*')}", True),
        ("${name.matches('L')}", False),
        ("${name.endsWith('x')}", False),
        ("${name.toUpperCase()}", "LI WEI"),
        ("${name.toLowerCase().trim().length()}", 6),
        ("${name.equals('Li Wei')}", True),
        ("${name.equalsIgnoreCase('LI wei')}", True),
        ("${name.substring(0, 2)}", "Li"),
        ("${name.indexOf('W')}", 3),
        ("${name.replace('Li', 'Wu')}", "Wu Wei"),
        ("${items.size()}", 2),
        ("${empty_list.isEmpty()}", True),
        ("${customer.tags.contains('vip')}", True),
        ("${customer.get('name')}", "Acme"),
        ("${customer.containsKey('x')}", False),
        ("${items.get(0).id}", "a"),
        ("${amount.toString()}", "1200"),
        ("${price.intValue()}", 19),
        ("${amount.compareTo(5)}", 1),
        ("${String.valueOf(amount)}", "1200"),
        ("${Math.max(3, 7)}", 7),
        ("${Math.round(2.5)}", 3),
        ("${S(json).prop('a').prop('b').elements().size()}", 2),
        ("${JSON(json).prop('s').stringValue()}", "x"),
        ("${S(json).jsonPath('$.a.b[1]').numberValue()}", Decimal("2.5")),
        # execution and task
        ("${execution.getVariable('amount')}", 1200),
        ("${execution.getVariable('nothing')}", None),
        ("${execution.hasVariable('nothing')}", False),
        ("${execution.processBusinessKey}", "BK-1"),
        ("${execution.getProcessInstanceId()}", "42"),
        ("${task.assignee}", "li"),
        ("${task.getName()}", "Check"),
        ("${items[0].isSold()}", None),
        # dates
        ("${day.plusDays(1).getDayOfMonth()}", 1),
        ("${day.plusMonths(1).getDayOfMonth()}", 28),
        ("${day.withHourOfDay(18).toString('yyyy-MM-dd HH:mm')}", "2030-01-31 18:30"),
        ("${day.minusYears(1).year}", 2029),
        ("${day.isBefore(day.plusSeconds(1))}", True),
        # the house's own functions
        ("${supervisor('li')}", "boss of li"),
        ("#{amount}", 1200),
    ],
)
def test_an_expression_has_its_value(expression: str, value: Any) -> None:
    """One expression alone keeps the type of its value."""
    found = compile_expression(expression).evaluate(SCOPE)
    assert found == value
    assert type(found) is type(value)


def test_several_expressions_make_a_text() -> None:
    """Text around an expression makes the whole a text."""
    text = "Order ${amount} of ${name}: ${price} ${none}\\${kept} #{approved}"
    assert compile_template(text).evaluate(SCOPE) == "Order 1200 of Li Wei: 19.90 ${kept} true"
    assert compile_template("no mark").evaluate({}) == "no mark"
    assert compile_template("${amount}").evaluate(SCOPE) == 1200


def test_a_date_is_now_in_the_time_zone_of_the_company() -> None:
    """`dateTime()` moves with the clock, and days keep the wall clock."""
    with clock.travel(timedelta(days=400)):
        due = compile_expression("${dateTime().plusDays(3).toDate()}").evaluate({})
    assert due.tzinfo is not None
    assert timedelta(days=402, hours=23) < due - datetime.now(UTC) < timedelta(days=403, hours=1)


def test_a_missing_variable_is_named() -> None:
    """The error names the variable and the expression."""
    with pytest.raises(ExpressionFailed, match="there is no variable total") as caught:
        compile_expression("${total > 3}").evaluate(SCOPE)
    assert caught.value.params["variable"] == "total"
    assert caught.value.params["expression"] == "${total > 3}"


@pytest.mark.parametrize(
    ("expression", "reason", "position"),
    [
        ("${amount >}", "ends too early", (1, 11)),
        ("${a b}", "'b' is not expected", (1, 5)),
        ("${'abc}", "begins with ' is not closed", (1, 3)),
        ("${abc", "a } is missing", (1, 1)),
        ("text ${", "a } is missing", (1, 6)),
        ("${}", "nothing between", (1, 3)),
        ("${a +\n * b}", "'*' is not expected", (2, 2)),
        ("${a @ b}", "'@' is not expected", (1, 5)),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(expression: str, reason: str, position: tuple[int, int]) -> None:
    """Line and column count from 1, in the whole text."""
    with pytest.raises(InvalidExpression, match=reason) as caught:
        compile_expression(expression)
    assert caught.value.params["position"] == position
    assert caught.value.params["expression"] == expression


def test_variables_and_functions_are_known_without_evaluating() -> None:
    """What a deployment checks."""
    made = compile_expression("${amount > limit && supervisor(user).active && not empty note}")
    assert made.variables == {"amount", "limit", "user", "note"}
    assert made.functions == {"supervisor"}


@pytest.mark.parametrize(("text", "answer"), [("${a}", True), ("x #{a}", True), (" =a", True), ("a = b", False)])
def test_a_mark_tells_an_expression(text: str, answer: bool) -> None:
    """Only `${`, `#{` and a leading `=` make a text an expression."""
    assert is_expression(text) is answer


def test_setting_a_variable_in_an_expression_is_refused() -> None:
    """Only scripts and listeners write."""
    with pytest.raises(ExpressionFailed, match="only in a script"):
        compile_expression("${execution.setVariable('a', 1)}").evaluate({})


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("${x > 1}", "无法计算表达式 ${x > 1}：'abc' 不是数字。"),
        ("${n.size}", "无法计算表达式 ${n.size}：数字没有属性 size。"),
        ("${1 / 0}", "无法计算表达式 ${1 / 0}：除数为零。"),
        ("${x +}", "无法解析表达式 ${x +}：它过早结束（第 1 行，第 6 列）。"),
    ],
)
def test_why_it_failed_is_said_in_the_language_of_the_reader(text: str, chinese: str) -> None:
    with pytest.raises(Invalid) as caught:
        compile_expression(text).evaluate({"x": "abc", "n": 1})
    assert error_text("zh-CN", caught.value) == chinese
