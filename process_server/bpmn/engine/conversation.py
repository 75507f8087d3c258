"""Conversations: correlation keys of the standard, by which a message finds the instance it belongs to.

A key is made of properties. Each has a path into the message; the first message sent or received fixes its value for
the instance, unless a correlation subscription says how the process itself knows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from process_server.bpmn.engine.formulas import Evaluable
from process_server.bpmn.waits import Thrown
from process_server.errors import ExpressionFailed

if TYPE_CHECKING:
    from process_server.bpmn.engine.run import Run
    from process_server.bpmn.engine.workflow import Token


@dataclass(frozen=True, slots=True)
class Property:
    """One property of the key, for one message: where the message holds it, and where the process does."""

    id: str
    path: Evaluable
    own: Evaluable | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """The key of one message."""

    properties: tuple[Property, ...]

    def key_in(self, payload: Mapping[str, Any]) -> str | None:
        """Return the key a message bears, or None when it lacks a part of it."""
        return _joined([_value(item.path, payload) for item in self.properties])

    def expected(self, token: "Token") -> str | None:
        """Return the key an instance waits for; None while its conversation has not begun."""
        run = token.run_
        scope = run.scope(token)
        return _joined(
            [run.conversation.get(item.id) if item.own is None else _value(item.own, scope) for item in self.properties]
        )

    def begin(self, run: "Run", payload: Mapping[str, Any]) -> None:
        """Remember what a message that was sent or received says of the properties; the first one counts."""
        for item in self.properties:
            value = _value(item.path, payload)
            if value is not None:
                run.conversation.setdefault(item.id, value)


def throw_message(
    token: "Token", element: str, message: Evaluable, key: Evaluable | None, conversation: Conversation | None
) -> None:
    """Throw a message with the token's data out of the instance; raises ExpressionFailed for its name or key."""
    values = dict(token.data)
    bears = _key_to_send(token, values, key, conversation)
    name = str(message.evaluate(token.run_.scope(token)))
    token.run_.thrown.append(Thrown("message", name, values, bears, element))


def _key_to_send(
    token: "Token", payload: Mapping[str, Any], key: Evaluable | None, conversation: Conversation | None
) -> str | None:
    """Return the key a thrown message bears: as the diagram writes it, else by its place in the conversation."""
    run = token.run_
    if key is not None:
        value = key.evaluate(run.scope(token))
        return None if value is None else str(value)
    if conversation is None:
        return None
    known = run.scope(token, payload)
    conversation.begin(run, known)
    return conversation.key_in(known)


def _value(formula: Evaluable, scope: Mapping[str, Any]) -> str | None:
    try:
        value = formula.evaluate(scope)
    except ExpressionFailed:
        return None
    return None if value is None else str(value)


def _joined(values: list[str | None]) -> str | None:
    known = [value for value in values if value is not None]
    return "|".join(known) if known and len(known) == len(values) else None
