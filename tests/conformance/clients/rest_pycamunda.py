"""A round of pycamunda against a server: python rest_pycamunda.py ADDRESS USER PASSWORD MODEL."""

import datetime
import json
import sys
from typing import Any

import pycamunda
import pycamunda.auth
import pycamunda.deployment
import pycamunda.filter
import pycamunda.incident
import pycamunda.message
import pycamunda.processdef
import pycamunda.processinst
import pycamunda.task
import pycamunda.variable
import pycamunda.version
import requests

ADDRESS, USER, PASSWORD, MODEL = sys.argv[1:]


def asked(request: Any) -> Any:
    """Send a request, signed in; a deployment takes no session."""
    request.auth = requests.auth.HTTPBasicAuth(USER, PASSWORD)
    return request()


def main() -> dict[str, Any]:
    """Do what the client offers; return what it saw."""
    seen: dict[str, Any] = {"version": asked(pycamunda.version.Get(url=ADDRESS))}
    deployment = pycamunda.deployment.Create(url=ADDRESS, name="pycamunda", source="tests")
    with open(MODEL, "rb") as file:
        deployment.add_resource(file)
        seen["deployed"] = [each.key for each in asked(deployment).deployed_process_definitions.values()]
    [version] = asked(pycamunda.processdef.GetList(url=ADDRESS, key="round", latest_version=True))
    start = pycamunda.processdef.StartInstance(
        url=ADDRESS, key="round", business_key="K-1", with_variables_in_return=True
    )
    start.add_variable(name="amount", value=12, type_="Integer")
    case = asked(start)
    seen["case"] = [case.business_key, case.definition_id == version.id_, case.suspended]
    [task] = asked(pycamunda.task.GetList(url=ADDRESS, process_instance_id=case.id_, sort_by="due_date"))
    seen["task"] = [task.task_definition_key, task.priority, task.created.tzinfo is not None]
    work(task.id_, seen)
    complete = pycamunda.task.Complete(url=ADDRESS, id_=task.id_, with_variables_in_return=True)
    complete.add_variable(name="approved", value=True, type_="Boolean")
    held = asked(complete)
    seen["completed"] = {name: held[name].value for name in ("amount", "approved")}
    seen["waits"] = (
        asked(pycamunda.processinst.GetActivityInstance(url=ADDRESS, id_=case.id_))
        .child_activity_instances[0]
        .activity_id
    )
    correlate = pycamunda.message.CorrelateSingle(
        url=ADDRESS, message_name="paid", business_key="K-1", result_enabled=True
    )
    correlate.add_process_variable(name="paid", value=3.5, type_="Double")
    seen["correlated"] = [each.result_type.value for each in asked(correlate)]
    found = asked(pycamunda.variable.GetList(url=ADDRESS, process_instance_id_in=[case.id_], name="paid"))
    seen["variable"] = [each.value for each in found]
    [incident] = asked(pycamunda.incident.GetList(url=ADDRESS, process_instance_id=case.id_))
    seen["incident"] = [incident.activity_id, incident.process_instance_id == case.id_]
    change = pycamunda.processinst.VariablesModify(url=ADDRESS, process_instance_id=case.id_, deletions=["paid"])
    change.add_variable(name="more", value="x", type_="String")
    asked(change)
    seen["variables"] = sorted(asked(pycamunda.processinst.VariablesGetList(url=ADDRESS, process_instance_id=case.id_)))
    asked(pycamunda.processinst.Delete(url=ADDRESS, id_=case.id_))
    seen["left"] = len(asked(pycamunda.processinst.GetList(url=ADDRESS, business_key="K-1")))
    return seen


def work(task: str, seen: dict[str, Any]) -> None:
    """Take a task, write beside it, hand it on and back."""
    asked(pycamunda.task.Claim(url=ADDRESS, id_=task, user_id=USER))
    seen["owned"] = asked(pycamunda.task.Get(url=ADDRESS, id_=task)).assignee
    comment = asked(pycamunda.task.CommentCreate(url=ADDRESS, task_id=task, message="看一下"))
    [written] = asked(pycamunda.task.CommentGetList(url=ADDRESS, task_id=task))
    seen["comment"] = [comment.message, written.id_ == comment.id_, written.user_id]
    asked(pycamunda.task.IdentityLinksAdd(url=ADDRESS, task_id=task, type_="candidate", user_id="helper"))
    links = asked(pycamunda.task.IdentityLinksGetList(url=ADDRESS, task_id=task))
    seen["links"] = sorted(f"{each.type_}:{each.user_id or each.group_id}" for each in links)
    local = pycamunda.task.LocalVariablesModify(url=ADDRESS, task_id=task)
    local.add_variable(name="note", value="mine", type_="String")
    asked(local)
    held = asked(pycamunda.task.LocalVariablesGetList(url=ADDRESS, task_id=task))
    seen["local"] = {name: each.value for name, each in held.items()}
    asked(pycamunda.task.Delegate(url=ADDRESS, id_=task, user_id="helper"))
    seen["delegated"] = asked(pycamunda.task.Get(url=ADDRESS, id_=task)).delegation_state
    try:
        asked(pycamunda.task.Complete(url=ADDRESS, id_=task))
    except pycamunda.NoSuccess as error:
        seen["refused"] = "delegated" in str(error)
    asked(pycamunda.task.Resolve(url=ADDRESS, id_=task))
    due = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
    same = {"owner": USER, "follow_up": None, "parent_task_id": None, "case_instance_id": None, "tenant_id": None}
    asked(
        pycamunda.task.Update(
            url=ADDRESS, id_=task, name="Check it", description="all", assignee=USER, due=due, priority=7,
            delegation_state=pycamunda.task.DelegationState.resolved, **same,
        )
    )  # fmt: skip
    changed = asked(pycamunda.task.Get(url=ADDRESS, id_=task))
    seen["changed"] = [changed.name, changed.due == due, changed.priority]
    asked(pycamunda.task.Unclaim(url=ADDRESS, id_=task))
    asked(pycamunda.task.SetAssignee(url=ADDRESS, id_=task, user_id=USER))


if __name__ == "__main__":
    print(json.dumps(main()))
