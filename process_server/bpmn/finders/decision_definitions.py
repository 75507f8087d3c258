"""Versions of decisions, sought by what they are called and where they come from."""

from sqlalchemy import exists, func, true

from process_server.bpmn.finders.conditions import WITHOUT_TENANTS, flag, nowhere
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.finders.patterns import like
from process_server.bpmn.models import DecisionDefinition, Deployment, Resource
from process_server.db import table_of

_decision, _deployment, _resource = table_of(DecisionDefinition), table_of(Deployment), table_of(Resource)
_newer = _decision.alias("newer")

DECISION_DEFINITIONS = Finder(
    kind="decision",
    select_from=_decision.join(_deployment, _deployment.c.id == _decision.c.deployment_id).join(
        _resource, _resource.c.id == _decision.c.resource_id
    ),
    columns={
        **{name: _decision.c[name] for name in ("id", "key", "version", "name", "deployment_id", "resource_id")},
        "resource_name": _resource.c.name,
    },
    conditions={
        **WITHOUT_TENANTS,
        **nowhere(
            *("category", "category_like", "version_tag", "version_tag_like"),
            *("decision_requirements_definition_id", "decision_requirements_definition_key"),
        ),
        "without_decision_requirements_definition": flag(true()),
        "decision_definition_id": lambda value: _decision.c.id == value,
        "decision_definition_id_in": lambda value: _decision.c.id.in_(value),
        "name": lambda value: _decision.c.name == value,
        "name_like": lambda value: like(_decision.c.name, value),
        "deployment_id": lambda value: _decision.c.deployment_id == value,
        "deployed_after": lambda value: _deployment.c.deployed_at > value,
        "deployed_at": lambda value: func.date_trunc("milliseconds", _deployment.c.deployed_at) == value,
        "key": lambda value: _decision.c.key == value,
        "key_like": lambda value: like(_decision.c.key, value),
        "version": lambda value: _decision.c.version == value,
        "latest_version": lambda _: (
            ~exists().where(_newer.c.key == _decision.c.key, _newer.c.version > _decision.c.version)
        ),
        "resource_name": lambda value: _resource.c.name == value,
        "resource_name_like": lambda value: like(_resource.c.name, value),
    },
    sortings={
        "id": _decision.c.id,
        "key": _decision.c.key,
        "name": _decision.c.name,
        "version": _decision.c.version,
        "deployment_id": _decision.c.deployment_id,
        "deployed_at": _deployment.c.deployed_at,
    },
    key=_decision.c.id,
)
