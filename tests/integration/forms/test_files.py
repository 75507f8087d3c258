"""Files are kept once, named safely, and put into forms only by those who may."""

import os
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from process_server import clock, config
from process_server.bpmn.models import Deployment, ProcessDefinition, ProcessInstance, Resource
from process_server.db import Session, new_id
from process_server.errors import InvalidForm, NotAllowed, NotFound, TooLarge
from process_server.forms.components import FormSchema
from process_server.forms.controls.samples import picture
from process_server.forms.entry import attach_files, file_ids
from process_server.forms.files import attach, fetch_file, media_type, safe_name, store_file, usable_files
from process_server.forms.models import FileContent
from process_server.forms.rendering import render
from process_server.forms.submission import Submission, validate
from tests.unit.forms.factories import field, form

PDF = b"%PDF-1.4\n%test\n"
PNG = picture()


def instance(session: Session, key: str = "p") -> UUID:
    """Insert a running instance."""
    deployment = Deployment(id=new_id(), name="test", source=None, deployed_at=clock.now(), deployed_by=None)
    session.add(deployment)
    session.flush()
    resource = Resource(id=new_id(), deployment_id=deployment.id, name="p.bpmn", sha256=b"", content=b"")
    session.add(resource)
    session.flush()
    definition = ProcessDefinition(
        id=new_id(), key=key, version=1, deployment_id=deployment.id, resource_id=resource.id
    )
    session.add(definition)
    session.flush()
    made = ProcessInstance(
        id=new_id(), definition_id=definition.id, variables={}, started_at=clock.now(), revision=1, state="active"
    )
    made.root_id = made.id
    session.add(made)
    session.flush()
    return made.id


def test_bytes_are_kept_once(session: Session) -> None:
    before = session.execute(select(func.count()).select_from(FileContent)).scalar_one()
    one = store_file(session, name="合同.pdf", content=PDF, uploaded_by="demo")
    other = store_file(session, name="copy.pdf", content=PDF, uploaded_by="demo")
    assert one["id"] != other["id"]
    assert (one["name"], one["size"], one["type"]) == ("合同.pdf", len(PDF), "application/pdf")
    assert session.execute(select(func.count()).select_from(FileContent)).scalar_one() == before + 1


def test_a_file_is_handed_to_those_who_may_read_it(session: Session) -> None:
    entry = store_file(session, name="a.pdf", content=PDF, uploaded_by="demo")
    found = fetch_file(session, UUID(entry["id"]), may_read=lambda row: row.uploaded_by == "demo")
    assert (found.name, found.content, found.media_type) == ("a.pdf", PDF, "application/pdf")
    with pytest.raises(NotAllowed):
        fetch_file(session, UUID(entry["id"]), may_read=lambda row: False)
    with pytest.raises(NotFound):
        fetch_file(session, new_id(), may_read=lambda row: True)


def test_a_file_can_be_too_large(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    limited = config.settings().model_copy(update={"max_upload": 10})
    monkeypatch.setattr("process_server.forms.files.settings", lambda: limited)
    with pytest.raises(TooLarge):
        store_file(session, name="a", content=b"12345678901", uploaded_by="demo")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (b"<html><script>alert(1)</script>", "text/html"),
        ("姓名,金额\n张三,5\n".encode(), "text/plain"),
        (b"", "text/plain"),
        (b"\x01\x02\xff\xfe\x00", "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_bytes_are(content: bytes, kind: str) -> None:
    assert media_type(content) == kind


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\合同.pdf", "合同.pdf"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("..", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_one_uses_ones_own_files_and_those_of_the_instance(session: Session) -> None:
    running = instance(session)
    mine = store_file(session, name="mine", content=PDF, uploaded_by="demo")
    other = store_file(session, name="other", content=PDF, uploaded_by="li")
    ids = [mine["id"], other["id"], "no-id"]
    assert usable_files(session, ids, user_id="demo") == {mine["id"]: mine}
    attach(session, ids, user_id="demo", process_instance_id=running)
    assert list(usable_files(session, ids, user_id="zhang", process_instance_id=running)) == [mine["id"]]


def submit(
    schema: FormSchema, sent: dict[str, Any], *files: Any, variables: dict[str, Any] | None = None
) -> Submission:
    return validate(schema, sent, variables=variables or {}, files={item["id"]: item for item in files})


def test_a_file_field_holds_entries(session: Session) -> None:
    schema = form(field("filepicker", "scan", multiple=True, accept=".pdf,image/*"))
    pdf = store_file(session, name="a.pdf", content=PDF, uploaded_by="demo")
    png = store_file(session, name="a.png", content=PNG, uploaded_by="demo")
    sent = {"scan": [pdf["id"], png]}
    assert file_ids(schema, sent) == {pdf["id"], png["id"]}
    assert submit(schema, sent, pdf, png).values == {"scan": [pdf, png]}
    forged = {**pdf, "name": "b.exe", "size": 0}
    assert submit(schema, {"scan": [forged]}, pdf).values == {"scan": [pdf]}
    assert submit(schema, {"scan": [pdf["id"]]}, variables={"scan": [pdf]}).values == {"scan": [pdf]}


@pytest.mark.parametrize(
    ("settings", "name", "content", "code"),
    [
        ({"accept": ".pdf"}, "a.txt", PDF, "file_type"),
        ({"accept": ".pdf, .txt"}, "a.pdf", b"MZ" + bytes(60), "file_type"),
        ({"accept": "image/*"}, "a.png", PDF, "file_type"),
        ({}, "a.pdf", PDF, "one_file_only"),
    ],
)
def test_a_file_field_refuses(session: Session, settings: dict[str, Any], name: str, content: bytes, code: str) -> None:
    one = store_file(session, name=name, content=content, uploaded_by="demo")
    two = store_file(session, name=name, content=os.urandom(8), uploaded_by="demo")
    sent = [one["id"], two["id"]] if code == "one_file_only" else [one["id"]]
    with pytest.raises(InvalidForm) as caught:
        submit(form(field("filepicker", "x", **settings)), {"x": sent}, one, two)
    assert caught.value.problems[0]["code"] == code


def test_submitted_files_belong_to_the_instance(session: Session) -> None:
    running = instance(session)
    mine = store_file(session, name="a", content=PDF, uploaded_by="demo")
    theirs = store_file(session, name="b", content=PDF, uploaded_by="li")
    accepted = {"rows": [{"scan": [mine]}], "forged": theirs}
    attach_files(session, accepted, user_id="demo", instance_id=running)
    found = usable_files(session, [mine["id"], theirs["id"]], user_id="zhang", process_instance_id=running)
    assert list(found) == [mine["id"]]


def test_files_stay_where_the_browser_cannot_show_them(session: Session) -> None:
    schema = form(field("filepicker", "scan", validate={"required": True}))
    pdf = store_file(session, name="a.pdf", content=PDF, uploaded_by="demo")
    held = {"scan": [pdf]}
    assert "required" not in render(schema, language="en", data=held)["components"][0]["validate"]
    assert render(schema, language="en")["components"][0]["validate"] == {"required": True}
    assert submit(schema, {"scan": None}, variables=held).values == {}
    assert submit(form(field("filepicker", "scan")), {"scan": []}, variables=held).values == {"scan": []}
