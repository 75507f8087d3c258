"""What tokens remember of elements and flows, in the words of the other version."""

from collections.abc import Mapping
from typing import Any

from process_server.bpmn.migration.plan import Plan
from process_server.bpmn.program import Program


class Memory:
    """Translates flows, paths and what compensation may undo by a plan."""

    def __init__(self, plan: Plan, source: Program, target: Program) -> None:
        self.plan = plan
        self.source = source
        self.target = target
        self.known = set(plan.targets.values())

    def flow(self, flow: str | None) -> str | None:
        """Return the flow of the new version a token came by: it comes from the same place to the same place."""
        if flow is None or flow not in self.source.flows:
            return None
        _, at = self.source.flows[flow]
        to = self.plan.targets.get(at)
        here = {each: self._origin_here(each) for each, ends in self.source.flows.items() if ends[1] == at}
        there = {each: self._origin_there(each) for each, ends in self.target.flows.items() if ends[1] == to}
        same = [each for each, origin in there.items() if origin and origin == here[flow]]
        if flow in same or len(same) == 1:
            return flow if flow in same else same[0]
        left = [each for each, origin in here.items() if origin not in there.values()]
        right = [each for each, origin in there.items() if origin not in here.values()]
        return right[0] if left == [flow] and len(right) == 1 else None

    def _origin_here(self, flow: str) -> frozenset[str]:
        return _origin(self.source, flow, self.plan.targets)

    def _origin_there(self, flow: str) -> frozenset[str]:
        return _origin(self.target, flow, {name: name for name in self.known})

    def undoable(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return what compensation may undo."""
        return [
            {**record, "element": self.plan.targets[record["element"]], "inner": self.undoable(record["inner"])}
            for record in records
            if record["element"] in self.plan.targets
        ]

    def forgotten(self, records: list[dict[str, Any]]) -> list[str]:
        """Return the elements that compensation could undo no more."""
        found = [record["element"] for record in records if record["element"] not in self.plan.targets]
        return [*found, *(name for record in records for name in self.forgotten(record["inner"]))]

    def of_token(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a token remembers: the way back after a return, what comes next in a sequence."""
        told = dict(data)
        if "resume" in told:
            told["resume"] = self._mark(told["resume"])
        if "entry" in told:
            path, assignee = told["entry"]
            told["entry"] = [self._path(path), assignee]
        if "next" in told:
            told["next"] = [name for each in told["next"] if (name := self.plan.target(each)) is not None]
        if "undoable" in told:
            told["undoable"] = self.undoable(told["undoable"])
        return told

    def loses_its_way(self, data: Mapping[str, Any]) -> bool:
        """Say whether a token was returned to where it is, and the place it came from is not mapped."""
        mark = data.get("resume")
        path = [*(data.get("entry") or [[]])[0]]
        while mark is not None:
            path += mark["path"]
            mark = mark["then"]
        return any(self.plan.target(name) is None for name in path)

    def _mark(self, mark: Mapping[str, Any]) -> dict[str, Any]:
        then = mark["then"]
        return {**mark, "path": self._path(mark["path"]), "then": None if then is None else self._mark(then)}

    def _path(self, names: list[str]) -> list[str]:
        return [self.plan.target(name) or name for name in names]


def _origin(program: Program, flow: str, known: Mapping[str, str]) -> frozenset[str]:
    """Walk back from a flow over elements that are in one version only, to those that are in both."""
    found, seen, work = set[str](), set[str](), [flow]
    while work:
        before = program.flows[work.pop()][0]
        if before in known:
            found.add(known[before])
        elif before not in seen:
            seen.add(before)
            work += [each for each, ends in program.flows.items() if ends[1] == before]
    return frozenset(found)
