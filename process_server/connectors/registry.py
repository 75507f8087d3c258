"""The connectors there are, and running one."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from process_server.connectors.contract import Call, Connector, ConnectorError
from process_server.connectors.http import Http
from process_server.connectors.mail import SendMail
from process_server.connectors.notify import Notify
from process_server.db import Session

CONNECTORS: Mapping[str, type[Connector]] = {"notify": Notify, "mail": SendMail, "http": Http}


def knows(topic: str) -> bool:
    """Say whether the server itself works this topic."""
    return topic in CONNECTORS


def is_transactional(topic: str) -> bool:
    """Say whether the connector only writes rows, and so runs inside the transaction; otherwise it must run outside."""
    return CONNECTORS[topic].transactional


def lacks(topic: str, given: Iterable[str]) -> list[str]:
    """Return what a connector cannot do without and is not given: then the topic is another's of the same name."""
    fields = CONNECTORS[topic].model_fields
    return sorted({name for name, field in fields.items() if field.is_required()} - set(given))


def run(
    topic: str,
    payload: Mapping[str, Any],
    *,
    key: UUID,
    session: Session | None = None,
    instance_id: UUID | None = None,
) -> dict[str, Any]:
    """Run a connector; return its result variables.

    `payload` are the evaluated inputs, `key` the job's id. A transactional connector needs the `session`, another one
    must not hold one. Raises ConnectorError, permanent where the inputs are wrong or trying again cannot help.
    """
    connector = CONNECTORS[topic]
    if connector.transactional != (session is not None):
        raise TypeError(f"{topic} runs {'inside' if connector.transactional else 'outside'} a transaction")
    try:
        inputs = connector.model_validate(dict(payload))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise ConnectorError(f"{topic}: {faults}", permanent=True) from error
    return inputs.run(Call(key, session, instance_id))
