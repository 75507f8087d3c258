"""The topic `mail`: send a mail to any address."""

from typing import Any, ClassVar

from pydantic import Field

from process_server.connectors.contract import Call, Connector, ConnectorError, Names
from process_server.errors import InvalidInput
from process_server.tasks.telling import mail


class SendMail(Connector):
    """Inputs: `to`, `cc` (addresses), `subject`, `body`. The result `mail` is the id of the mail's row."""

    transactional: ClassVar[bool] = True

    to: Names
    cc: Names = Field(default_factory=list)
    subject: str = Field(min_length=1, max_length=500)
    body: str = ""

    def run(self, call: Call) -> dict[str, Any]:
        """Write the mail, which is sent once the transaction is committed. Raises ConnectorError for a bad address."""
        try:
            identifier = mail.write_mail(
                call.open_session,
                self.to,
                self.subject,
                self.body,
                cc=self.cc,
                process_instance_id=call.instance_id,
            )
        except InvalidInput as error:
            problem = error.problems[0]
            value = problem["params"].get("value", "nobody")
            raise ConnectorError(f"mail: {problem['field']}: {value} is no address", permanent=True) from error
        return {"mail": str(identifier)}
