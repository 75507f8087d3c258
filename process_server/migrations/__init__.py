"""The history of the schema: Alembic's migrations, shipped inside the package so that they run from anywhere."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from process_server.reporting import views

_LOCK = 7_267_043_817  # any number, the same in every process that migrates


def config() -> Config:
    """Return Alembic's configuration; there is no alembic.ini."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.set_main_option("path_separator", "os")
    return made


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema. Several servers may do so at once: one does, the others wait."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
        connection.commit()
        made = config()
        made.attributes["connection"] = connection
        try:
            views.drop(connection)  # a migration may change the columns they show
            connection.commit()
            command.upgrade(made, "head")
            views.install(connection)
            connection.commit()
        finally:
            connection.rollback()
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK})")
            connection.commit()


def pending(engine: Engine) -> bool:
    """Say whether the database lacks migrations."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current != ScriptDirectory.from_config(config()).get_current_head()
