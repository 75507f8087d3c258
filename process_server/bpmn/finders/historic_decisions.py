"""Decisions that were taken by tables, sought by which, where and when."""

from sqlalchemy import Text, and_, cast, exists, func
from sqlalchemy.dialects.postgresql import JSONB

from process_server.bpmn.finders.conditions import (
    WITHOUT_TENANTS,
    after,
    alike,
    among,
    before,
    equal,
    flag,
    nowhere,
)
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.models import Activity, DecisionDefinition, ProcessDefinition, ProcessInstance
from process_server.bpmn.visibility import only_visible
from process_server.db import Json, table_of

_instance, _definition, _activity = table_of(ProcessInstance), table_of(ProcessDefinition), table_of(Activity)
_decision = table_of(DecisionDefinition)

_EVIDENCE = cast(_activity.c.detail, JSONB)["decision"]
_NAME = _EVIDENCE.op("->>", return_type=Text())("name")
_KEY = _EVIDENCE.op("->>", return_type=Text())("decision")


HISTORIC_DECISIONS = Finder(
    kind="decision",
    select_from=_activity.join(
        _instance,
        and_(
            _instance.c.id == _activity.c.process_instance_id,
            _activity.c.element_type == "businessRuleTask",
            func.jsonb_typeof(_EVIDENCE) == "object",
        ),
    ).join(_definition, _definition.c.id == _activity.c.definition_id),
    columns={
        "id": _activity.c.id,
        "at": _activity.c.left_at,
        "process_instance_id": _activity.c.process_instance_id,
        "definition_id": _activity.c.definition_id,
        "element_id": _activity.c.element_id,
        "actor": _activity.c.actor,
        "evidence": cast(_EVIDENCE, Json),
        "root_id": _instance.c.root_id,
        "process_key": _definition.c.key,
        "process_version": _definition.c.version,
    },
    conditions={
        **WITHOUT_TENANTS,
        **nowhere(
            "case_definition_id",
            "case_definition_key",
            "case_instance_id",
            "decision_requirements_definition_id",
            "decision_requirements_definition_key",
        ),
        "decision_instance_id": equal(_activity.c.id),
        "decision_instance_id_in": among(_activity.c.id),
        "root_decision_instance_id": equal(_activity.c.id),
        "root_decision_instances_only": flag(_activity.c.id.is_not(None)),
        "decision_definition_id": lambda value: exists().where(_decision.c.id == value, _decision.c.key == _KEY),
        "decision_definition_id_in": lambda values: exists().where(_decision.c.id.in_(values), _decision.c.key == _KEY),
        "decision_definition_key": equal(_KEY),
        "decision_definition_key_in": among(_KEY),
        "decision_definition_name": equal(_NAME),
        "decision_definition_name_like": alike(_NAME),
        "process_definition_id": equal(_activity.c.definition_id),
        "process_definition_key": equal(_definition.c.key),
        "process_instance_id": equal(_activity.c.process_instance_id),
        "activity_id_in": among(_activity.c.element_id),
        "activity_instance_id_in": among(_activity.c.id),
        "user_id": equal(_activity.c.actor),
        "evaluated_after": after(_activity.c.left_at),
        "evaluated_before": before(_activity.c.left_at),
    },
    sortings={"at": _activity.c.left_at},
    key=_activity.c.id,
    visible=only_visible,
)
