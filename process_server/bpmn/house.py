"""What the house offers to running processes: deployed decisions, figures, people, working time."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from process_server.bpmn import definitions
from process_server.bpmn.host import DecisionResult
from process_server.bpmn.models import Parameter
from process_server.calendars.functions import working_functions
from process_server.errors import NotFound
from process_server.identity import users
from process_server.tasks import workload


class House:
    """The host of every execution that runs within one unit of work."""

    def __init__(self, session: Session) -> None:
        self.session = session
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
