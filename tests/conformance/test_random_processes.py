"""Random processes, step by step beside an oracle; the engine's state is written and read again after every step."""

import os
import random
from typing import Any
from uuid import UUID

import pytest

from tests.bpmn_drawing import Trial
from tests.conformance.random_blocks import Generator, Oracle, drawn

COUNT = int(os.environ.get("RANDOM_PROCESSES", "60"))
STEPS = 60


@pytest.mark.parametrize("seed", range(COUNT))
def test_engine_and_oracle_agree(seed: int) -> None:
    rng = random.Random(seed)
    generator = Generator(rng)
    process = generator.process(depth=4)
    oracle = Oracle(process, generator.choices)
    trial = Trial(drawn(process), variables(generator))
    for _ in range(STEPS):
        compare(trial, oracle)
        if oracle.ended:
            break
        step(trial, oracle, rng)
    assert trial.ended == oracle.ended


def variables(generator: Generator) -> dict[str, Any]:
    """The choices of the gateways, and the loops' counters."""
    values: dict[str, Any] = {"always": True} | {f"n_loop_{number}": 0 for number in range(generator.number + 1)}
    for identity, choice in generator.choices.items():
        if isinstance(choice, list):
            values |= {f"take_{identity}_{index}": index in choice for index in range(3)}
        else:
            values[f"pick_{identity}"] = choice
    return values


def compare(trial: Trial, oracle: Oracle) -> None:
    assert trial.incidents == {}
    for events in (False, True):
        expected = sorted((item.id, item.where) for item in oracle.open(events=events))
        seen = sorted((element, where) for element, where, _ in tokens(trial, armed=events))
        assert seen == expected, f"{'events' if events else 'tasks'}: expected {expected}, saw {seen}"


def step(trial: Trial, oracle: Oracle, rng: random.Random) -> None:
    """Take one open task or event in both, the oldest of those that cannot be told apart."""
    events = oracle.open(events=True)
    use = bool(events) and rng.random() < 0.35
    chosen = rng.choice(events if use else oracle.open(events=False) or events)
    alike = [item for item in oracle.open(events=chosen.event) if (item.id, item.where) == (chosen.id, chosen.where)]
    chosen = min(alike, key=lambda item: item.order)
    token = min(
        token
        for element, where, token in tokens(trial, armed=chosen.event)
        if (element, where) == (chosen.id, chosen.where)
    )
    oracle.take(chosen)
    if chosen.event:
        trial.execution.fire(token) if chosen.id in cycles(trial) else trial.execution.deliver(token)
    else:
        trial.execution.complete(token)
    trial._reload()


def cycles(trial: Trial) -> set[str]:
    return {wait.element for wait in trial.waits.values() if type(wait).__name__ == "TimerWait"}


def tokens(trial: Trial, *, armed: bool) -> list[tuple[str, tuple[Any, ...], UUID]]:
    """Element, place in loops, and token of everything that waits."""
    return [
        (wait.element, place(trial, wait.token), wait.token)
        for wait in trial.waits.values()
        if trial._armed(wait) == armed
    ]


def place(trial: Trial, identity: UUID) -> tuple[Any, ...]:
    """In which instance of which loops a token is, from the outside in."""
    where: list[tuple[str, int]] = []
    token: Any = trial.execution.tokens[identity]
    if not token.on_top and token.index is None:
        token = trial.execution.tokens[token._parent]
    while token is not None:
        if token.index is not None:
            where.insert(0, (token.task_spec.name, token.index))
        token = token.workflow.owner
    return tuple(where)
