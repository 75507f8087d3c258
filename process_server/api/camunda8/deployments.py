"""Deploying as clients of Camunda 8 do: what is deployed already keeps its version and is named all the same."""

from typing import Annotated, Any

from fastapi import Depends, Response
from starlette.datastructures import FormData

from process_server.api.camunda8.routing import TENANT, resource
from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.multipart import field_of, files_of, form_of
from process_server.api.engine_rest.wire.routing import operation
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.parts import each_file
from process_server.bpmn import commands
from process_server.config import settings
from process_server.db import Session
from process_server.errors import Invalid
from process_server.identity.principal import Principal

router = resource("/deployments")


class ProcessShown(Wire):
    """A version of a process."""

    process_definition_key: str
    process_definition_id: str
    process_definition_version: int
    resource_name: str
    tenant_id: str


class DecisionShown(Wire):
    """A version of a decision."""

    decision_definition_key: str
    decision_definition_id: str
    name: str | None
    version: int
    decision_requirements_id: str
    decision_requirements_key: str
    tenant_id: str


class FormShown(Wire):
    """A version of a form."""

    form_key: str
    form_id: str
    version: int
    resource_name: str
    tenant_id: str


class PartShown(Wire):
    """One thing that was deployed."""

    process_definition: ProcessShown | None = None
    decision_definition: DecisionShown | None = None
    form: FormShown | None = None


class DeploymentShown(Wire):
    """A set of files that were deployed together, what was there already included."""

    deployment_key: str
    tenant_id: str
    deployments: list[PartShown]


_FILES = {"type": "array", "items": {"type": "string", "format": "binary"}}
_FORM = {
    "type": "object",
    "properties": {"resources": _FILES, "tenantId": {"type": "string"}},
    "required": ["resources"],
}
_BODY = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}}


@router.post("", response_model=DeploymentShown, openapi_extra=_BODY)
@each_file(lambda: settings().max_model)
@operation("deployments:write")
def create(session: Session, actor: Principal, form: Annotated[FormData, Depends(form_of)]) -> Response:
    """Deploy files."""
    actor.require_admin()
    files = files_of(form)
    require_no_tenant(field_of(form, "tenantId"))
    deployed = commands.deploy(session, files, source="Camunda 8", actor=actor.user_id)
    return answer(
        {
            "deploymentKey": str(deployed.id),
            "tenantId": TENANT,
            "deployments": [
                *({"processDefinition": _process(each)} for each in deployed.processes),
                *({"decisionDefinition": _decision(each)} for each in deployed.decisions),
                *({"form": _form(each)} for each in deployed.forms),
            ],
        }
    )


def require_no_tenant(tenant: str | None) -> None:
    """Raise Invalid for any tenant but that of those who have none."""
    if tenant not in (None, "", TENANT):
        raise Invalid("There are no tenants here: leave the tenant id empty.")


def _process(made: dict[str, Any]) -> dict[str, Any]:
    return {
        "processDefinitionKey": str(made["id"]),
        "processDefinitionId": made["key"],
        "processDefinitionVersion": made["version"],
        "resourceName": made["resource"],
        "tenantId": TENANT,
    }


def _decision(made: dict[str, Any]) -> dict[str, Any]:
    return {
        "decisionDefinitionKey": str(made["id"]),
        "decisionDefinitionId": made["key"],
        "name": made["name"],
        "version": made["version"],
        "decisionRequirementsId": "",
        "decisionRequirementsKey": "",
        "tenantId": TENANT,
    }


def _form(made: dict[str, Any]) -> dict[str, Any]:
    return {
        "formKey": str(made["id"]),
        "formId": made["key"],
        "version": made["version"],
        "resourceName": made["resource"],
        "tenantId": TENANT,
    }
