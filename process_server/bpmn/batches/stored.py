"""Orders to move tokens as a batch keeps them."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from process_server.bpmn.commands.restarting import Restart
from process_server.bpmn.engine.instructions import Begin, Cancel, Instruction


def store(instructions: Iterable[Instruction]) -> list[dict[str, Any]]:
    """Return instructions for a batch's detail. They are for many instances, so that they name elements alone."""
    return [
        {"cancel": each.element}
        if isinstance(each, Cancel)
        else {"at": each.at, "moment": each.moment, "variables": dict(each.variables), "local": dict(each.local)}
        for each in instructions
    ]


def read(stored: Iterable[Mapping[str, Any]]) -> list[Instruction]:
    """Return the instructions a detail holds."""
    return [Cancel(each["cancel"]) if "cancel" in each else Begin(**each) for each in stored]


def store_restart(restart: Restart) -> dict[str, Any]:
    """Return a restart for a batch's detail."""
    return {
        "definition_id": str(restart.definition_id),
        "instructions": store(restart.instructions),
        "keep_business_key": restart.keep_business_key,
    }


def read_restart(stored: Mapping[str, Any]) -> Restart:
    """Return the restart a detail holds."""
    begins = tuple(each for each in read(stored["instructions"]) if isinstance(each, Begin))
    return Restart(UUID(stored["definition_id"]), begins, stored["keep_business_key"])
