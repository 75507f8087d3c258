"""The rows of user tasks as the conductor writes them: new, completed, cancelled; three statements at most."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import Row, Text, Uuid, bindparam, delete, literal_column, null, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.clock import now
from process_server.db import Json, Session, table_of
from process_server.identity import stand_ins
from process_server.tasks.deadlines.moments import OF_DUE
from process_server.tasks.deadlines.moments import plan as moments_of
from process_server.tasks.handling.models import Draft
from process_server.tasks.models import UserTask
from process_server.tasks.telling import wording
from process_server.tasks.telling.announcing import announce
from process_server.tasks.telling.preferences import defaults

_t = table_of(UserTask)

# One round trip for any number of tasks, their moments, and whoever is to be told of them: the assignee, or else every
# candidate; and whose rules have to look at it. Who caused the task is not told. The members of groups are looked up
# where they stand. A task that ended in an incident opens again when its step is tried again: it is the same token.
_INSERT = text(
    f"""
    WITH task AS (
        INSERT INTO user_task (
            id, process_instance_id, definition_id, element_id, name, state, assignee, candidate_users,
            candidate_groups, co_signers, priority, due_at, warn_at, calendar, sla, paused_at, follow_up_at, form_key,
            form_definition_id, variables, created_at, parent_id, signing, barred, actions, name_en, description,
            delay_cost, rank_at, revision
        )
        SELECT
            id, process_instance_id, definition_id, element_id, name, COALESCE(state, 'open'), assignee,
            COALESCE(candidate_users, '{{}}'), COALESCE(candidate_groups, '{{}}'), COALESCE(co_signers, '{{}}'),
            priority, due_at, warn_at, calendar, sla,
            paused_at, follow_up_at, form_key, form_definition_id, variables, created_at, parent_id, signing,
            COALESCE(barred, '{{}}'), actions, name_en, description, delay_cost,
            CASE WHEN paused_at IS NULL THEN CASE WHEN delay_cost IS NULL THEN due_at ELSE created_at END END, 1
        FROM jsonb_to_recordset(:rows) AS new (
            id uuid, process_instance_id uuid, definition_id uuid, element_id text, name text, state text,
            assignee text, candidate_users text[], candidate_groups text[], priority smallint, due_at timestamptz,
            warn_at timestamptz, calendar text, sla jsonb, paused_at timestamptz, follow_up_at timestamptz,
            form_key text, form_definition_id uuid, variables jsonb, created_at timestamptz, parent_id uuid,
            signing text, barred text[], co_signers text[], actions text[], name_en text, description text,
            delay_cost numeric
        )
        ON CONFLICT (id) DO UPDATE SET
            state = EXCLUDED.state, assignee = EXCLUDED.assignee, candidate_users = EXCLUDED.candidate_users,
            candidate_groups = EXCLUDED.candidate_groups, co_signers = EXCLUDED.co_signers,
            priority = EXCLUDED.priority, due_at = EXCLUDED.due_at,
            warn_at = EXCLUDED.warn_at, sla = EXCLUDED.sla, paused_at = EXCLUDED.paused_at,
            follow_up_at = EXCLUDED.follow_up_at, variables = EXCLUDED.variables, created_at = EXCLUDED.created_at,
            delay_cost = EXCLUDED.delay_cost, rank = 0, rank_at = EXCLUDED.rank_at,
            barred = EXCLUDED.barred, opened_at = NULL, claimed_at = NULL, completed_at = NULL, completed_by = NULL,
            outcome = NULL, on_behalf_of = NULL, owner = NULL, delegation = NULL,
            revision = user_task.revision + 1
        WHERE user_task.state NOT IN ('open', 'held')
        RETURNING id, definition_id, process_instance_id, state, assignee, candidate_users, candidate_groups, barred,
            created_at
    ), moment AS (
        INSERT INTO task_moment (id, user_task_id, kind, at, held, detail)
        SELECT id, user_task_id, kind, at, held, detail
        FROM jsonb_to_recordset(:moments) AS new (
            id uuid, user_task_id uuid, kind text, at timestamptz, held boolean, detail jsonb
        )
    ), told AS (
        SELECT id, assignee AS recipient FROM task WHERE assignee IS NOT NULL AND state = 'open'
        UNION
        SELECT id, unnest(candidate_users) FROM task WHERE assignee IS NULL
        UNION
        SELECT task.id, membership.user_id
        FROM task
        JOIN membership ON membership.group_id = ANY (task.candidate_groups)
        JOIN user_account ON user_account.id = membership.user_id AND user_account.active
        WHERE task.assignee IS NULL
    ), everybody AS (
        SELECT id, recipient, NULL::jsonb AS absent FROM told
        UNION
        SELECT told.id, stand_in.substitute_id, {wording.kept_name("assignee", "person")}
        FROM told
        JOIN task ON task.id = told.id AND (
            task.assignee = told.recipient OR task.assignee IS NULL AND told.recipient = ANY (task.candidate_users)
        )
        JOIN process_definition AS definition ON definition.id = task.definition_id
        JOIN user_account AS person ON person.id = told.recipient
        JOIN stand_in ON {stand_ins.in_force("told.recipient", "task.created_at", "definition.key")}
    ), called AS (
        INSERT INTO rule_call (id, owner, user_task_id, changed, at)
        SELECT gen_random_uuid(), told.recipient, task.id, false, task.created_at
        FROM told
        JOIN task ON task.id = told.id
        WHERE EXISTS (SELECT FROM inbox_rule WHERE inbox_rule.owner = told.recipient AND inbox_rule.enabled)
    )
    INSERT INTO notification (
        id, recipient, kind, params, user_task_id, process_instance_id, created_at, in_app, deliver_at
    )
    SELECT
        gen_random_uuid(), told.recipient, kind,
        COALESCE(told.absent, '{{}}'),
        task.id, task.process_instance_id, task.created_at,
        event <> ALL (COALESCE(choice.muted, :muted)),
        CASE WHEN event = ANY (COALESCE(choice.elsewhere, :elsewhere)) THEN task.created_at END
    FROM task
    JOIN everybody AS told ON told.id = task.id
    CROSS JOIN LATERAL (
        SELECT 'stand_in', 'for_absent' WHERE told.absent IS NOT NULL
        UNION ALL
        SELECT 'offered', 'task_offered' WHERE told.absent IS NULL AND task.assignee IS NULL
        UNION ALL
        SELECT 'assigned', 'task_assigned' WHERE told.absent IS NULL AND task.assignee IS NOT NULL
    ) AS happened (event, kind)
    LEFT JOIN notification_choice AS choice ON choice.user_id = told.recipient
    WHERE told.recipient IS DISTINCT FROM :actor AND told.recipient <> ALL (task.barred)
        AND (
            event <> ALL (COALESCE(choice.muted, :muted)) OR event = ANY (COALESCE(choice.elsewhere, :elsewhere))
        )
    """
).bindparams(
    bindparam("rows", type_=Json()),
    bindparam("moments", type_=Json()),
    bindparam("actor", type_=Text()),
    bindparam("muted", type_=ARRAY(Text)),
    bindparam("elsewhere", type_=ARRAY(Text)),
)

# what was drafted for a task goes with it
_DROP = delete(table_of(Draft)).where(table_of(Draft).c.user_task_id == bindparam("task")).cte("dropped")
_COMPLETE = (
    update(table_of(UserTask))
    .where(_t.c.id == bindparam("task"))
    .values(
        state=literal_column("'completed'"),
        assignee=bindparam("by_assignee"),
        completed_by=bindparam("by"),
        completed_at=bindparam("at"),
        outcome=bindparam("result"),
        on_behalf_of=bindparam("behalf"),
        pending=null(),
        revision=_t.c.revision + 1,
    )
    .add_cte(_DROP)
    .returning(_t.c.id, _t.c.assignee, _t.c.claimed_at, _t.c.candidate_users, _t.c.candidate_groups)
)
# With a task go the signers added to it, and those added to them.
_CANCEL = text(
    """
    WITH RECURSIVE gone AS (
        SELECT id FROM user_task WHERE id = ANY (:tasks)
        UNION
        SELECT signer.id FROM user_task AS signer JOIN gone ON signer.parent_id = gone.id
    ), dropped AS (
        DELETE FROM draft WHERE user_task_id IN (SELECT id FROM gone)
    ), passed AS (
        DELETE FROM task_moment WHERE user_task_id IN (SELECT id FROM gone)
    )
    UPDATE user_task SET state = 'cancelled', completed_at = :at, pending = NULL, revision = revision + 1
    FROM gone
    WHERE user_task.id = gone.id AND user_task.state IN ('open', 'held')
    RETURNING user_task.id, assignee, claimed_at, candidate_users, candidate_groups
    """
).bindparams(bindparam("tasks", type_=ARRAY(Uuid)))


class Completed(TypedDict):
    """What completing a task leaves in its row."""

    id: UUID
    assignee: str
    completed_by: str
    completed_at: datetime
    outcome: str | None
    on_behalf_of: str | None
    with_signers: bool  # whether signers were added to it, who have nothing to decide any more


def write(
    session: Session,
    *,
    new: Sequence[Mapping[str, Any]] = (),
    gone: Iterable[UUID] = (),
    completed: Completed | None = None,
    actor: str | None = None,
) -> None:
    """Write what one command did to tasks.

    `new` are rows as columns of `UserTask`. `gone` are tasks no longer waited for: all but the completed one are
    cancelled. Whoever is to be told of a new task is; not the `actor`, by default who completed.
    """
    if completed is not None:
        complete_row(session, completed)
        gone = [task for task in gone if task != completed["id"]]
        gone += [completed["id"]] if completed["with_signers"] else []
        actor = actor or completed["completed_by"]
    if tasks := list(gone):
        cancel_rows(session, tasks)
    if new:
        insert_tasks(session, new, actor=actor)


def insert_tasks(session: Session, rows: Sequence[Mapping[str, Any]], *, actor: str | None = None) -> None:
    """Insert open tasks and tell the people concerned: one statement."""
    created_at = now()
    usual = defaults(session)
    plain, moments = [], []
    for row in rows:
        plan = moments_of(session, row, row.get("created_at") or created_at)
        held = row.get("paused_at") is not None
        plain.append(_plain({**row, "warn_at": plan.warn_at}, created_at))
        moments += [{**_plain(each, created_at), "held": held and each["kind"] in OF_DUE} for each in plan.moments]
    session.execute(
        _INSERT,
        {"rows": plain, "moments": moments, "actor": actor, "muted": usual.muted, "elsewhere": usual.elsewhere},
    )
    for row in rows:
        _announce(
            session, row["assignee"], row.get("candidate_users") or (), row.get("candidate_groups") or (), new=True
        )


def complete_row(session: Session, completed: Completed) -> None:
    """Mark a task as completed, whose row the caller has locked and checked."""
    done = session.execute(
        _COMPLETE,
        {
            "task": completed["id"],
            "by_assignee": completed["assignee"],
            "by": completed["completed_by"],
            "at": completed["completed_at"],
            "result": completed["outcome"],
            "behalf": completed["on_behalf_of"],
        },
    )
    _announce_gone(session, done)


def cancel_rows(session: Session, tasks: Sequence[UUID]) -> None:
    """Mark tasks that are still open as cancelled: a boundary event, the end of their process.

    The signers added to them are cancelled as well; those of a task that was just completed, the same way.
    """
    _announce_gone(session, session.execute(_CANCEL, {"tasks": list(tasks), "at": now()}))


def _announce_gone(session: Session, rows: Iterable[Row[Any]]) -> None:
    """Have open browsers take tasks out of their lists: also of those it was offered to, where nobody claimed it."""
    for row in rows:
        free = row.claimed_at is None
        _announce(
            session, row.assignee, row.candidate_users if free else (), row.candidate_groups if free else (), row.id
        )


def _announce(
    session: Session,
    assignee: str | None,
    users: Iterable[str],
    groups: Iterable[str],
    *tasks: UUID,
    new: bool = False,
) -> None:
    """Have browsers look again: of who has a task, else of everybody it is offered to; a new one is also told of."""
    people = [assignee] if assignee and new else [assignee, *users]
    offered_to = [] if assignee and new else groups
    announce(session, people=people, groups=offered_to, told=filter(None, people) if new else (), tasks=tasks)


def _plain(row: Mapping[str, Any], created_at: datetime) -> dict[str, Any]:
    """Columns as JSON has them; `variables` stay values, so that decimals and dates in them are kept."""
    plain: dict[str, Any] = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()
    }
    plain.setdefault("created_at", created_at.isoformat())
    return plain
