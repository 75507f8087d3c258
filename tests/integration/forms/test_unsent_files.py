"""Files that were never sent go after a time; what a case, a decision or a draft holds never does."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from process_server import clock
from process_server.db import Session, new_id
from process_server.forms import files
from process_server.forms.controls.samples import picture
from process_server.forms.models import File, FileContent, FileUse
from process_server.forms.uploads import UploadedFile
from process_server.tasks.handling import drafts, unsent_files
from process_server.tasks.models import TaskDecision
from process_server.worker import SCHEDULE
from tests.integration.forms.test_files import instance


def stored(session: Session, content: bytes, by: str = "lin.yue") -> UploadedFile:
    return files.store_file(session, name="a.txt", content=content, uploaded_by=by)


def left(session: Session) -> set[str]:
    return {str(found) for found in session.scalars(select(File.id))}


def bytes_kept(session: Session) -> int:
    return session.execute(select(func.count()).select_from(FileContent)).scalar_one()


def sweep_after(session: Session, days: float) -> int:
    with clock.travel(timedelta(days=days)):
        return unsent_files.clean(session)


def test_what_nobody_sent_goes_with_its_bytes_after_its_time(session: Session) -> None:
    before = bytes_kept(session)
    member, visitor = stored(session, b"of a member"), stored(session, b"of a visitor", "public:0123")
    small = stored(session, picture())
    assert sweep_after(session, 29.9) == 0
    assert left(session) >= {member["id"], visitor["id"], small["id"]}
    assert sweep_after(session, 30.1) > 0
    assert not left(session) & {member["id"], visitor["id"], small["id"]}
    assert bytes_kept(session) <= before


def test_bytes_stay_while_another_file_has_them(session: Session) -> None:
    sent, unsent = stored(session, b"the same"), stored(session, b"the same")
    files.attach(session, [sent["id"]], user_id="lin.yue", process_instance_id=instance(session))
    sweep_after(session, 31)
    assert unsent["id"] not in left(session)
    assert files.fetch_file(session, UUID(sent["id"]), may_read=lambda _row: True).content == b"the same"


def test_what_a_draft_a_decision_or_a_case_holds_stays(session: Session) -> None:
    case = instance(session)
    drafted, drawn, sent, used = (stored(session, name.encode()) for name in ("drafted", "drawn", "sent", "used"))
    rows = {"items": [{"proof": [dict(drafted)]}]}
    draft = drafts.save(session, "lin.yue", rows, process_key="lead_to_cash")
    decision = {"process_instance_id": case, "action": "approve", "actor": "lin.yue", "at": clock.now()}
    session.add(TaskDecision(id=new_id(), signature_id=UUID(drawn["id"]), **decision))
    files.attach(session, [sent["id"]], user_id="lin.yue", process_instance_id=case)
    session.add(FileUse(file_id=UUID(used["id"]), process_instance_id=case, used_by="lin.yue", used_at=clock.now()))
    session.flush()
    held = {each["id"] for each in (drafted, drawn, sent, used)}
    sweep_after(session, 400)
    assert left(session) >= held
    drafts.discard(session, "lin.yue", draft_id=draft.id)
    sweep_after(session, 400)
    assert left(session) & held == held - {drafted["id"]}


def test_the_beat_has_them_swept() -> None:
    assert "process_server.tasks.jobs.clean_files" in {entry["task"] for entry in SCHEDULE.values()}
