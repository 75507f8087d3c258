"""What service and send tasks can call: connectors by topic, each with inputs that pydantic checks.

`notify` and `mail` write rows and run inside the transaction that caused them; `http` talks to the network and runs
outside any, at least once, with the job's id as idempotency key.
"""

from process_server.connectors.contract import Call, Connector
from process_server.connectors.registry import CONNECTORS, is_transactional, knows, lacks, run

__all__ = ["CONNECTORS", "Call", "Connector", "is_transactional", "knows", "lacks", "run"]
