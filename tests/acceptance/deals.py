"""A process in two versions, and cases of the first: what tests of migrations begin with."""

from tests.acceptance.client import Client
from tests.diagrams import end, flow, process, start, user

GROUP = 'camunda:candidateGroups="sales"'

Versions = tuple[str, str, list[str]]
"""The ids of the older and the newer version, and of three cases of the older."""


def two_versions(demo: Client) -> Versions:
    """Deploy them; two cases stand at the first step, the third at a step the newer version does not have."""
    demo.deploy({"deal.bpmn": _model("enter", "check")})
    cases = [
        demo.post("/instances", 201, definition_key="deal", business_key=f"D-{number}")["id"] for number in range(3)
    ]
    task = next(each for each in demo.get("/tasks")["items"] if each["process_instance_id"] == cases[2])
    demo.post(f"/tasks/{task['id']}/claim")
    demo.post(f"/tasks/{task['id']}/complete")
    demo.deploy({"deal.bpmn": _model("enter", "approve")})
    new, old = (each["id"] for each in demo.get("/definitions", key="deal", latest=False)["items"])
    return old, new, cases


def _model(*steps: str) -> bytes:
    drawn = flow(" > ".join(["start", *steps, "end"]))
    return process(start(), *(user(step, GROUP) for step in steps), end(), drawn, key="deal")
