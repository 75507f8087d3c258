"""A model to try: its files, which are deployed together, and its scenarios, as its folder holds them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_NO_WORK = {"boundaryEvent", "startEvent"}


@dataclass(frozen=True)
class Drawn:
    """What the drawing says of an element."""

    tag: str
    name: str
    message: str | None = None
    is_arm: bool = False  # stands behind an event-based gateway
    result: str | None = None  # the variable that takes what is decided


@dataclass(frozen=True)
class Model:
    """One folder. `executable` holds the ids of the processes that are not marked otherwise."""

    name: str
    files: dict[str, bytes]
    scenarios: list[dict[str, Any]]
    executable: frozenset[str]
    processes: frozenset[str]
    drawn: dict[str, Drawn] = field(default_factory=dict)

    def is_work(self, element: str) -> bool:
        """Say whether a token that waits at an element counts as active: gateways, arms and boundary events do not."""
        drawn = self.drawn.get(element)
        return drawn is None or not (drawn.is_arm or drawn.tag in _NO_WORK or drawn.tag.endswith("Gateway"))

    def named(self, element: str) -> set[str]:
        """Return the ids an id or a name means."""
        found = {identity for identity, drawn in self.drawn.items() if element in (identity, drawn.name)}
        return found or {element}

    def passes(self, element: str) -> bool:
        """Say whether an element is work that nobody tells the server about."""
        return any(
            drawn.tag in ("task", "manualTask")
            for identity in self.named(element)
            if (drawn := self.drawn.get(identity)) is not None
        )


def read_models(folder: Path) -> list[Model]:
    """Read every model of a folder, by name."""
    return [read_model(path.parent) for path in sorted(folder.glob("*/expect.json"))]


def read_model(folder: Path) -> Model:
    """Read one model."""
    expected = json.loads((folder / "expect.json").read_text("utf-8"))
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "expect.json"}
    roots = [_root(content) for name, content in files.items() if name.endswith((".bpmn", ".xml", ".bpmn2"))]
    processes = [process for root in roots for process in root.iter(f"{BPMN}process")]
    return Model(
        name=folder.name,
        files=files,
        scenarios=expected["scenarios"],
        executable=frozenset(p.get("id", "") for p in processes if p.get("isExecutable") != "false"),
        processes=frozenset(p.get("id", "") for p in processes),
        drawn=dict(item for root in roots for item in _drawn(root)),
    )


def _root(content: bytes) -> Any:
    try:
        return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return etree.Element("unreadable")  # the server is asked to refuse it


def _drawn(root: Any) -> Iterator[tuple[str, Drawn]]:
    names = {item.get("id"): item.get("name") or item.get("id") for item in root.iter(f"{BPMN}message")}
    gateways = {item.get("id") for item in root.iter(f"{BPMN}eventBasedGateway")}
    arms = {flow.get("targetRef") for flow in root.iter(f"{BPMN}sequenceFlow") if flow.get("sourceRef") in gateways}
    for process in root.iter(f"{BPMN}process"):
        for element in process.iter(f"{BPMN}*"):
            identity = element.get("id")
            if identity:
                tag = element.tag.rpartition("}")[2]
                name = " ".join((element.get("name") or "").split())
                result = next(iter(element.xpath(".//@*[local-name()='resultVariable']")), None)
                yield identity, Drawn(tag, name, names.get(element.get("messageRef")), identity in arms, result)
