"""The topic `notify`: tell people something, in the application, by mail and by the gateways there are."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator
from sqlalchemy import select

from process_server.config import settings
from process_server.connectors.contract import Call, Connector, ConnectorError, Names
from process_server.db import Session
from process_server.identity import users
from process_server.identity.models import User
from process_server.tasks.telling import gateways, mail, notifications
from process_server.tasks.telling.matrix import APP, MAIL


class Notify(Connector):
    """Inputs: `to` (user ids), `groups` (whose active members are told), `subject`, `text`, `channels`.

    Who has no address for a channel gets nothing by it. The result `notified` lists the ids of those who were told.
    """

    transactional: ClassVar[bool] = True

    to: Names = Field(default_factory=list)
    groups: Names = Field(default_factory=list)
    subject: str = Field(min_length=1, max_length=500)
    text: str = ""
    kind: Literal["message"] = "message"
    channels: Names = Field(default=[APP, MAIL], min_length=1)

    @field_validator("channels")
    @classmethod
    def are_known(cls, channels: list[str]) -> list[str]:
        """Refuse a channel that this server does not have."""
        known = (APP, MAIL, *settings().gateways)
        unknown = [channel for channel in channels if channel not in known]
        if unknown:
            raise ValueError(f"there is no channel {', '.join(unknown)}; there are {', '.join(known)}")
        return channels

    def run(self, call: Call) -> dict[str, Any]:
        """Write the notifications and mails. Raises ConnectorError for a user there is not, and for nobody at all."""
        session = call.open_session
        people = self._people(session)
        told = [person.id for person in people]
        if APP in self.channels:
            notifications.notify(
                session,
                told,
                self.kind,
                process_instance_id=call.instance_id,
                params={"subject": self.subject, "text": self.text},
                by_choice=False,
            )
        if MAIL in self.channels:
            for person in people:
                if mail.is_address(person.email):
                    mail.write_mail(
                        session, [person.email or ""], self.subject, self.text, process_instance_id=call.instance_id
                    )
        gateways.write_many(session, self._messages(people, call))
        return {"notified": told}

    def _messages(self, people: Sequence[User], call: Call) -> list[gateways.Message]:
        """Return what goes out by gateways, to those whom they reach."""
        return [
            gateways.Message(channel, person.id, address, self.subject, self.text, process_instance_id=call.instance_id)
            for channel in dict.fromkeys(self.channels)
            if channel in settings().gateways
            for person in people
            if (address := gateways.address_of(channel, person.attributes))
        ]

    def _people(self, session: Session) -> list[User]:
        wanted = {*self.to, *(users.members(session, *self.groups) if self.groups else ())}
        people = list(session.scalars(select(User).where(User.id.in_(wanted)).order_by(User.id)))
        unknown = wanted - {person.id for person in people}
        if unknown:
            raise ConnectorError(f"notify: there is no user {', '.join(sorted(unknown))}", permanent=True)
        active = [person for person in people if person.active]
        if not active:
            raise ConnectorError("notify: nobody is to be told", permanent=True)
        return active
