"""Random processes whose tokens are moved at random: nothing breaks, no token is lost or doubled, and the case ends."""

import os
import random
from collections import Counter
from typing import Any

import pytest

from process_server.bpmn.engine.instructions import BODY, Begin, Cancel, Instruction
from process_server.bpmn.engine.modifying import shown_id, stands
from process_server.bpmn.waits import IncidentWait, UserTaskWait
from process_server.errors import AmbiguousPlace, NoPlace, NotFound
from tests.bpmn_drawing import Trial
from tests.conformance.random_blocks import Generator, drawn
from tests.conformance.test_random_processes import variables

COUNT = int(os.environ.get("RANDOM_PROCESSES", "60"))
CHANGES = 6
STEPS = 500


@pytest.mark.parametrize("seed", range(COUNT))
def test_whatever_is_moved_the_case_comes_to_its_end(seed: int) -> None:
    rng = random.Random(f"modify {seed}")
    generator = Generator(rng)
    process = generator.process(depth=4)
    trial = Trial(drawn(process), variables(generator))
    changed = 0
    for _ in range(STEPS):
        if trial.ended:
            return
        if changed < CHANGES and rng.random() < 0.4:
            changed += 1
            _change(trial, rng)
        else:
            _go_on(trial, rng)
    raise AssertionError(f"still waiting after {changed} changes: {trial.waiting}")


def _change(trial: Trial, rng: random.Random) -> None:
    """Move something; where that is refused, the case is as it was."""
    chosen = _instructions(trial, rng)
    kept = trial.execution.dump()
    before = _user_tasks(trial)
    try:
        trial.execution.modify(chosen)
    except (AmbiguousPlace, NoPlace, NotFound):  # such as what an instruction before has cancelled already
        trial.execution = type(trial.execution).load(
            trial.program, kept, variables=trial.execution.variables, **trial.facts
        )
        return
    _is_sound(trial)
    only = chosen[0]
    if len(chosen) == 1 and isinstance(only, Begin) and only.moment == "before" and _plain_task(trial, only.at):
        assert _user_tasks(trial)[only.at] == before[only.at] + 1
        assert before <= _user_tasks(trial) or _interrupts(trial, only.at)
    trial._reload()


def _is_sound(trial: Trial) -> None:
    """Every open scope holds what holds it open, and knows how much that is."""
    run = trial.execution
    for scope in () if run.ended else (run.workflow, *run.workflow.subprocesses.values()):
        tokens = [token for token in scope.tasks.values() if token.on_top and token.id in run.tokens]
        assert scope.live == sum(not token.task_spec.armed_only(token) for token in tokens) > 0


def _instructions(trial: Trial, rng: random.Random) -> list[Instruction]:
    standing = [token for token in trial.execution.tokens.values() if stands(token)]
    chosen: list[Instruction] = []
    for _ in range(rng.randint(1, 3)):
        kind = rng.random()
        if kind < 0.2:
            chosen.append(Cancel(token=rng.choice(standing).id))
        elif kind < 0.35:
            chosen.append(Cancel(element=shown_id(rng.choice(standing))))
        elif kind < 0.5:
            chosen.append(Begin(rng.choice(sorted(trial.program.flows)), "along"))
        else:
            chosen.append(Begin(_element(trial, rng), rng.choice(["before", "before", "before", "after"])))
    return chosen


def _element(trial: Trial, rng: random.Random) -> str:
    scopes = (trial.program.spec, *trial.program.subprocess_specs.values())
    names = {name: spec for scope in scopes for name, spec in scope.task_specs.items()}
    name = rng.choice(sorted(names))
    return name + BODY if getattr(names[name], "loop", None) is not None and rng.random() < 0.3 else name


def _user_tasks(trial: Trial) -> Counter[str]:
    return Counter(wait.element for wait in trial.execution.waits.values() if isinstance(wait, UserTaskWait))


def _plain_task(trial: Trial, element: str) -> bool:
    found = trial.program.elements.get(element)
    return found is not None and found.type == "userTask"


def _interrupts(trial: Trial, element: str) -> bool:
    """Say whether a handler around an element stops the scope it begins in."""
    around: Any = trial.program.elements[element]
    while around is not None and not around.id.startswith("h_"):
        around = trial.program.elements.get(around.parent)
    return around is not None


def _go_on(trial: Trial, rng: random.Random) -> None:
    """Complete a task; without any take away what waits at a join in vain, or let an event come."""
    tasks = [wait for wait in trial.waits.values() if isinstance(wait, UserTaskWait)]
    incidents = [wait for wait in trial.waits.values() if isinstance(wait, IncidentWait)]
    assert {wait.code for wait in incidents} <= {"waits_in_vain", "uncaught_error"}
    stuck = [wait.token for wait in incidents] + [
        token.id
        for token in trial.execution.tokens.values()
        if token in token.workflow.parked.get(token.task_spec.name, ())
    ]
    if tasks:
        trial.execution.complete(rng.choice(tasks).token)
    elif stuck:
        trial.execution.modify([Cancel(token=stuck[0])])
    else:
        trial.execution.fire(rng.choice(list(trial.waits.values())).token)
    trial._reload()
