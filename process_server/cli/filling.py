"""Commands that put something into the database: its schema, models, people, what is shipped."""

from pathlib import Path
from typing import Annotated, Any

import typer

from process_server import servers
from process_server.cli.console import console, errors, locate, progress_bar
from process_server.cli.options import Data, set_from_options
from process_server.config import settings


def migrate(data: Data = None) -> None:
    """Bring the database to the newest schema. Safe to run again, and at the same time as others."""
    set_from_options(data=data)
    with servers.database():
        _migrate()
    console.print("The database has the newest schema.")


def deploy(
    paths: Annotated[list[Path], typer.Argument(help="BPMN, DMN and form files, or folders of them.", exists=True)],
    name: Annotated[str, typer.Option(help="What to call the deployment.")] = "",
    drafts: Annotated[bool, typer.Option("--drafts", help="Deploy drawings marked as not executable as well.")] = False,
    data: Data = None,
) -> None:
    """Deploy files together, all or nothing. What has not changed gets no new version.

    Every fault is shown with its file, line and element; warnings do not hinder.
    """
    set_from_options(data=data)
    from process_server.application import read_files
    from process_server.bpmn.commands import deploy as deploy_files
    from process_server.db import unit_of_work

    with servers.database(), console.status("Deploying"):
        _migrate()
        with unit_of_work() as session:
            title = name or paths[0].name
            deployed = deploy_files(session, read_files(paths), name=title, source="command line", drafts=drafts)
    show_deployed(deployed)


def people(
    file: Annotated[
        Path, typer.Argument(help="A TOML file of departments, groups and users.", exists=True, dir_okay=False)
    ],
    data: Data = None,
) -> None:
    """Bring departments, groups and users to what a file says. Who is not in it stays as they are."""
    set_from_options(data=data)
    from process_server.db import unit_of_work
    from process_server.identity.organisation import load_organisation

    with servers.database():
        _migrate()
        with unit_of_work() as session:
            loaded = load_organisation(session, file)
    users = f"{loaded.users} users, {loaded.created} of them new"
    console.print(f"{loaded.departments} departments, {loaded.groups} groups, {users}.")


def demo(data: Data = None) -> None:
    """Play two months of demo history into a new database: leads, quotes and contracts, done and on their way.

    Where there are instances already nothing happens. No worker may run meanwhile: it would fire the past's timers.
    """
    set_from_options(data=data)
    from process_server.application import shipped
    from process_server.db import unit_of_work
    from process_server.demo import load, load_people
    from process_server.health import check_at_rest
    from process_server.setup import deploy_shipped

    with servers.database():
        _migrate()
        check_at_rest()
        with unit_of_work() as session:
            load_people(session, shipped())
            deploy_shipped(session)
        with progress_bar("Writing demo history") as progress:
            load(unit_of_work, progress)


def setup(data: Data = None) -> None:
    """Deploy the shipped processes, and see to it that somebody can sign in. `up` does this by itself.

    Where there is no administrator one is created, and the generated password is printed this once.
    """
    set_from_options(data=data)
    from process_server.application import shipped
    from process_server.db import unit_of_work
    from process_server.demo import load_people
    from process_server.setup import ADMINISTRATOR, deploy_shipped, first_administrator

    with servers.database():
        _migrate()
        with unit_of_work() as session:
            if settings().demo:
                load_people(session, shipped())
            password = first_administrator(session)
        if password:
            sign_in = f"[bold]{ADMINISTRATOR}[/], password [bold]{password}[/]"
            console.print(
                f"The first administrator is {sign_in} (shown only this once).", highlight=False, soft_wrap=True
            )
        with unit_of_work() as session:
            deploy_shipped(session)


def show_deployed(deployed: Any) -> None:
    """Show what a deployment brought, and its warnings."""
    for warning in deployed.warnings:
        errors.print(f"[yellow]warning[/] {locate(warning)}")
    for kind in ("processes", "decisions", "forms"):
        for one in getattr(deployed, kind):
            state = "" if one.get("new", True) else " [dim](unchanged)[/]"
            console.print(
                f"{kind[:-1] if kind != 'processes' else 'process'} {one['key']} version {one['version']}{state}"
            )


def _migrate() -> None:
    from process_server.db import engine
    from process_server.migrations import migrate as bring_to_newest

    bring_to_newest(engine())
