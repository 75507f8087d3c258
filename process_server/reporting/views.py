"""The reporting views: what happened, in the words of reports. Read-only; rebuilt with every migration."""

from sqlalchemy import Connection, text

VIEWS: dict[str, str] = {
    "report_case": """
        SELECT i.id, i.root_id, i.parent_id, d.key AS process, d.version, d.name AS process_name,
               d.name_en AS process_name_en, i.business_key, i.initiator, i.state,
               i.started_at, i.ended_at, i.ended_at - i.started_at AS cycle_time
        FROM process_instance i JOIN process_definition d ON d.id = i.definition_id
    """,
    # A task waits until somebody takes it (or, assigned at once, first opens it); from then on it is worked on.
    "report_task": """
        SELECT t.id, t.process_instance_id, d.key AS process, d.version, t.definition_id, t.element_id, t.name, t.state,
               t.assignee, t.candidate_groups, t.outcome, t.created_at, t.completed_at, t.completed_by, t.due_at,
               coalesce(t.claimed_at, t.opened_at, t.completed_at) AS begun_at,
               coalesce(t.claimed_at, t.opened_at, t.completed_at) - t.created_at AS waiting,
               t.completed_at - coalesce(t.claimed_at, t.opened_at, t.completed_at) AS working,
               t.completed_at - t.created_at AS total
        FROM user_task t JOIN process_definition d ON d.id = t.definition_id
    """,
    "report_visit": """
        SELECT a.id, a.process_instance_id, d.key AS process, d.version, a.definition_id, a.element_id, a.element_type,
               a.entered_at, a.left_at, a.outcome, a.actor
        FROM activity a JOIN process_definition d ON d.id = a.definition_id
    """,
}


def drop(connection: Connection) -> None:
    """Drop the views."""
    for name in VIEWS:
        connection.execute(text(f"DROP VIEW IF EXISTS {name}"))


def install(connection: Connection) -> None:
    """Create the views, in place of those that are there (a view's columns cannot be changed in place)."""
    drop(connection)
    for name, query in VIEWS.items():
        connection.execute(text(f"CREATE VIEW {name} AS {query}"))
