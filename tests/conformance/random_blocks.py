"""Random block-structured processes: a tree of blocks, drawn as BPMN, and played by an oracle of its own."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.bpmn_drawing import (
    Node,
    boundary,
    draw,
    event_subprocess,
    inside,
    message,
    node,
    repeat,
    script,
    start,
    timer,
    user,
)

KINDS = ("user", "user", "script", "fail", "stop", "seq", "xor", "and", "or", "loop", "sub", "bound", "many", "attempt")
LEAVES = 5


@dataclass
class Block:
    """One block. `parts` are its branches or its body; `handlers` are blocks started by an event."""

    kind: str
    id: str
    parts: "list[Block]" = field(default_factory=list)
    count: int = 0
    interrupting: bool = False
    sequential: bool = False
    cycle: bool = False
    throws: str = ""
    handlers: "list[Block]" = field(default_factory=list)


class Generator:
    """Makes a random tree. A block that may run beside itself holds no loop: its counter is a process variable."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.number = 0
        self.choices: dict[str, Any] = {}
        self.attempts: list[str] = []  # those around, whose error may be thrown here

    def new(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}_{self.number}"

    def process(self, depth: int) -> Block:
        body = Block("seq", self.new("seq"), [Block("user", self.new("u")), self.block(depth), self.block(depth)])
        return Block("sub", "P", [body], handlers=self.handlers(depth))

    def block(self, depth: int, alone: bool = True) -> Block:
        kinds = KINDS if depth > 0 else KINDS[:LEAVES]
        left_out = {"" if alone else "loop", "" if self.attempts else "fail"}
        if self.rng.random() < 0.7:
            left_out |= {"fail", "stop"}
        kind = self.rng.choice([kind for kind in kinds if kind not in left_out])
        return getattr(self, f"_{kind}")(depth - 1, alone)

    def handlers(self, depth: int) -> list[Block]:
        if depth < 1 or self.rng.random() > 0.35:
            return []
        return [
            Block("handler", self.new("h"), [self.block(depth - 2, False)], interrupting=self.rng.random() < 0.4)
            for _ in range(self.rng.randint(1, 2))
        ]

    def _user(self, depth: int, alone: bool) -> Block:
        return Block("user", self.new("u"))

    def _script(self, depth: int, alone: bool) -> Block:
        return Block("script", self.new("s"))

    def _fail(self, depth: int, alone: bool) -> Block:
        return Block("fail", self.new("f"), throws=self.rng.choice(self.attempts))

    def _stop(self, depth: int, alone: bool) -> Block:
        return Block("stop", self.new("t"))

    def _attempt(self, depth: int, alone: bool) -> Block:
        identity = self.new("try")
        self.attempts.append(identity)
        body = self._sub(depth, alone)
        self.attempts.pop()
        return Block("attempt", identity, [body, self.block(depth, alone)])

    def _branches(self, kind: str, depth: int, alone: bool) -> Block:
        return Block(kind, self.new(kind), [self.block(depth, alone) for _ in range(self.rng.randint(2, 3))])

    def _seq(self, depth: int, alone: bool) -> Block:
        return self._branches("seq", depth, alone)

    def _and(self, depth: int, alone: bool) -> Block:
        return self._branches("and", depth, alone)

    def _xor(self, depth: int, alone: bool) -> Block:
        block = self._branches("xor", depth, alone)
        self.choices[block.id] = self.rng.randrange(len(block.parts))
        return block

    def _or(self, depth: int, alone: bool) -> Block:
        block = self._branches("or", depth, alone)
        self.choices[block.id] = [index for index in range(len(block.parts) - 1) if self.rng.random() < 0.6]
        return block

    def _loop(self, depth: int, alone: bool) -> Block:
        return Block("loop", self.new("loop"), [self.block(depth, alone)], count=self.rng.randint(1, 3))

    def _sub(self, depth: int, alone: bool) -> Block:
        return Block("sub", self.new("sub"), [self.block(depth, alone)], handlers=self.handlers(depth))

    def _bound(self, depth: int, alone: bool) -> Block:
        interrupting = self.rng.random() < 0.5
        host = self._sub(depth, alone) if depth > 0 and self.rng.random() < 0.4 else self._user(depth, alone)
        handler = self.block(depth, alone and interrupting)
        cycle = not interrupting and self.rng.random() < 0.4
        return Block("bound", self.new("b"), [host, handler], self.rng.randint(1, 3), interrupting, cycle=cycle)

    def _many(self, depth: int, alone: bool) -> Block:
        part = self._sub(depth, False) if depth > 0 and self.rng.random() < 0.5 else self._user(depth, False)
        return Block("many", self.new("m"), [part], self.rng.randint(0, 3), sequential=self.rng.random() < 0.5)


