"""Which engine this is, and in which version of the wire it speaks."""

import platform
from typing import Any

from fastapi import Response

from process_server import __version__
from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.routing import open_to_all, operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.db import Session
from process_server.identity.principal import Principal

SPOKEN = "7.24.0"
"""The version of Camunda whose wire is spoken: clients look for features by it."""

router = resource("", "Engine")


class Version(Wire):
    """The version of Camunda whose wire is spoken."""

    version: str


class Engine(Wire):
    """An engine by its name."""

    name: str


class Telemetry(Wire):
    """What is installed. Nothing is reported to anybody."""

    installation: str | None
    product: dict[str, Any] | None


@router.get("/version", response_model=Version)
@operation(None)  # the first thing a tool asks, whatever its token is for
def version(session: Session, actor: Principal) -> Response:
    """Say which version of Camunda's wire is spoken."""
    return answer({"version": SPOKEN})


@router.get("/engine", response_model=list[Engine])
@open_to_all
def engines() -> Response:
    """List the engines: there is one, called default."""
    return answer([{"name": "default"}])


@router.get("/telemetry/data", response_model=Telemetry)
@operation("processes:read")
def telemetry(session: Session, actor: Principal) -> Response:
    """Say what is installed here; nothing is collected or sent."""
    internals: dict[str, Any] = {
        "database": {"vendor": "PostgreSQL", "version": None},
        "application-server": None,
        "license-key": None,
        "camunda-integration": [],
        "commands": {},
        "metrics": {},
        "webapps": [],
        "jdk": {"vendor": platform.python_implementation(), "version": platform.python_version()},
        "data-collection-start-date": None,
        "telemetry-enabled": False,
    }
    product = {"name": "process-server", "version": __version__, "edition": "community", "internals": internals}
    return answer({"installation": None, "product": product})
