"""What a new server needs before anybody can work: the shipped processes, and somebody who can sign in."""

import secrets

from sqlalchemy import exists, select

from process_server.application import read_files, shipped
from process_server.bpmn.commands import deploy
from process_server.bpmn.queries import newest_files
from process_server.calendars.store import load_calendars
from process_server.db import Session
from process_server.identity.models import User
from process_server.identity.users import create_user

ADMINISTRATOR = "admin"
_SOURCE = "setup"


def deploy_shipped(session: Session) -> None:
    """Deploy the shipped process application with its calendars, and later what changed in their folder.

    What did not change there is left alone: analysts may have deployed newer versions of it since.
    """
    if (calendars := shipped() / "calendars.toml").is_file():
        load_calendars(session, calendars)
    files, earlier = read_files([shipped()]), newest_files(session, _SOURCE)
    settled = {name for name, content in files.items() if earlier.get(name) == content}
    if len(settled) < len(files):
        deploy(session, files, name="shipped", source=_SOURCE, settled=settled)


def first_administrator(session: Session) -> str | None:
    """Create an administrator where there is none; return their generated password, otherwise nothing."""
    if session.scalar(select(exists().where(User.admin, User.active, ~User.service))):
        return None
    password = secrets.token_urlsafe(12)
    create_user(session, ADMINISTRATOR, "管理员", name_en="Administrator", password=password, admin=True)
    return password
