"""The history of the schema: Alembic's migrations, shipped inside the package so that they run from anywhere."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text

from process_server.errors import ProcessServerError

if TYPE_CHECKING:  # Alembic takes long to import, and every process asks only whether migrations are pending
    from alembic.config import Config


class SchemaMismatch(ProcessServerError):
    """The database was made by another build of this version: it lacks {missing}. Choose a new folder or database."""

    code = "schema_mismatch"


SHOWN = 3  # columns that are missing
_LOCK = 7_267_043_817  # any number, the same in every process that migrates


def config() -> "Config":
    """Return Alembic's configuration; there is no alembic.ini."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.set_main_option("path_separator", "os")
    return made


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema. Several servers may do so at once: one does, the others wait."""
    from alembic import command

    from process_server.reporting import views

    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
        connection.commit()
        made = config()
        made.attributes["connection"] = connection
        try:
            views.drop(connection)  # a migration may change the columns they show
            connection.commit()
            command.upgrade(made, "head")
            check(connection)
            views.install(connection)
            connection.commit()
        finally:
            connection.rollback()
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK})")
            connection.commit()


def pending(engine: Engine) -> bool:
    """Say whether the database lacks migrations."""
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('alembic_version') IS NULL")):
            return True
        current: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return current != newest()


def check(connection: Connection) -> None:
    """Raise SchemaMismatch where the database says it is the newest and lacks what the program works with.

    Migrations are only ever added after a release; before it, builds may differ and bear the same number.
    """
    from process_server.migrations.known import METADATA

    found = connection.execute(
        text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")
    )
    present = {tuple(row) for row in found}
    known = [(table.name, column.name) for table in METADATA.sorted_tables for column in table.columns]
    if missing := [f"{table}.{column}" for table, column in known if (table, column) not in present]:
        raise SchemaMismatch(missing=", ".join(missing[:SHOWN]) + (" .." if len(missing) > SHOWN else ""))


@lru_cache(maxsize=1)
def newest() -> str | None:
    """Return the newest migration this program has."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config()).get_current_head()
