"""What a client of Camunda 8 asks first: who answers, and in which version."""

from fastapi import Request, Response

from process_server.api.camunda8.routing import resource
from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.routing import operation
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.db import Session
from process_server.identity.principal import Principal

SPOKEN = "8.8.0"
"""The version of Camunda 8 whose wire is spoken: the modeler offers what that version can."""

router = resource("/topology")


class Partition(Wire):
    """A part of the work, which one server does."""

    partition_id: int
    role: str
    health: str


class Broker(Wire):
    """A server of the cluster."""

    node_id: int
    host: str
    port: int
    partitions: list[Partition]
    version: str


class Topology(Wire):
    """A cluster: how many servers it has, and which version they speak."""

    brokers: list[Broker]
    cluster_id: str | None
    cluster_size: int
    partitions_count: int
    replication_factor: int
    gateway_version: str
    last_completed_change_id: str


@router.get("", response_model=Topology)
@operation("processes:read")
def topology(session: Session, actor: Principal, request: Request) -> Response:
    """Show this server as a cluster of one."""
    url = request.url
    partition = {"partitionId": 1, "role": "leader", "health": "healthy"}
    broker = {
        "nodeId": 0,
        "host": url.hostname or "",
        "port": url.port or (443 if url.scheme == "https" else 80),
        "partitions": [partition],
        "version": SPOKEN,
    }
    return answer(
        {
            "brokers": [broker],
            "clusterId": None,
            "clusterSize": 1,
            "partitionsCount": 1,
            "replicationFactor": 1,
            "gatewayVersion": SPOKEN,
            "lastCompletedChangeId": "",
        }
    )
