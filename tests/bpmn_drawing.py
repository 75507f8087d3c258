"""Tiny BPMN models written as text, and trials that run them: the state is written and read again after every step.

`draw("start > a > end")` is a process. An id that begins with start, end, xor, and, or, event or pass is that element,
any other one a user task; keyword arguments say otherwise: `draw("start > t > end", t=script("y = x + 1"))`.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape, quoteattr

from process_server import clock
from process_server.bpmn.diagram.compile import read_processes
from process_server.bpmn.engine.execution import Execution
from process_server.bpmn.host import NoHost
from process_server.bpmn.program import Program
from process_server.bpmn.waits import CallWait, EventWait, IncidentWait, JobWait, TimerWait, UserTaskWait, Wait

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
        "xsi": "http://www.w3.org/2001/XMLSchema-instance",
        "camunda": "http://camunda.org/schema/1.0/bpmn",
        "zeebe": "http://camunda.org/schema/zeebe/1.0",
        "flowable": "http://flowable.org/bpmn",
        "spiffworkflow": "http://spiffworkflow.org/bpmn/schema/1.0/core",
    }.items()
)
KINDS = {
    "start": "startEvent",
    "end": "endEvent",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "event": "eventBasedGateway",
    "pass": "task",
}
DEFINITIONS = """
<bpmn:message id="Message_1" name="M1"/><bpmn:message id="Message_2" name="M2"/><bpmn:signal id="Signal_1" name="S1"/>
<bpmn:error id="Error_1" name="e1" errorCode="E1"/><bpmn:error id="Error_2" name="e2" errorCode="E2"/>
<bpmn:escalation id="Escalation_1" name="x1" escalationCode="X1"/>"""


class Node(tuple[str, str, str]):
    """Tag, attributes and content of an element, without its id."""

    def xml(self, identity: str, default: str = "") -> str:
        tag, attributes, content = self
        return f'<bpmn:{tag} id="{identity}"{attributes}{default}>{content}</bpmn:{tag}>'


def node(tag: str, content: str = "", **attributes: Any) -> Node:
    """An element of any kind; `camunda_topic="x"` is the attribute camunda:topic."""
    known = ("camunda", "zeebe", "flowable", "spiffworkflow")
    text = ""
    for name, value in attributes.items():
        prefix, _, rest = name.partition("_")
        attribute = f"{prefix}:{rest}" if prefix in known else name
        value = str(value).lower() if isinstance(value, bool) else str(value)
        text += f" {attribute}={quoteattr(value)}"
    return Node((tag, text, content))


def extensions(content: str) -> str:
    return f"<bpmn:extensionElements>{content}</bpmn:extensionElements>"


def script(text: str, language: str = "plain", content: str = "", **attributes: Any) -> Node:
    inner = f"{content}<bpmn:script>{escape(text)}</bpmn:script>"
    return node("scriptTask", inner, scriptFormat=language, **attributes)


def user(content: str = "", **attributes: Any) -> Node:
    return node("userTask", content, **attributes)


def service(topic: str = "work", content: str = "", **attributes: Any) -> Node:
    return node("serviceTask", content, camunda_type="external", camunda_topic=topic, **attributes)


def timer(value: str, kind: str = "timeDuration") -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{escape(value)}</bpmn:{kind}></bpmn:timerEventDefinition>"


def message(number: int = 1) -> str:
    return f'<bpmn:messageEventDefinition messageRef="Message_{number}"/>'


def condition(text: str) -> str:
    return (
        f"<bpmn:conditionalEventDefinition><bpmn:condition>{escape(text)}</bpmn:condition>"
        f"</bpmn:conditionalEventDefinition>"
    )


def error(number: int | None = 1) -> str:
    reference = f' errorRef="Error_{number}"' if number else ""
    return f"<bpmn:errorEventDefinition{reference}/>"


SIGNAL = '<bpmn:signalEventDefinition signalRef="Signal_1"/>'
ESCALATION = '<bpmn:escalationEventDefinition escalationRef="Escalation_1"/>'
TERMINATE = "<bpmn:terminateEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"
COMPENSATE = "<bpmn:compensateEventDefinition/>"


def link(name: str) -> str:
    return f'<bpmn:linkEventDefinition name="{name}"/>'


def start(event: str = "", **attributes: Any) -> Node:
    return node("startEvent", event, **attributes)


def end(event: str = "") -> Node:
    return node("endEvent", event)


def catch(event: str) -> Node:
    return node("intermediateCatchEvent", event)


def throw(event: str, **attributes: Any) -> Node:
    return node("intermediateThrowEvent", event, **attributes)


def boundary(host: str, event: str, *, interrupting: bool = True) -> Node:
    return node("boundaryEvent", event, attachedToRef=host, cancelActivity=interrupting)


def body(*lines: str, extra: str = "", **nodes: Node) -> str:
    """The elements of a scope. Flows are "a > b", conditions "xor > a [${x}]", the default "xor > b [default]"."""
    flows, defaults, seen = "", dict[str, str](), dict[str, None]()
    for number, line in enumerate(lines):
        parts = [part.strip() for part in re.split(r"\s>\s(?![^\[]*\])", line)]
        names = [re.sub(r"\s*\[.*\]$", "", part, flags=re.S) for part in parts]
        seen |= dict.fromkeys(names)
        for index, part in enumerate(parts[1:]):
            found = re.search(r"\[(.*)\]$", part, re.S)
            identity = f"{names[index]}_{names[index + 1]}" + (
                f"_{number}" if f'"{names[index]}_{names[index + 1]}"' in flows else ""
            )
            inner = ""
            if found and found[1] == "default":
                defaults[names[index]] = identity
            elif found:
                inner = f"<bpmn:conditionExpression>{escape(found[1])}</bpmn:conditionExpression>"
            flows += (
                f'<bpmn:sequenceFlow id="{identity}" sourceRef="{names[index]}" targetRef="{names[index + 1]}">{inner}'
                "</bpmn:sequenceFlow>"
            )
    elements = ""
    for identity in seen | dict.fromkeys(nodes):
        default = f' default="{defaults[identity]}"' if identity in defaults else ""
        elements += nodes.get(identity, node(_kind(identity))).xml(identity, default)
    return elements + flows + extra


def _kind(identity: str) -> str:
    prefix = re.match(r"[a-z]*", identity)
    return KINDS.get(prefix[0] if prefix else "", "userTask")


def inside(
    *lines: str, tag: str = "subProcess", extra: str = "", attributes: Mapping[str, Any] | None = None, **nodes: Node
) -> Node:
    """A subprocess."""
    return node(tag, body(*lines, extra=extra, **nodes), **(attributes or {}))


def event_subprocess(*lines: str, **nodes: Node) -> Node:
    return inside(*lines, attributes={"triggeredByEvent": True}, **nodes)


def repeat(content: str = "", *, sequential: bool = False, **attributes: Any) -> str:
    return node("multiInstanceLoopCharacteristics", content, isSequential=sequential, **attributes).xml("loop")


def draw(*lines: str, definitions: str = "", extra: str = "", attributes: str = "", **nodes: Node) -> bytes:
    """A file with one process P."""
    inner = body(*lines, extra=extra, **nodes)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<bpmn:definitions {NAMESPACES} targetNamespace="t">{DEFINITIONS}{definitions}'
        f'<bpmn:process id="P" isExecutable="true"{attributes}>{inner}</bpmn:process></bpmn:definitions>'
    ).encode()


class Trial:
    """An instance under trial."""

    def __init__(
        self,
        model: bytes | Program,
        variables: Mapping[str, Any] | None = None,
        *,
        host: Any = None,
        start_element: str | None = None,
        initiator: str | None = "demo",
    ) -> None:
        self.program = model if isinstance(model, Program) else compiled(model)
        self.facts = {"instance_id": uuid4(), "initiator": initiator, "business_key": "key", "host": host or NoHost()}
        self.execution = Execution.start(
            self.program, variables=dict(variables or {}), start_element=start_element, **self.facts
        )
        self.visits: list[Any] = []
        self.thrown: list[Any] = []
        self.escaped: list[Any] = []
        self._reload()

    def _reload(self) -> None:
        before = self.execution
        for name in ("visits", "thrown", "escaped"):
            getattr(self, name).extend(getattr(before, name))
        self.waits: dict[Any, Wait] = {**before.waits} | {
            token: wait
            for token, wait in getattr(self, "waits", {}).items()
            if type(before.waits.get(token)) is type(wait) and isinstance(wait, UserTaskWait | JobWait | CallWait)
        }
        if before.ended:
            assert not before.tokens
            assert not before.waits
            return
        after = Execution.load(self.program, before.dump(), variables=before.variables, **self.facts)
        assert {token: _told(wait) for token, wait in after.waits.items()} == {
            token: _told(wait) for token, wait in before.waits.items()
        }
        assert _sets(after.active_elements()) == _sets(before.active_elements())
        self.execution = after

    # --- looking

    @property
    def variables(self) -> dict[str, Any]:
        return self.execution.variables

    @property
    def ended(self) -> bool:
        return self.execution.ended

    @property
    def waiting(self) -> list[str]:
        """Elements that wait, armed events left out."""
        return sorted(wait.element for wait in self.waits.values() if not self._armed(wait))

    @property
    def armed(self) -> list[str]:
        return sorted(wait.element for wait in self.waits.values() if self._armed(wait))

    def _armed(self, wait: Wait) -> bool:
        token = self.execution.tokens[wait.token]
        return token.task_spec.armed_only(token) or not (token.on_top or token.index is not None)

    def wait(self, element: str, kind: type | None = None) -> Any:
        for wait in self.waits.values():
            if wait.element == element and (kind is None or isinstance(wait, kind)):
                return wait
        raise AssertionError(
            f"{element} does not wait; these do: {sorted(wait.element for wait in self.waits.values())}"
        )

    @property
    def incidents(self) -> dict[str, str]:
        return {wait.element: wait.code for wait in self.waits.values() if isinstance(wait, IncidentWait)}

    def path(self, outcome: str | None = None) -> list[str]:
        """Elements left, in order; cancelled ones left out unless asked for."""
        return [
            visit.element
            for visit in self.visits
            if (visit.outcome != "cancelled" if outcome is None else visit.outcome == outcome)
        ]

    def counts(self) -> Counter[str]:
        return Counter(self.path())

    # --- acting

    def complete(self, element: str, outcome: str | None = None, **variables: Any) -> "Trial":
        self.execution.complete(self.wait(element).token, variables, actor="demo", outcome=outcome)
        self._reload()
        return self

    def message(self, name: str, **variables: Any) -> "Trial":
        wait = next(wait for wait in self.waits.values() if isinstance(wait, EventWait) and wait.name == name)
        self.execution.deliver(wait.token, variables)
        self._reload()
        return self

    def fire(self, element: str) -> "Trial":
        """Move the clock to the timer of an element and fire it."""
        wait = self.wait(element, TimerWait)
        if wait.due > clock.now():
            clock.advance(wait.due - clock.now() + timedelta(milliseconds=1))
        self.execution.fire(wait.token)
        self._reload()
        return self

    def error(self, element: str, code: str, **variables: Any) -> "Trial":
        self.execution.raise_error(self.wait(element).token, code, "it failed", variables)
        self._reload()
        return self

    def escalate(self, element: str, code: str) -> "Trial":
        self.execution.raise_escalation(self.wait(element).token, code)
        self._reload()
        return self

    def set(self, **variables: Any) -> "Trial":
        self.execution.set_variables(variables)
        self._reload()
        return self

    def retry(self, element: str) -> "Trial":
        self.execution.retry(self.wait(element, IncidentWait).token)
        self._reload()
        return self

    def move(self, element: str, to: str, *, resume: bool = False, assignee: str | None = None) -> "Trial":
        self.execution.move(self.wait(element).token, to, resume=resume, assignee=assignee, actor="demo")
        self._reload()
        return self

    def add(self, element: str, item: Any = None) -> "Trial":
        self.execution.add_instance(self.wait(element).token, item)
        self._reload()
        return self

    def remove(self, token: Any, item: Any = None) -> "Trial":
        self.execution.remove_instance(token, item)
        self._reload()
        return self


def _sets(active: Mapping[str, Any]) -> dict[str, set[Any]]:
    return {element: set(tokens) for element, tokens in active.items()}


def _told(wait: Wait) -> Any:
    """What of a wait survives storage: all of a timer, an event and an incident; of work only what it is."""
    return wait if isinstance(wait, TimerWait | EventWait | IncidentWait) else (type(wait), wait.token, wait.element)


def compiled(model: bytes) -> Program:
    programs, _ = read_processes(model, "model.bpmn")
    return programs[0]
