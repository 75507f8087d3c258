"""Controls of forms: what an analyst may put into one, with the shape of its value and samples to try it with."""

from typing import Any

from fastapi import Request as HttpRequest
from fastapi import Response

from process_server import values
from process_server.api.ground.answers import answer
from process_server.api.ground.languages import language_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Page, Shown
from process_server.api.ground.transaction import transaction
from process_server.db import Session
from process_server.forms.controls import CONTROLS
from process_server.forms.controls.control import PALETTES, Control
from process_server.forms.controls.samples import of_source, upload_sample
from process_server.identity.principal import Principal

router = resource("/form-controls", "forms")


class Named(Shown):
    """A key and what it is called."""

    key: str
    label: str


class SettingShown(Shown):
    """A property that refines a control; `options` are its values where it is a choice."""

    name: str
    label: str
    options: list[str]


class SampleShown(Shown):
    """A value to send, and what is kept of it."""

    sent: Any
    kept: Any


class WrongSample(Shown):
    """A value that is refused, and the code of the refusal."""

    sent: Any
    code: str


class ControlShown(Shown):
    """A control: a component of form-js's type `carrier`, ours where it has `ctl`.

    `component` is what a new one looks like, `shape` the JSON Schema of its value. Samples of controls that choose
    from a source are things there are now; `upload` is a file to upload, whose entry is the value.
    """

    key: str
    label: str
    labels: dict[str, str]
    palette: Named
    icon: str
    carrier: str
    ctl: str | None
    component: dict[str, Any]
    settings: list[SettingShown]
    shape: dict[str, Any]
    role: str
    valid: list[SampleShown]
    invalid: list[WrongSample]
    upload: dict[str, str] | None


@router.get("", response_model=Page[ControlShown])
@transaction("processes:read")
def find(request: HttpRequest, session: Session, actor: Principal) -> Response:
    """List every control a form may have."""
    language = language_of(request, actor)
    items = [_shown(session, actor, control, language) for control in CONTROLS.values()]
    return answer({"items": items, "next": None})


def _shown(session: Session, actor: Principal, control: Control, language: str) -> dict[str, Any]:
    samples = control.valid or of_source(session, control, actor)
    return {
        "key": control.key,
        "label": control.label[language],
        "labels": control.label,
        "palette": {"key": control.palette, "label": PALETTES[control.palette][language]},
        "icon": control.icon,
        "carrier": control.carrier,
        "ctl": control.ctl or None,
        "component": control.new(control.key, language),
        "settings": [
            {"name": item.name, "label": item.label[language], "options": list(item.options)}
            for item in control.settings
        ],
        "shape": control.shape,
        "role": control.role,
        "valid": [{"sent": values.show(item.sent), "kept": values.show(item.kept)} for item in samples],
        "invalid": [{"sent": values.show(sent), "code": code} for sent, code in control.invalid],
        "upload": upload_sample(control),
    }
