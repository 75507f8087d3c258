"""Samples that depend on what there is: somebody to choose, a file to upload."""

import base64
import io

from PIL import Image

from process_server.db import Session
from process_server.forms import sources
from process_server.forms.controls.choosing import Sourced
from process_server.forms.controls.control import Control, Sample
from process_server.identity.principal import Principal

_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def of_source(session: Session, control: Control, principal: Principal) -> tuple[Sample, ...]:
    """Return the first thing a sourced control offers somebody; nothing where there is none."""
    behaviour = control.behaviour
    if control.needs != "source" or not isinstance(behaviour, Sourced):
        return ()
    properties = dict(control.component["properties"])
    name = behaviour.source or properties.get("source", "")
    wanted = sources.Wanted(principal, settings=properties, limit=1)
    found = sources.source(name).search(session, wanted)
    many = control.carrier == "taglist"
    return tuple(Sample([item.value] if many else item.value, [item.value] if many else item.value) for item in found)


def upload_sample(control: Control) -> dict[str, str] | None:
    """Return a file that a file control takes, its bytes in base 64; None for other controls."""
    if control.needs != "upload":
        return None
    name, content = ("sample.png", picture()) if control.key in ("image", "signature") else ("sample.pdf", _PDF)
    return {"name": name, "base64": base64.b64encode(content).decode()}


def picture(size: tuple[int, int] = (64, 32)) -> bytes:
    """Return a small picture."""
    held = io.BytesIO()
    Image.new("RGB", size, "white").save(held, "PNG")
    return held.getvalue()
