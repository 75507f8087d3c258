"""What the house offers to running processes: deployed decisions, figures, people, working time."""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from process_server.bpmn import definitions
from process_server.bpmn.host import DecisionResult, Question
from process_server.bpmn.models import Parameter
from process_server.bpmn.runtime import approvers
from process_server.calendars.functions import working_functions
from process_server.calendars.store import calendar, calendar_of_user
from process_server.calendars.working_time import WorkingCalendar
from process_server.errors import NotFound
from process_server.identity import approvers as people_of
from process_server.identity import users
from process_server.tasks.handling import workload


class House:
    """The host of every execution that runs within one unit of work; with `peek` of one that is only tried out."""

    def __init__(self, session: Session, *, peek: bool = False) -> None:
        self.session = session
        self.peek = peek
        self.deployment_id: UUID | None = None
        self.functions: Mapping[str, Callable[..., Any]] = {
            "parameter": self.parameter,
            "supervisor": lambda user: users.supervisor(session, user),
            "department_head": lambda department: users.department_head(session, department),
            "members": lambda group: users.members(session, group),
            "least_loaded": lambda group: workload.least_loaded(session, group),
            "user_name": lambda user: users.user_name(session, user),
            **working_functions(session),
        }

    def parameter(self, key: str) -> Any:
        """Return a figure analysts keep outside the models. Raises NotFound."""
        held = self.session.execute(select(Parameter.value).where(Parameter.key == key)).scalar_one_or_none()
        if held is None:
            raise NotFound(kind="parameter", id=key)
        return held["value"]

    def decide(
        self, decision: str, variables: Mapping[str, Any], *, binding: str = "latest", version: str | None = None
    ) -> DecisionResult:
        """Evaluate a deployed decision."""
        model = definitions.decision_model(
            self.session, decision, binding=binding, version=version, deployment_id=self.deployment_id
        )
        return model.evaluate(decision, variables)

    def approvers(self, question: Question) -> tuple[str, ...]:
        """Find who decides a step."""
        return approvers.find(self.session, question, peek=self.peek)

    def people(self, users: Collection[str], groups: Collection[str]) -> tuple[str, ...]:
        """Return those of the users who are active, and the active members of the groups."""
        return people_of.active(self.session, users, groups)

    def head(self, user: str) -> str | None:
        """Return whom a person reports to."""
        return next(iter(people_of.supervisors(self.session, user, (1, 1))), None)

    def approved(self, instance: UUID) -> Collection[str]:
        """Return who approved a step of an instance since something was last rejected or returned in it."""
        return approvers.approved(self.session, instance)

    def calendar(self, name: str | None, user: str | None) -> WorkingCalendar:
        """Return the working calendar of a name, else the one a person works by."""
        return calendar(self.session, name) if name else calendar_of_user(self.session, user)
