"""The tables of all rooms, as the program knows them."""

import process_server.bpmn.models
import process_server.calendars.models
import process_server.forms.models
import process_server.health
import process_server.identity.models
import process_server.tasks.deadlines.models
import process_server.tasks.handling.models
import process_server.tasks.inbox.models
import process_server.tasks.models
import process_server.tasks.telling.models  # noqa: F401
from process_server.db import Base

METADATA = Base.metadata
