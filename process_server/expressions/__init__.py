"""Expressions in JUEL, FEEL and plain form, decisions, and the times they speak of: one safe compiler, no database."""

from process_server.expressions.expression import (
    DialectName,
    Expression,
    compile_expression,
    compile_template,
    is_expression,
    parse_expression,
)
from process_server.expressions.feel.unary import UnaryTests, compile_unary_tests
from process_server.expressions.script import Script, compile_script
from process_server.expressions.times import Due, TimerKind, next_due, parse_timer

__all__ = [
    "DialectName",
    "Due",
    "Expression",
    "Script",
    "TimerKind",
    "UnaryTests",
    "compile_expression",
    "compile_script",
    "compile_template",
    "compile_unary_tests",
    "is_expression",
    "next_due",
    "parse_expression",
    "parse_timer",
]
