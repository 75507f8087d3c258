"""Deployments, sought by name, source and time."""

from process_server.bpmn.finders.conditions import WITHOUT_TENANTS
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.finders.patterns import like
from process_server.bpmn.models import Deployment
from process_server.db import table_of

_deployment = table_of(Deployment)

DEPLOYMENTS = Finder(
    kind="deployment",
    select_from=_deployment,
    columns={name: _deployment.c[name] for name in ("id", "name", "source", "deployed_at", "deployed_by")},
    conditions={
        **WITHOUT_TENANTS,
        "id": lambda value: _deployment.c.id == value,
        "name": lambda value: _deployment.c.name == value,
        "name_like": lambda value: like(_deployment.c.name, value),
        "source": lambda value: _deployment.c.source == value,
        "without_source": lambda _: _deployment.c.source.is_(None),
        "after": lambda value: _deployment.c.deployed_at > value,
        "before": lambda value: _deployment.c.deployed_at < value,
    },
    sortings={"id": _deployment.c.id, "name": _deployment.c.name, "deployed_at": _deployment.c.deployed_at},
    key=_deployment.c.id,
)