class Drawer:
    """Draws the blocks of one scope: each block has an entry and an exit element."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names  # message name -> of which event
        self.lines: list[str] = []
        self.nodes: dict[str, Node] = {}

    def draw(self, block: Block, loop: str = "") -> tuple[str, str]:
        return getattr(self, f"_{block.kind}")(block, loop)

    def _user(self, block: Block, loop: str) -> tuple[str, str]:
        self.nodes[block.id] = user(loop)
        return block.id, block.id

    def _script(self, block: Block, loop: str) -> tuple[str, str]:
        self.nodes[block.id] = script(f"ran_{block.id} = 1")
        return block.id, block.id

    def _leaf(self, block: Block, event: str) -> tuple[str, str]:
        """A task, then an end event; the way on is there but never taken."""
        split, end, onwards = f"{block.id}_split", f"{block.id}_end", f"{block.id}_on"
        self.nodes |= {
            block.id: user(),
            split: node("exclusiveGateway"),
            end: node("endEvent", event),
            onwards: node("task"),
        }
        self.lines += [f"{block.id} > {split}", f"{split} > {end} [always]", f"{split} > {onwards} [default]"]
        return block.id, onwards

    def _fail(self, block: Block, loop: str) -> tuple[str, str]:
        return self._leaf(block, f'<bpmn:errorEventDefinition errorRef="Error_{block.throws}"/>')

    def _stop(self, block: Block, loop: str) -> tuple[str, str]:
        return self._leaf(block, "<bpmn:terminateEventDefinition/>")

    def _attempt(self, block: Block, loop: str) -> tuple[str, str]:
        host, _ = self.draw(block.parts[0])
        entry, exit_ = self.draw(block.parts[1])
        join = f"{block.id}_join"
        self.names[block.id] = f"Error_{block.id}"
        self.nodes[block.id] = boundary(host, f'<bpmn:errorEventDefinition errorRef="Error_{block.id}"/>')
        self.nodes[join] = node("exclusiveGateway")
        self.lines += [f"{block.id} > {entry}", f"{host} > {join}", f"{exit_} > {join}"]
        return host, join

    def _seq(self, block: Block, loop: str) -> tuple[str, str]:
        ends = [self.draw(part) for part in block.parts]
        for (_, left), (right, _) in pairwise(ends):
            self.lines.append(f"{left} > {right}")
        return ends[0][0], ends[-1][1]

    def _gateway(self, block: Block, tag: str, condition: Callable[[int], str]) -> tuple[str, str]:
        split, join = block.id, f"{block.id}_join"
        self.nodes[split] = self.nodes[join] = node(tag)
        for index, part in enumerate(block.parts):
            entry, exit_ = self.draw(part)
            self.lines += [f"{split} > {entry}{condition(index)}", f"{exit_} > {join}"]
        return split, join

    def _and(self, block: Block, loop: str) -> tuple[str, str]:
        return self._gateway(block, "parallelGateway", lambda index: "")

    def _xor(self, block: Block, loop: str) -> tuple[str, str]:
        last = len(block.parts) - 1
        return self._gateway(
            block, "exclusiveGateway", lambda index: " [default]" if index == last else f" [pick_{block.id} == {index}]"
        )

    def _or(self, block: Block, loop: str) -> tuple[str, str]:
        last = len(block.parts) - 1
        return self._gateway(
            block, "inclusiveGateway", lambda index: " [default]" if index == last else f" [take_{block.id}_{index}]"
        )

    def _loop(self, block: Block, loop: str) -> tuple[str, str]:
        merge, split, count, reset = (f"{block.id}_{name}" for name in ("merge", "split", "count", "reset"))
        self.nodes[merge] = self.nodes[split] = node("exclusiveGateway")
        self.nodes[count], self.nodes[reset] = script(f"n_{block.id} = n_{block.id} + 1"), script(f"n_{block.id} = 0")
        entry, exit_ = self.draw(block.parts[0])
        self.lines += [
            f"{merge} > {entry}",
            f"{exit_} > {count} > {split}",
            f"{split} > {merge} [n_{block.id} < {block.count}]",
            f"{split} > {reset} [default]",
        ]
        return merge, reset

    def _sub(self, block: Block, loop: str) -> tuple[str, str]:
        lines, nodes, extra = inner(block, self.names)
        self.nodes[block.id] = inside(*lines, extra=extra + loop, **nodes)
        return block.id, block.id

    def _bound(self, block: Block, loop: str) -> tuple[str, str]:
        host, _ = self.draw(block.parts[0])
        entry, exit_ = self.draw(block.parts[1])
        event = timer(f"R{block.count}/PT1H", "timeCycle") if block.cycle else _message(block.id, self.names)
        self.nodes[block.id] = boundary(host, event, interrupting=block.interrupting)
        self.lines.append(f"{block.id} > {entry}")
        join = f"{block.id}_join"
        if not block.interrupting:
            self.nodes[f"{block.id}_end"] = node("endEvent")
            self.lines.append(f"{exit_} > {block.id}_end")
            return host, host
        self.nodes[join] = node("exclusiveGateway")
        self.lines += [f"{host} > {join}", f"{exit_} > {join}"]
        return host, join

    def _many(self, block: Block, loop: str) -> tuple[str, str]:
        count = f"<bpmn:loopCardinality>{block.count}</bpmn:loopCardinality>"
        return self.draw(block.parts[0], repeat(count, sequential=block.sequential))


def drawn(process: Block) -> bytes:
    """A file with the process, and the errors and messages it names."""
    names: dict[str, str] = {}
    lines, nodes, _ = inner(process, names)
    definitions = "".join(
        f'<bpmn:error id="{name}" errorCode="{name}"/>'
        if name.startswith("Error")
        else f'<bpmn:message id="{name}" name="{name}"/>'
        for name in names.values()
    )
    return draw(*lines, definitions=definitions, **nodes)


def inner(block: Block, names: dict[str, str]) -> tuple[list[str], dict[str, Node], str]:
    """The inside of a scope: its body, and the event subprocesses beside it."""
    drawer = Drawer(names)
    entry, exit_ = drawer.draw(block.parts[0])
    begin, finish = f"start_{block.id}", f"end_{block.id}"
    lines = [f"{begin} > {entry}", *drawer.lines, f"{exit_} > {finish}"]
    nodes = {**drawer.nodes, begin: start(), finish: node("endEvent")}
    for handler in block.handlers:
        drawn, parts, _ = inner(handler, names)
        event = start(_message(handler.id, names), isInterrupting=handler.interrupting)
        nodes[handler.id] = event_subprocess(*drawn, **{**parts, f"start_{handler.id}": event})
    return lines, nodes, ""


def _message(identity: str, names: dict[str, str]) -> str:
    names[identity] = f"Message_{identity}"
    return message().replace("Message_1", f"Message_{identity}")


# --- the oracle


class Frame:
    """A scope that is running: how many threads are in it, and what they are a part of."""

    def __init__(self, above: "Frame | None", done: Callable[[], None], where: tuple[Any, ...]) -> None:
        self.above = above
        self.done = done
        self.where = where  # (loop, instance) pairs from the outside in
        self.live = 0
        self.alive = True
        self.whole = False  # a process or subprocess, not only the work in it
        self.attempt = ""
        self.caught: Callable[[], None] = lambda: None

    @property
    def on(self) -> bool:
        return self.alive and (self.above is None or self.above.on)

    def enter(self) -> None:
        self.live += 1

    def end(self) -> None:
        """End at once, whatever still runs inside."""
        self.alive = False
        self.done()

    def leave(self) -> None:
        if not self.on:
            return
        self.live -= 1
        if self.live == 0:
            self.alive = False
            self.done()


@dataclass
class Open:
    """Something that can happen: a task to complete, or an event to come."""

    id: str
    frame: Frame
    where: tuple[Any, ...]
    act: Callable[[], None]
    order: int
    event: bool = False
    alive: bool = True

    @property
    def on(self) -> bool:
        return self.alive and self.frame.on


class Oracle:
    """Plays the tree: every task and event that is open, and what happens when one of them is taken."""

    def __init__(self, process: Block, choices: dict[str, Any]) -> None:
        self.choices = choices
        self.items: list[Open] = []
        self.ended = False
        self.order = 0
        self._scope(process, None, (), self._end)

    def open(self, *, events: bool) -> list[Open]:
        self.items = [item for item in self.items if item.on]
        return [item for item in self.items if item.event == events]

    def take(self, item: Open) -> None:
        item.act()

    def _end(self) -> None:
        self.ended = True

    def _add(self, identity: str, frame: Frame, where: tuple[Any, ...], act: Callable[[], None], event: bool) -> Open:
        self.order += 1
        item = Open(identity, frame, where, act, self.order, event)
        self.items.append(item)
        return item

    def _run(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> None:
        getattr(self, f"_play_{block.kind}")(block, frame, where, then)

    def _play_user(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> Open:
        def act() -> None:
            item.alive = False
            then()

        item = self._add(block.id, frame, where, act, False)
        return item

    def _play_script(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> None:
        then()

    def _play_fail(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> None:
        def throw() -> None:
            inner: Frame | None = frame
            while inner is not None and inner.attempt != block.throws:
                inner = inner.above
            assert inner is not None
            inner.alive = False
            inner.caught()

        self._play_user(block, frame, where, throw)

    def _play_stop(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> None:
        def stop() -> None:
            scope = frame
            while not scope.whole:
                assert scope.above is not None
                scope = scope.above
            scope.end()

        self._play_user(block, frame, where, stop)

    def _play_attempt(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> None:
        body, handler = block.parts
        self._scope(body, frame, where, then, block.id, lambda: self._run(handler, frame, where, then))

    def _play_seq(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> None:
        def go(index: int) -> None:
            if index == len(block.parts):
                then()
            else:
                self._run(block.parts[index], frame, where, lambda: go(index + 1))

        go(0)

    def _fork(self, parts: list[Block], frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> None:
        left = [len(parts)]

        def arrive() -> None:
            left[0] -= 1
            if left[0] == 0:
                then()

        for part in parts:
            self._run(part, frame, where, arrive)

    def _play_and(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> None:
        self._fork(block.parts, frame, where, then)

    def _play_xor(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> None:
        self._run(block.parts[self.choices[block.id]], frame, where, then)

    def _play_or(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> None:
        taken = self.choices[block.id] or [len(block.parts) - 1]
        self._fork([block.parts[index] for index in taken], frame, where, then)

    def _play_loop(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> None:
        def go(index: int) -> None:
            if index == block.count:
                then()
            else:
                self._run(block.parts[0], frame, where, lambda: go(index + 1))

        go(0)

    def _play_sub(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> Frame:
        return self._scope(block, frame, where, then)

    def _play_many(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> None:
        part, left = block.parts[0], [block.count]

        def arrive(index: int) -> None:
            left[0] -= 1
            if left[0] == 0:
                then()
            elif block.sequential:
                begin(index + 1)

        def begin(index: int) -> None:
            self._run(part, frame, (*where, (part.id, index)), lambda: arrive(index))

        if not block.count:
            then()
        for index in range(min(block.count, 1) if block.sequential else block.count):
            begin(index)

    def _play_bound(self, block: Block, frame: Frame, where: tuple[Any, ...], then: Callable[[], None]) -> None:
        host, handler = block.parts
        left = [block.count]

        def host_done() -> None:
            event.alive = False
            then()

        def occur() -> None:
            if block.interrupting:
                event.alive = False
                running.alive = False
                self._run(handler, frame, where, then)
                return
            left[0] -= 1
            if block.cycle and left[0] == 0:
                event.alive = False
            frame.enter()
            self._run(handler, frame, where, frame.leave)

        event = self._add(block.id, frame, where, occur, True)
        running: Any = (self._play_user if host.kind == "user" else self._play_sub)(host, frame, where, host_done)

    def _scope(
        self,
        block: Block,
        above: Frame | None,
        where: tuple[Any, ...],
        done: Callable[[], None],
        attempt: str = "",
        caught: Callable[[], None] = lambda: None,
    ) -> Frame:
        outer = Frame(above, done, where)
        outer.whole, outer.attempt, outer.caught = True, attempt, caught
        work = Frame(outer, lambda: None, where)  # what an interrupting handler stops
        outer.enter()

        def main_done() -> None:
            outer.leave()

        for handler in block.handlers:
            self._arm(handler, outer, work, where)
        work.done = main_done
        work.enter()
        self._run(block.parts[0], work, where, work.leave)
        return outer

    def _arm(self, handler: Block, outer: Frame, work: Frame, where: tuple[Any, ...]) -> None:
        def occur() -> None:
            if handler.interrupting:
                for item in self.items:
                    if item.event and item.frame is outer:
                        item.alive = False
                work.alive = False
                for other in beside:
                    other.alive = False
                outer.live = 1
            else:
                outer.enter()
            frame = self._scope(handler, outer, where, outer.leave)
            if not handler.interrupting:
                beside.append(frame)

        beside = work.__dict__.setdefault("beside", [])
        self._add(f"start_{handler.id}", outer, where, occur, True)
