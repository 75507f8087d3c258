"""For developers: write the migration that brings the schema to the models.

python -m process_server.migrations.revise 0002 "Add the working calendar"
python -m process_server.migrations.revise --first      (before the first release only: write it anew)
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from process_server.embedded.postgres import Cluster
from process_server.migrations import config, migrate

VERSIONS = Path(__file__).parent / "versions"
START = """def upgrade() -> None:
    \"""Create the first tables.\"""
"""
SEARCH = """    op.execute(
        \"""
        CREATE FUNCTION search_grams(value text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100000
        RETURN (
            SELECT coalesce(array_agg(DISTINCT gram), '{}')
            FROM (
                SELECT unnest(ARRAY[c, c || lead(c) OVER (ORDER BY n)]) AS gram
                FROM string_to_table(left(lower(value), 2000), NULL) WITH ORDINALITY AS letters (c, n)
            ) AS pairs
            WHERE gram IS NOT NULL
        )
        \"""
    )
"""
# What indexes of texts hold: every character and every pair of neighbours, so that parts of words are found. It costs
# what it does (a millisecond for a long text), lest the planner works it out row by row instead of reading the index.
PARTITION = """    op.execute("CREATE TABLE activity_default PARTITION OF activity DEFAULT")
"""


def revise(number: str, message: str, folder: Path = VERSIONS) -> Path:
    """Compare a throw-away database at the newest migration with the models, and write down the difference."""
    with tempfile.TemporaryDirectory(prefix="ps-") as home:
        cluster = Cluster(Path(home), durable=False)
        cluster.start()
        try:
            engine = create_engine(cluster.url("postgres"))
            if folder == VERSIONS:
                migrate(engine)
            with engine.connect() as connection:
                made = config()
                made.set_main_option("version_locations", str(folder))
                made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
                made.attributes["connection"] = connection
                command.revision(made, message, autogenerate=True, rev_id=number)
            engine.dispose()
        finally:
            cluster.stop()
    return next(folder.glob(f"{number}_*.py"))


def first() -> Path:
    """Write the first migration anew, with what models cannot say: the words of searches, the default partition."""
    with tempfile.TemporaryDirectory() as folder:
        made = revise("0001", "Create the first tables", Path(folder))
        kept = VERSIONS / made.name
        upgrade = made.read_text().rstrip("\n") + "\n" + PARTITION
        kept.write_text(upgrade.replace(START, START + SEARCH))
    return kept


def main(arguments: list[str]) -> None:
    """Write the migration and bring it into the form of the house."""
    written = first() if arguments == ["--first"] else revise(arguments[0], arguments[1])
    lines = [line for line in written.read_text().splitlines(keepends=True) if "###" not in line]
    written.write_text("".join(lines))
    subprocess.run(["ruff", "check", "-q", "--fix-only", written], check=True)
    subprocess.run(["ruff", "format", "-q", written], check=True)
    print(written)


if __name__ == "__main__":
    main(sys.argv[1:])
