"""The command that deploys a set of files: read all, check all, then write all or nothing."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.deployment.bundle import Bundle, read_bundle
from process_server.bpmn.deployment.columns import with_columns
from process_server.bpmn.deployment.crosscheck import crosscheck
from process_server.bpmn.models import (
    DecisionDefinition,
    Deployment,
    Parameter,
    ProcessDefinition,
    Resource,
    Subscription,
    Timer,
)
from process_server.bpmn.program import Program
from process_server.bpmn.starts import awaited_name, first_due
from process_server.db import new_id, table_of
from process_server.errors import InvalidProcess, Problem
from process_server.faults import errors_first
from process_server.forms.models import FormDefinition
from process_server.identity import audit

_deployment, _resource = table_of(Deployment), table_of(Resource)
_definition, _decision, _form = table_of(ProcessDefinition), table_of(DecisionDefinition), table_of(FormDefinition)
_timer, _subscription, _parameter = table_of(Timer), table_of(Subscription), table_of(Parameter)


Again: TypeAlias = Literal["changed", "together", "always"]
"""What gets a new version: the files that changed; all if any changed, so that they stay together; all."""


@dataclass
class Deployed:
    """The report of a deployment. `id` names an earlier deployment when nothing had changed."""

    id: UUID
    name: str
    processes: list[dict[str, Any]] = field(default_factory=list)  # {id, key, version, name, resource, new}
    decisions: list[dict[str, Any]] = field(default_factory=list)
    forms: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    changed: bool = True


def deploy(
    session: Session,
    files: Mapping[str, bytes],
    *,
    name: str = "",
    source: str | None = None,
    actor: str | None = None,
    drafts: bool = False,
    again: Again = "changed",
    settled: Collection[str] = (),
) -> Deployed:
    """Deploy files together. What is byte for byte the newest version already gets no new one, unless `again` says so.

    Nor does what a file of `settled` holds: another version of it may be the newest. With `drafts`, processes that are
    drawn as not executable are deployed as well. Raises InvalidProcess with every problem found; then nothing was
    written.
    """
    bundle = read_bundle(files, drafts=drafts)
    problems = errors_first(with_columns(bundle.problems + crosscheck(session, bundle), files))
    if any(problem["severity"] == "error" for problem in problems):
        raise InvalidProcess(problems)
    one_at_a_time(session)
    writer = _Writer(session, bundle, Deployed(new_id(), name or "deployment", warnings=problems), again, settled)
    writer.write(source, actor)
    if writer.report.changed:
        audit.record(session, actor, "deploy", "deployment", str(writer.report.id), files=sorted(files))
    return writer.report


_LOCK = 0x6465706C  # "depl"


def one_at_a_time(session: Session) -> None:
    """Wait for other deployments: versions are numbered without gaps, and start events switch over at once."""
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


class _Writer:
    def __init__(
        self, session: Session, bundle: Bundle, report: Deployed, again: Again, settled: Collection[str]
    ) -> None:
        self.session, self.bundle, self.report, self.again, self.settled = session, bundle, report, again, settled
        self.now = clock.now()
        self.hashes = {name: hashlib.sha256(content).digest() for name, content in bundle.files.items()}

    def write(self, source: str | None, actor: str | None) -> None:
        unchanged = None if self.again == "always" else self._unchanged_since()
        self.every = unchanged is None and self.again != "changed"
        if unchanged is not None:
            self.report.id, self.report.changed = unchanged, False
        else:
            self._insert_files(source, actor)
        self._insert_processes()
        self._insert_decisions()
        self._insert_forms()
        self._insert_parameters(actor)

    def _unchanged_since(self) -> UUID | None:
        """Return the newest deployment, when it holds exactly these files and all that is read in them now."""
        if any(
            self._newest(_definition, program.key)[2] != self.hashes[file] for file, program in self.bundle.programs
        ):
            return None
        last = self.session.execute(
            select(_deployment.c.id)
            .join(_resource, _resource.c.deployment_id == _deployment.c.id)
            .where(_resource.c.name.in_(list(self.hashes)))
            .order_by(_deployment.c.deployed_at.desc())
            .limit(1)
        ).scalar_one_or_none()
        if last is None:
            return None
        held = self.session.execute(
            select(_resource.c.name, _resource.c.sha256).where(_resource.c.deployment_id == last)
        )
        return last if {row.name: bytes(row.sha256) for row in held} == self.hashes else None

    def _insert_files(self, source: str | None, actor: str | None) -> None:
        self.session.execute(
            insert(_deployment),
            {
                "id": self.report.id,
                "name": self.report.name,
                "source": source,
                "deployed_at": self.now,
                "deployed_by": actor,
                "warnings": list(self.report.warnings),
            },
        )
        self.resources = {name: new_id() for name in self.bundle.files}
        self.session.execute(
            insert(_resource),
            [
                {
                    "id": self.resources[name],
                    "deployment_id": self.report.id,
                    "name": name,
                    "sha256": self.hashes[name],
                    "content": content,
                }
                for name, content in self.bundle.files.items()
            ],
        )

    def _newest(self, table: Any, key: str) -> tuple[UUID | None, int, bytes | None]:
        query = select(table.c.id, table.c.version, _resource.c.sha256)
        if "resource_id" in table.c:
            query = query.join(_resource, _resource.c.id == table.c.resource_id)
        else:
            query = query.join(
                _resource,
                (_resource.c.deployment_id == table.c.deployment_id) & (_resource.c.name == table.c.resource_name),
            )
        row = self.session.execute(
            query.where(table.c.key == key).order_by(table.c.version.desc()).limit(1)
        ).one_or_none()
        return (row.id, row.version, bytes(row.sha256)) if row else (None, 0, None)

    def _stays(self, file: str, newest: bytes | None) -> bool:
        """Say whether the newest version of what a file holds, of this hash, stays the newest."""
        if newest == self.hashes[file]:
            return not self.every
        return newest is not None and file in self.settled

    def _insert_processes(self) -> None:
        for file, program in self.bundle.programs:
            old_id, version, sha256 = self._newest(_definition, program.key)
            entry = {"id": old_id, "key": program.key, "version": version, "name": program.name, "resource": file}
            if self._stays(file, sha256):
                self.report.processes.append(entry | {"new": False})
                continue
            definition_id = new_id()
            entry |= {"id": definition_id, "version": version + 1}
            self.session.execute(
                insert(_definition),
                {
                    "id": definition_id,
                    "key": program.key,
                    "version": version + 1,
                    "version_tag": program.version_tag,
                    "name": program.name,
                    "name_en": program.localised_name("en"),
                    "deployment_id": self.report.id,
                    "resource_id": self.resources[file],
                    "start_form_key": program.start_form_key,
                    "startable": any(start.kind == "none" for start in program.starts) and program.startable,
                    "candidate_starters": list(program.candidate_starters),
                    "history_days": self._history_days(program, old_id),
                },
            )
            self._switch_starts(program, definition_id)
            self.report.processes.append(entry | {"new": True})

    def _history_days(self, program: Program, earlier: UUID | None) -> int | None:
        """Return how long cases are kept: a new model that says nothing of it changes nothing of it."""
        if program.history_days is not None:
            return program.history_days
        return self.session.scalar(select(_definition.c.history_days).where(_definition.c.id == earlier))

    def _switch_starts(self, program: Program, definition_id: UUID) -> None:
        """Start events of the new version take over from those of all earlier ones."""
        earlier = select(_definition.c.id).where(_definition.c.key == program.key)
        for table in (_timer, _subscription):
            self.session.execute(
                delete(table).where(table.c.process_instance_id.is_(None), table.c.definition_id.in_(earlier))
            )
        for start in program.starts:
            row = {"id": new_id(), "definition_id": definition_id, "element_id": start.element}
            if start.kind == "timer" and start.timer:
                due = first_due(start, self.now)
                if due is not None:
                    times = {"due_at": due.due, "cycle": due.cycle, "remaining": due.remaining, "created_at": self.now}
                    self.session.execute(insert(_timer), row | times)
            elif start.kind in ("message", "signal"):
                awaited = {"kind": start.kind, "name": awaited_name(start), "created_at": self.now}
                self.session.execute(insert(_subscription), row | awaited)

    def _insert_decisions(self) -> None:
        for file, key, name in self.bundle.decisions:
            old_id, version, sha256 = self._newest(_decision, key)
            entry = {"id": old_id, "key": key, "version": version, "name": name, "resource": file, "new": False}
            if not self._stays(file, sha256):
                entry |= {"id": new_id(), "version": version + 1, "new": True}
                self.session.execute(
                    insert(_decision),
                    {
                        "id": entry["id"],
                        "key": key,
                        "version": entry["version"],
                        "name": name,
                        "deployment_id": self.report.id,
                        "resource_id": self.resources[file],
                    },
                )
            self.report.decisions.append(entry)

    def _insert_forms(self) -> None:
        for file, form in self.bundle.forms:
            old_id, version, sha256 = self._newest(_form, form.id)
            entry = {"id": old_id, "key": form.id, "version": version, "resource": file, "new": False}
            if not self._stays(file, sha256):
                entry |= {"id": new_id(), "version": version + 1, "new": True}
                self.session.execute(
                    insert(_form),
                    {
                        "id": entry["id"],
                        "key": form.id,
                        "version": entry["version"],
                        "deployment_id": self.report.id,
                        "resource_name": file,
                        "form_schema": form.source,
                    },
                )
            self.report.forms.append(entry)

    def _insert_parameters(self, actor: str | None) -> None:
        """Insert figures that are new; what somebody set since stays."""
        known = set(self.session.execute(select(_parameter.c.key)).scalars())
        rows = [
            {
                "key": key,
                "value": {"value": held["value"]},
                "description": held.get("description"),
                "changed_at": self.now,
                "changed_by": actor,
            }
            for key, held in self.bundle.parameters.items()
            if key not in known
        ]
        if rows:
            self.session.execute(insert(_parameter), rows)
