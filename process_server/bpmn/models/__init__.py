"""Tables of processes: what was deployed, what runs, what it waits for, and what happened."""

from process_server.bpmn.models.batches import KINDS, Batch, BatchItem
from process_server.bpmn.models.cases import Activity, Incident, ProcessInstance
from process_server.bpmn.models.deployed import (
    DecisionDefinition,
    Deployment,
    Parameter,
    PlannedSuspension,
    ProcessDefinition,
    Resource,
)
from process_server.bpmn.models.waiting import Job, JobFailure, KeptMessage, Subscription, Timer

__all__ = [
    "KINDS",
    "Activity",
    "Batch",
    "BatchItem",
    "DecisionDefinition",
    "Deployment",
    "Incident",
    "Job",
    "JobFailure",
    "KeptMessage",
    "Parameter",
    "PlannedSuspension",
    "ProcessDefinition",
    "ProcessInstance",
    "Resource",
    "Subscription",
    "Timer",
]
