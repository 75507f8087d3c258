"""Demo people and a demo past: what a company's first two months with the shipped processes would have left behind."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from process_server.bpmn.models import ProcessInstance
from process_server.config import settings
from process_server.demo.desks import Desks
from process_server.demo.simulation import Simulation
from process_server.identity.organisation import load_organisation

Progress = Callable[[float], object]


def load_people(session: Session, processes: Path | None = None) -> None:
    """Load the demo company's departments, groups and people; what is there already is updated."""
    load_organisation(session, (processes or settings().processes) / "organisation.toml")


def load(
    unit_of_work: Callable[[], AbstractContextManager[Session]],
    progress: Progress = lambda _done: None,
    *,
    leads: int = 48,
    days: int = 60,
) -> bool:
    """Play the demo past through the real commands, time moved; False when instances are there already.

    `progress` is told the share done, from 0 to 1. The processes have to be deployed, the people loaded.
    """
    with unit_of_work() as session:
        if session.execute(select(ProcessInstance.id).limit(1)).first() is not None:
            return False
    past = Simulation(unit_of_work, leads=leads, days=days)
    past.run(progress)
    Desks(unit_of_work, past.person).lay()
    return True
