"""Random processes in which tasks are returned again and again: nothing is waited for in vain, and the case ends."""

import os
import random

import pytest

from process_server.bpmn.waits import UserTaskWait
from tests.bpmn_drawing import Trial
from tests.conformance.random_blocks import Generator, drawn
from tests.conformance.test_random_processes import variables

COUNT = int(os.environ.get("RANDOM_PROCESSES", "60"))
RETURNS = 4
STEPS = 400


@pytest.mark.parametrize("seed", range(COUNT))
def test_whatever_is_returned_the_case_comes_to_its_end(seed: int) -> None:
    rng = random.Random(f"return {seed}")
    generator = Generator(rng)
    process = generator.process(depth=4)
    trial = Trial(drawn(process), variables(generator))
    returned = 0
    for _ in range(STEPS):
        assert trial.incidents == {}
        if trial.ended:
            return
        returned += _step(trial, rng, may_return=returned < RETURNS)
    raise AssertionError(f"still waiting after {returned} returns: {trial.waiting}")


def _step(trial: Trial, rng: random.Random, *, may_return: bool) -> bool:
    """Return a task, or complete one; without any take an event. Say whether something was returned."""
    open_tasks = [wait for wait in trial.waits.values() if isinstance(wait, UserTaskWait)]
    if not open_tasks:
        event = rng.choice(list(trial.waits.values()))
        trial.execution.fire(event.token)
        trial._reload()
        return False
    task = rng.choice(open_tasks)
    steps = trial.execution.steps_before(task.token)
    goes_back = may_return and bool(steps) and rng.random() < 0.4
    if goes_back:
        trial.execution.move(task.token, rng.choice(steps), resume=rng.random() < 0.4, actor="demo")
    else:
        trial.execution.complete(task.token)
    trial._reload()
    return goes_back
