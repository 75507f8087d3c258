"""Forms to begin with: a new form is drawn from one of these instead of from nothing."""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from process_server.errors import NotFound
from process_server.i18n import gettext_noop

BLANK: dict[str, Any] = {"type": "default", "schemaVersion": 19, "components": []}


@dataclass(frozen=True, slots=True)
class Template:
    """A form to begin with. `name` and `purpose` are translated where they are shown."""

    key: str
    name: str
    purpose: str


TEMPLATES = (
    Template("blank", gettext_noop("Blank form"), gettext_noop("Begin with nothing.")),
    Template(
        "customer",
        gettext_noop("Customer"),
        gettext_noop("Company, credit code, region, source and level, contact, follow-up and who is responsible."),
    ),
    Template(
        "contact",
        gettext_noop("Contact"),
        gettext_noop("A person at a customer: name, department, position, mobile, e-mail, WeChat."),
    ),
    Template(
        "opportunity",
        gettext_noop("Opportunity"),
        gettext_noop("Name, amount, what is needed, sales stage, competitor, expected close."),
    ),
    Template(
        "follow_up_record",
        gettext_noop("Follow-up record"),
        gettext_noop("When and how one spoke, what was said and decided, what comes next and when to be reminded."),
    ),
    Template(
        "lead_status",
        gettext_noop("Intent of a customer"),
        gettext_noop("Contact and address, where the customer comes from, grade, intent stage and next plan."),
    ),
    Template(
        "service_request",
        gettext_noop("Service request"),
        gettext_noop("What a customer asks for, with pictures and how to reach them; fits a public form."),
    ),
)


def find(key: str) -> Template:
    """Return a template. Raises NotFound."""
    found = next((template for template in TEMPLATES if template.key == key), None)
    if found is None:
        raise NotFound(kind="form template", id=key)
    return found


def schema(key: str) -> dict[str, Any]:
    """Return the schema of a template, for its taker to change. Raises NotFound."""
    template = find(key)
    if template.key == "blank":
        return {**BLANK, "components": []}
    read: dict[str, Any] = json.loads(_text(template.key))
    return read


@lru_cache(maxsize=len(TEMPLATES))
def _text(key: str) -> str:
    return (files(__name__) / f"{key}.form").read_text("utf-8")
