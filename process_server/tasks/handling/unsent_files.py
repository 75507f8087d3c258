"""Files that were uploaded and never sent: after a time they go, and with them the bytes that nothing holds."""

from datetime import timedelta

from sqlalchemy import text

from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, changed

# A draft holds a file by naming it. Whoever sends a file at this moment has its row locked by the reference of its
# use: such a row is left for the next time.
_FILES = text(
    r"""
    WITH drafted AS (
        SELECT DISTINCT
            (regexp_matches(draft.values::text, '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'g'))[1]::uuid AS id
        FROM draft
    ), unsent AS (
        SELECT file.id FROM file
        WHERE file.process_instance_id IS NULL AND file.uploaded_at < :before
          AND NOT EXISTS (SELECT FROM file_use WHERE file_use.file_id = file.id)
          AND NOT EXISTS (SELECT FROM task_decision WHERE task_decision.signature_id = file.id)
          AND NOT EXISTS (SELECT FROM drafted WHERE drafted.id = file.id)
        LIMIT :most FOR UPDATE OF file SKIP LOCKED
    )
    DELETE FROM file USING unsent WHERE file.id = unsent.id
    """
)
_BYTES = text(
    """
    WITH unused AS (
        SELECT held.sha256 FROM file_content AS held
        WHERE NOT EXISTS (SELECT FROM file WHERE file.sha256 = held.sha256)
          AND NOT EXISTS (SELECT FROM file WHERE file.thumbnail = held.sha256)
        LIMIT :most FOR UPDATE OF held SKIP LOCKED
    )
    DELETE FROM file_content USING unused WHERE file_content.sha256 = unused.sha256
    """
)


def clean(session: Session, most: int = 500) -> int:
    """Delete files uploaded longer ago than the settings keep them, and bytes without a file; return how many.

    What a case, a decision or a draft holds stays.
    """
    before = now() - timedelta(days=settings().unsent_file_days)
    files = changed(session.execute(_FILES, {"before": before, "most": most}))
    return files + changed(session.execute(_BYTES, {"most": most}))
