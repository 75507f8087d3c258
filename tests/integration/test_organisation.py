"""People: users, groups, supervisors, and the file they are loaded from."""

from pathlib import Path

import pytest
from sqlalchemy import select

from process_server.db import Session
from process_server.errors import Conflict, InvalidInput, NotFound
from process_server.identity import sign_in, users
from process_server.identity.models import Audit, Department, Group
from process_server.identity.organisation import load_organisation

FILE = """
[[department]]
id = "sales-east"
name = "华东销售部"
name_en = "Sales East"
parent = "sales"

[[department]]
id = "sales"
name = "销售中心"
head = "liu"

[[group]]
id = "sales"
name = "销售"

[[group]]
id = "sales-director"
name = "销售总监"

[[user]]
id = "chen"
name = "陈静"
name_en = "Chen Jing"
email = "chen@example.com"
department = "sales-east"
supervisor = "liu"
groups = ["sales"]
password = "demo"
attributes = { region = "east" }

[[user]]
id = "zhou"
name = "周明"
department = "sales-east"
groups = ["sales"]

[[user]]
id = "liu"
name = "刘强"
department = "sales"
groups = ["sales", "sales-director"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "organisation.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_people_come_from_the_file(session: Session, file: Path) -> None:
    loaded = load_organisation(session, file)
    assert (loaded.departments, loaded.groups, loaded.users, loaded.created) == (2, 2, 3, 3)
    chen = users.find(session, "chen")
    assert (chen.name_en, chen.department_id, chen.attributes) == ("Chen Jing", "sales-east", {"region": "east"})
    assert session.get_one(Department, "sales-east").parent_id == "sales"
    assert users.groups_of(session, "liu") == {"sales", "sales-director"}
    assert sign_in.authenticate(session, "chen", "demo")


def test_loading_again_changes_what_changed_and_keeps_passwords(session: Session, file: Path) -> None:
    load_organisation(session, file)
    users.change_password(session, "chen", "my own password", actor="chen")
    file.write_text(FILE.replace('"陈静"', '"陈小静"').replace('groups = ["sales"]', "groups = []"), encoding="utf-8")
    assert load_organisation(session, file).created == 0
    assert users.find(session, "chen").name == "陈小静"
    assert users.groups_of(session, "chen") == frozenset()
    assert sign_in.authenticate(session, "chen", "my own password")


@pytest.mark.parametrize(
    ("right", "wrong", "field"),
    [
        ('supervisor = "liu"', 'supervisor = "nobody"', "user chen: supervisor"),
        ('parent = "sales"', 'parent = "nowhere"', "department sales-east: parent"),
        ('groups = ["sales"]', 'groups = ["slaes"]', "user chen: groups"),
        ('email = "chen@example.com"', 'e-mail = "chen@example.com"', "user.0.e-mail"),
    ],
)
def test_a_fault_is_named(session: Session, file: Path, right: str, wrong: str, field: str) -> None:
    file.write_text(FILE.replace(right, wrong), encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load_organisation(session, file)
    assert caught.value.problems[0]["field"] == field


def test_malformed_toml_names_the_line(session: Session, file: Path) -> None:
    file.write_text("[[user]\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"organisation\.toml.*line 1"):
        load_organisation(session, file)


def test_one_reports_to_the_supervisor_or_to_the_head(session: Session, file: Path) -> None:
    load_organisation(session, file)
    assert users.supervisor(session, "chen") == "liu"
    assert users.supervisor(session, "zhou") == "liu"  # of the department above
    assert users.supervisor(session, "liu") is None
    assert users.supervisor(session, "nobody") is None
    assert users.department_head(session, "sales-east") == "liu"


def test_members_are_the_active_ones(session: Session, file: Path) -> None:
    load_organisation(session, file)
    assert users.members(session, "sales") == ["chen", "liu", "zhou"]
    users.set_active(session, "zhou", False, actor=None)
    assert users.members(session, "sales", "sales-director") == ["chen", "liu"]


def test_who_is_locked_by_the_file_signs_in_anew_when_let_in_again(session: Session, file: Path) -> None:
    load_organisation(session, file)
    cookie, _ = sign_in.open_session(session, users.find(session, "zhou"))
    whole = file.read_text(encoding="utf-8")
    for active in ("active = false", "", "active = true"):  # of what the file does not say nothing changes
        file.write_text(whole.replace('id = "zhou"', f'id = "zhou"\n{active}'), encoding="utf-8")
        load_organisation(session, file)
        assert sign_in.find_session(session, cookie) is None
    kept = select(Audit.action).where(Audit.entity_id == "zhou", Audit.actor.is_(None)).order_by(Audit.id)
    assert session.scalars(kept).all()[-2:] == ["deactivate", "activate"]


def test_search_finds_by_id_name_and_address(session: Session, file: Path) -> None:
    load_organisation(session, file)
    for text in ("chen", "静", "CHEN JING", "chen@example"):
        assert [user.id for user in users.search(session, text)] == ["chen"]
    assert users.search(session, "%") == []
    assert [user.id for user in users.search(session, "\0chen")] == ["chen"]


def test_names_are_in_the_language_of_the_reader(session: Session, file: Path) -> None:
    load_organisation(session, file)
    assert users.names_of(session, ["chen", "zhou", "nobody"], "en") == {"chen": "Chen Jing", "zhou": "周明"}
    assert users.names_of(session, ["chen"], "zh-CN") == {"chen": "陈静"}
    assert [users.user_name(session, user) for user in ("chen", "nobody")] == ["陈静", "nobody"]


def test_an_id_must_be_one_that_expressions_can_name(session: Session) -> None:
    for user_id in ("", "a b", "a,b", "${x}", "a" * 101):
        with pytest.raises(InvalidInput):
            users.create_user(session, user_id, "X")
    users.create_user(session, "张三", "张三")
    with pytest.raises(Conflict):
        users.create_user(session, "张三", "张三")


def test_a_group_must_be_there(session: Session) -> None:
    session.add(Group(id="sales", name="销售"))
    session.flush()
    with pytest.raises(NotFound):
        users.create_user(session, "chen", "陈", groups=["sales", "unknown"])
