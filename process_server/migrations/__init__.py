"""The history of the schema: Alembic's migrations, shipped inside the package so that they run from anywhere."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text

if TYPE_CHECKING:  # Alembic takes long to import, and every process asks only whether migrations are pending
    from alembic.config import Config

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


@lru_cache(maxsize=1)
def newest() -> str | None:
    """Return the newest migration this program has."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config()).get_current_head()
