"""What happens to uploads: pictures lose their traces, scanners hold files back, one file serves several cases."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.visibility import may_read_file
from process_server.config import settings
from process_server.db import Session
from process_server.errors import InvalidForm, NotFound
from process_server.forms import files, images
from process_server.forms.controls.samples import picture
from process_server.forms.entry import attach_files
from process_server.forms.models import File, FileUse
from process_server.forms.submission import validate
from process_server.identity.principal import Principal
from tests.integration.forms.test_files import PDF, instance
from tests.unit.forms.factories import field, form


def photo() -> bytes:
    """A picture lying on its side, with the camera's name."""
    image = Image.new("RGB", (80, 40), "red")
    traces = Image.Exif()
    traces[0x010F], traces[0x0112] = "Camera Works", 6
    held = io.BytesIO()
    image.save(held, "JPEG", exif=traces)
    return held.getvalue()


def everybody(row: object) -> bool:
    return True


def test_a_picture_is_turned_and_tells_nothing_of_its_making(session: Session) -> None:
    entry = files.store_file(session, name="a.jpg", content=photo(), uploaded_by="demo")
    files.without_traces(session, [entry["id"]], user_id="somebody else")
    files.without_traces(session, [entry["id"], "no id"], user_id="demo")
    kept = files.usable_files(session, [entry["id"]], user_id="demo")[entry["id"]]
    stored = files.fetch_file(session, session.execute(select(File.id)).scalars().all()[-1], may_read=everybody)
    with Image.open(io.BytesIO(stored.content)) as image:
        assert image.size == (40, 80)
        assert not image.getexif()
    assert kept["size"] == len(stored.content) == stored.size


def test_a_picture_has_a_small_one(session: Session) -> None:
    entry = files.store_file(session, name="a.png", content=picture((900, 300)), uploaded_by="demo")
    row = session.execute(select(File.id).where(File.name == "a.png").order_by(File.id.desc())).scalars().first()
    assert row is not None
    small = files.fetch_file(session, row, may_read=everybody, small=True)
    assert small.media_type == "image/webp"
    with Image.open(io.BytesIO(small.content)) as image:
        assert max(image.size) == images.THUMBNAIL[0]
    assert entry["type"] == "image/png"


@pytest.mark.parametrize("content", [photo()[:300], b"\x89PNG\r\n\x1a\n" + b"\0" * 40], ids=["cut off", "empty"])
def test_what_cannot_be_decoded_is_no_picture(session: Session, content: bytes) -> None:
    entry = files.store_file(session, name="a.png", content=content, uploaded_by="demo")
    assert entry["type"] == "application/octet-stream"
    with pytest.raises(InvalidForm) as refused:
        validate(
            form(field("filepicker", "x", accept="image/*", properties={"ctl": "image"})),
            {"x": [entry["id"]]},
            variables={},
            files={entry["id"]: entry},
        )
    assert refused.value.problems[0]["code"] == "file_type"


def scanner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int) -> None:
    script = tmp_path / "scan.py"
    script.write_text(f"import sys; sys.stdin.buffer.read(); sys.exit({code})")
    monkeypatch.setattr(settings(), "scan_command", f"{sys.executable} {script}")


@pytest.mark.parametrize(("code", "told"), [(1, "infected_file"), (2, "waiting_file")])
def test_a_scanner_holds_files_back(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int, told: str
) -> None:
    scanner(monkeypatch, tmp_path, code)
    entry = files.store_file(session, name="a.pdf", content=PDF, uploaded_by="demo")
    row = session.execute(select(File.id).order_by(File.id.desc())).scalars().first()
    assert row is not None
    with pytest.raises(files.HeldBack):
        files.fetch_file(session, row, may_read=everybody)
    usable = files.usable_files(session, [entry["id"]], user_id="demo")
    with pytest.raises(InvalidForm) as refused:
        validate(form(field("filepicker", "x")), {"x": [entry["id"]]}, variables={}, files=usable)
    assert refused.value.problems[0]["code"] == told
    scanner(monkeypatch, tmp_path, 0)
    again = files.usable_files(session, [entry["id"]], user_id="demo")[entry["id"]]
    assert ("held_back" in again) is (code == 1), "what waits is looked at again, what is infected stays so"


def test_a_file_may_be_sent_to_several_cases(session: Session) -> None:
    first, second = instance(session), instance(session, "q")
    session.query(ProcessInstance).where(ProcessInstance.id == second).update({"initiator": "li"})
    entry = files.store_file(session, name="a.pdf", content=PDF, uploaded_by="demo")
    li = Principal("li", "Li")

    def readable() -> bool:
        row = session.execute(select(File.__table__).where(File.name == "a.pdf").order_by(File.id.desc())).first()
        return may_read_file(session, row, li)

    def send(case: Any) -> None:
        attach_files(session, {"x": [dict(entry)]}, user_id="demo", instance_id=case)

    send(first)
    assert not readable()
    send(second)
    assert readable()
    files.release(session, select(ProcessInstance.id).where(ProcessInstance.id == first))
    assert readable(), "the other case has it still"
    files.release(session, select(ProcessInstance.id).where(ProcessInstance.id == second))
    with pytest.raises(NotFound):
        files.fetch_file(session, files._identifier(entry["id"]) or first, may_read=everybody)


def test_a_file_is_bound_to_what_was_sent_with_it(session: Session) -> None:
    first, second = instance(session), instance(session, "q")
    entry = files.store_file(session, name="s.png", content=picture(), uploaded_by="demo")
    attach_files(session, {"x": [dict(entry)], "amount": 1}, user_id="demo", instance_id=first)
    attach_files(session, {"x": [dict(entry)], "amount": 2}, user_id="demo", instance_id=second)
    digests = session.execute(select(FileUse.form_sha256)).scalars().all()
    assert len(set(digests)) == 2
    assert all(digests)
