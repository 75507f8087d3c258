"""Random processes that change while they run: moved at a random moment to a version in which steps are renamed, added
and removed, they go on as the oracle says."""

import os
import random
from collections.abc import Iterator

import pytest

from process_server.bpmn.migration.carrying import carry
from process_server.bpmn.migration.checks import faults, generate
from process_server.bpmn.migration.obstacles import obstacles
from process_server.bpmn.migration.plan import Instruction, Plan
from tests.bpmn_drawing import Trial, compiled
from tests.conformance.random_blocks import Block, Generator, Oracle, drawn
from tests.conformance.test_random_processes import compare, step, variables

COUNT = int(os.environ.get("RANDOM_PROCESSES", "60"))
MIGRATIONS = 3
STEPS = 60


@pytest.mark.parametrize("seed", range(COUNT))
def test_a_migrated_instance_goes_on_as_the_oracle_says(seed: int) -> None:
    rng = random.Random(f"migrate {seed}")
    generator = Generator(rng)
    process = generator.process(depth=4)
    given = variables(generator)
    oracle = Oracle(process, generator.choices)
    trial = Trial(drawn(process), given)
    moments = set(rng.sample(range(12), MIGRATIONS))
    for number in range(STEPS):
        compare(trial, oracle)
        if oracle.ended:
            break
        if number in moments:
            migrate(trial, process, change(process, oracle, rng))
            compare(trial, oracle)
        step(trial, oracle, rng)
    assert trial.ended == oracle.ended


def migrate(trial: Trial, process: Block, renamed: dict[str, str]) -> None:
    """Take the trial to what the tree is now."""
    program = compiled(drawn(process))
    plan = generate(trial.program, program)
    plan = Plan((*plan.instructions, *(Instruction(old, new) for old, new in renamed.items())))
    same = {name: name for name in trial.program.elements if name in program.elements}
    pairs = same | plan.targets  # also what belongs to a renamed activity
    plan = Plan(tuple(Instruction(*pair) for pair in pairs.items()))
    wrong = {each.element for each in faults(trial.program, program, plan)}
    assert wrong.isdisjoint(renamed)
    plan = Plan(tuple(each for each in plan.instructions if each.source not in wrong))
    assert [each.message for each in obstacles(trial.execution, program, plan)] == []
    tokens = {wait.token for wait in trial.waits.values()}
    trial.execution = carry(trial.execution, program, plan).execution
    assert set(trial.execution.waits) == tokens
    trial.program, trial.waits = program, dict(trial.execution.waits)
    trial._reload()


def change(process: Block, oracle: Oracle, rng: random.Random) -> dict[str, str]:
    """Rename tasks, put new ones at the end of sequences, take away last parts in which nobody is; return new names."""
    items = oracle.open(events=False) + oracle.open(events=True)
    busy = {item.id for item in items}
    renamed: dict[str, str] = {}
    for block in list(walk(process)):
        if block.kind == "seq":
            if len(block.parts) > 1 and rng.random() < 0.3 and not within(block.parts[-1]) & busy:
                block.parts.pop()
            elif rng.random() < 0.5:
                block.parts.append(Block("user", f"new_{rng.randrange(10**9)}"))
        elif block.kind == "user" and not block.id.startswith("new_") and rng.random() < 0.3:
            renamed[block.id] = f"{block.id}x"
            block.id = renamed[block.id]
    there = {block.id for block in walk(process)}
    renamed = {old: new for old, new in renamed.items() if new in there}
    for item in items:
        item.id = renamed.get(item.id, item.id)
        item.where = tuple((renamed.get(name, name), index) for name, index in item.where)
    return renamed


def walk(block: Block) -> Iterator[Block]:
    yield block
    for part in (*block.parts, *block.handlers):
        yield from walk(part)


def within(block: Block) -> set[str]:
    """Everything that can be open in a block."""
    return {name for each in walk(block) for name in (each.id, f"start_{each.id}")}
