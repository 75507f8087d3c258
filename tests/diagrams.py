"""Tiny BPMN files for tests: `flow("start > a > end")` draws flows, `process(...)` wraps elements into a file."""

from itertools import pairwise

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="http://test">'
)


def process(*elements: str, key: str = "tiny", extra: str = "", attributes: str = "") -> bytes:
    """A file with one executable process; `extra` stands beside it (messages, errors)."""
    body = "\n".join(elements)
    return (
        f'{HEAD}{extra}<bpmn:process id="{key}" name="{key}" isExecutable="true" {attributes}>{body}</bpmn:process>'
        "</bpmn:definitions>"
    ).encode()


def flow(*chains: str, **conditions: str) -> str:
    """Sequence flows: "a > b > c". A flow a > b is called a_to_b; `conditions` are given by that name."""
    drawn = []
    for chain in chains:
        names = [name.strip() for name in chain.split(">")]
        for source, target in pairwise(names):
            name = f"{source}_to_{target}"
            condition = conditions.get(name)
            inside = (
                f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
                if condition
                else ""
            )
            ends = f'sourceRef="{source}" targetRef="{target}"'
            drawn.append(f'<bpmn:sequenceFlow id="{name}" {ends}>{inside}</bpmn:sequenceFlow>')
    return "\n".join(drawn)


def start(name: str = "start", inside: str = "", attributes: str = "") -> str:
    """A start event."""
    return f'<bpmn:startEvent id="{name}" {attributes}>{inside}</bpmn:startEvent>'


def end(name: str = "end", inside: str = "") -> str:
    """An end event."""
    return f'<bpmn:endEvent id="{name}">{inside}</bpmn:endEvent>'


def user(name: str, attributes: str = "", inside: str = "") -> str:
    """A user task."""
    return f'<bpmn:userTask id="{name}" name="{name}" {attributes}>{inside}</bpmn:userTask>'


def timer(kind: str, text: str) -> str:
    """A timer event definition: kind is timeDuration, timeDate or timeCycle."""
    return (
        f'<bpmn:timerEventDefinition><bpmn:{kind} xsi:type="bpmn:tFormalExpression">{text}</bpmn:{kind}>'
        "</bpmn:timerEventDefinition>"
    )


def boundary(name: str, host: str, inside: str, *, interrupting: bool = True) -> str:
    """A boundary event."""
    where = f'attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}"'
    return f'<bpmn:boundaryEvent id="{name}" {where}>{inside}</bpmn:boundaryEvent>'


def message(name: str, identity: str = "") -> str:
    """A message beside the process."""
    return f'<bpmn:message id="{identity or name}" name="{name}" />'


def on_message(identity: str) -> str:
    """A message event definition."""
    return f'<bpmn:messageEventDefinition messageRef="{identity}" />'
