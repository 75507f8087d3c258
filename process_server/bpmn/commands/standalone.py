"""Tasks that belong to no process: each is a case of a process of one step, which the server deploys when needed.

So they have everything that other tasks have: lists, comments, files, deadlines, history.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.commands.deploy import deploy
from process_server.bpmn.commands.instances import cancel_instance
from process_server.bpmn.definitions import Definition, definition, find_definition_id
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.waits import UserTaskWait
from process_server.errors import Conflict, NotFound
from process_server.identity.principal import SYSTEM, Principal
from process_server.tasks.handling import claiming, handing, offering, wording
from process_server.tasks.inbox import worklist

KEY = "standalone_task"
"""The key of the process."""

_FILE = "standalone_task.bpmn"
_MODEL = f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    id="standalone" targetNamespace="http://process-server/standalone">
  <process id="{KEY}" name="单独的任务" isExecutable="true" camunda:isStartableInTasklist="false">
    <extensionElements><camunda:properties><camunda:property name="name:en" value="Single tasks"/></camunda:properties>
    </extensionElements>
    <startEvent id="start"/>
    <sequenceFlow id="begin" sourceRef="start" targetRef="task"/>
    <userTask id="task" name="任务">
      <extensionElements><camunda:properties><camunda:property name="name:en" value="Task"/></camunda:properties>
      </extensionElements>
    </userTask>
    <sequenceFlow id="finish" sourceRef="task" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>
"""


def create_task(
    session: Session,
    name: str,
    *,
    actor: Principal,
    description: str | None = None,
    assignee: str | None = None,
    owner: str | None = None,
    priority: int = 50,
    due_at: datetime | None = None,
    follow_up_at: datetime | None = None,
) -> UUID:
    """Make a task that belongs to no process; return its id. Without an assignee it is offered to whoever makes it.

    Raises InvalidInput, NotFound for people there are not.
    """
    conductor = Conductor(session, actor.user_id)
    running = conductor.begin(_process(session), {}, initiator=actor.user_id)
    conductor.settle()
    [task_id] = [token for token, wait in running.execution.waits.items() if isinstance(wait, UserTaskWait)]
    words = {"name": name, "description": description}
    wording.change(session, task_id, SYSTEM, words | ({"owner": owner} if owner else {}))
    claiming.reschedule(
        session, task_id, SYSTEM, {"due_at": due_at, "follow_up_at": follow_up_at, "priority": priority}
    )
    if assignee is not None:
        handing.transfer(session, task_id, assignee, principal=replace(actor, admin=True))
    else:
        offering.offer(session, task_id, SYSTEM, people=[actor.user_id], groups=[])
    return task_id


def delete_task(session: Session, task_id: UUID, *, actor: Principal) -> None:
    """Take away a task that belongs to no process; who made it may, and administrators. Raises NotFound, Conflict."""
    task = worklist.find_task(session, task_id, actor)
    if task.process_key != KEY:
        raise Conflict("This task belongs to a process: cancel its case instead.")
    cancel_instance(session, task.process_instance_id, actor=actor)


def _process(session: Session) -> Definition:
    try:
        return definition(session, find_definition_id(session, KEY))
    except NotFound:
        deploy(session, {_FILE: _MODEL.encode()}, name=KEY, actor=SYSTEM.user_id)
        return definition(session, find_definition_id(session, KEY))
