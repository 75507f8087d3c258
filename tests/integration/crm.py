"""Rows that tests of human work stand on: people, a process, instances and their tasks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from process_server.bpmn.models import Deployment, ProcessDefinition, ProcessInstance, Resource
from process_server.clock import now
from process_server.db import Session, new_id
from process_server.identity import users
from process_server.identity.models import Group
from process_server.identity.principal import Principal
from process_server.tasks.deadlines import moments
from process_server.tasks.models import UserTask
from tests import diagrams

CHEN = Principal("chen", "陈静", frozenset({"sales"}))
ZHOU = Principal("zhou", "周明", frozenset({"sales"}))
LIU = Principal("liu", "刘强", frozenset({"sales-director"}))
SUN = Principal("sun", "孙兰", frozenset({"legal"}))
DEMO = Principal("demo", "管理员", admin=True)


def people(session: Session) -> None:
    """Chen and Zhou sell and report to Liu; Sun is the lawyer."""
    session.add_all(Group(id=name, name=name) for name in ("sales", "sales-director", "legal"))
    session.flush()
    for person in (LIU, CHEN, ZHOU, SUN, DEMO):
        users.create_user(
            session,
            person.user_id,
            person.name,
            groups=person.groups,
            admin=person.admin,
            email=f"{person.user_id}@example.com",
            supervisor_id="liu" if person in (CHEN, ZHOU) else None,
        )


def process(session: Session, key: str = "lead") -> UUID:
    """Deploy a process whose diagram holds two events alone; return its definition."""
    deployment, resource, definition = new_id(), new_id(), new_id()
    session.execute(insert(Deployment).values(id=deployment, name=key, deployed_at=now(), warnings=[]))
    session.execute(
        insert(Resource).values(
            id=resource,
            deployment_id=deployment,
            name=f"{key}.bpmn",
            sha256=b"",
            content=diagrams.process(diagrams.start(), diagrams.end(), diagrams.flow("start > end"), key=key),
        )
    )
    session.execute(
        insert(ProcessDefinition).values(
            id=definition,
            key=key,
            version=1,
            name="线索到回款",
            name_en="Lead to cash",
            deployment_id=deployment,
            resource_id=resource,
        )
    )
    return definition


def instance(session: Session, definition: UUID, business_key: str | None = None, **fields: Any) -> UUID:
    """Start an instance that has no engine."""
    identifier = new_id()
    row = {"id": identifier, "root_id": identifier, "definition_id": definition, "business_key": business_key}
    row |= {"variables": {"customer": "海尔"}, "started_at": now(), "initiator": "wang"}
    session.execute(insert(ProcessInstance).values(row | fields))
    return identifier


def task_row(process_instance: UUID, definition: UUID, **fields: Any) -> dict[str, Any]:
    """Return a row as the conductor hands it to the tasks room."""
    return {
        "id": new_id(),
        "process_instance_id": process_instance,
        "definition_id": definition,
        "element_id": "follow_up",
        "name": "客户跟进",
        "assignee": None,
        "candidate_users": [],
        "candidate_groups": [],
        "priority": 50,
        "due_at": None,
        "follow_up_at": None,
        "form_key": None,
        "variables": None,
    } | fields


def task(session: Session, created_at: datetime | None = None, business_key: str | None = None, **fields: Any) -> UUID:
    """Put one task of an instance of its own into the list; return its id."""
    definition = session.info.setdefault("definition", None) or process(session)
    session.info["definition"] = definition
    row = task_row(instance(session, definition, business_key), definition, **fields)
    made = moments.plan(session, row, created_at or now())
    session.execute(insert(UserTask).values(row | {"created_at": created_at or now(), "warn_at": made.warn_at}))
    moments.write(session, made.moments)
    identifier: UUID = row["id"]
    return identifier
