"""The command line: `process-server COMMAND`, in a checkout also `./run COMMAND`."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol

import rich.progress
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from process_server import servers
from process_server.config import settings
from process_server.errors import ProcessServerError

console = Console()
errors = Console(stderr=True)
cli = typer.Typer(
    name="process-server",
    help="A CRM whose programs are BPMN diagrams.\n\n`process-server up` runs everything on this machine. The other"
    " commands run one part each, or look after the data; they use the servers that DATABASE_URL and BROKER_URL name,"
    " or those of the `up` that runs on the same data folder.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Data = Annotated[Path | None, typer.Option(help="The data folder (PROCESS_SERVER_DATA).", show_default="data")]
Port = Annotated[
    int | None, typer.Option(min=1, max=65535, help="The port (PROCESS_SERVER_PORT).", show_default="8000")
]
Host = Annotated[
    str | None, typer.Option(help="The address to listen on (PROCESS_SERVER_HOST).", show_default="127.0.0.1")
]


def set_from_options(**options: object) -> None:
    """Let what was typed on the command line win over the environment."""
    given = {f"PROCESS_SERVER_{name.upper()}": str(value) for name, value in options.items() if value is not None}
    servers.use(**given)


@cli.command()
def up(
    port: Port = None,
    host: Host = None,
    data: Data = None,
    demo: Annotated[
        bool | None, typer.Option("--demo/--no-demo", help="Load demo people and data.", show_default="demo")
    ] = None,
) -> None:
    """Run everything on this machine: database, broker, API and pages, workers, beat.

    Servers named by DATABASE_URL and BROKER_URL are used instead of embedded ones. Ctrl-C stops everything; the next
    start finds the data again.
    """
    from process_server.up import up as run

    set_from_options(port=port, host=host, data=data, demo=demo)
    raise typer.Exit(run(console))


@cli.command()
def api(
    port: Port = None,
    host: Host = None,
    data: Data = None,
    fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the API and the pages. PROCESS_SERVER_API_PROCESSES says how many processes share the port."""
    import uvicorn

    set_from_options(port=port, host=host, data=data)
    servers.find()
    config = settings()
    options: dict[str, Any] = {"log_level": "info", "timeout_graceful_shutdown": 5, "proxy_headers": True}
    options["access_log"] = False  # a line a request costs as much as a statement: a proxy in front keeps it cheaper
    if fd is not None:
        from process_server.serving import Server

        server = Server(uvicorn.Config("process_server.app:app", **options))
        server.run(sockets=[socket.socket(fileno=fd)])
        return
    uvicorn.run("process_server.app:app", host=config.host, port=config.port, workers=config.api_processes, **options)


@cli.command()
def worker(
    queue: Annotated[list[str] | None, typer.Option(help="A queue to work: jobs or timers; both unless given.")] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="How many jobs at once (PROCESS_SERVER_WORKER_PROCESSES).")
    ] = None,
    data: Data = None,
) -> None:
    """Run a worker: it fires timers, calls connectors, sends mail and reminders. Run as many as you like."""
    set_from_options(data=data)
    servers.find()
    from process_server.worker import JOBS, TIMERS, work

    work(queue or [TIMERS, JOBS], processes or settings().worker_processes)


@cli.command()
def beat(data: Data = None) -> None:
    """Run the beat: it wakes the workers when it is time to look for work. Several may run."""
    set_from_options(data=data)
    servers.find()
    from process_server.worker import tick

    tick()


@cli.command()
def migrate(data: Data = None) -> None:
    """Bring the database to the newest schema. Safe to run again, and at the same time as others."""
    set_from_options(data=data)
    with servers.database():
        _migrate()
    console.print("The database has the newest schema.")


def _migrate() -> None:
    from process_server.db import engine
    from process_server.migrations import migrate as bring_to_newest

    bring_to_newest(engine())


@cli.command()
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


@cli.command()
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


@cli.command()
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


@cli.command()
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


@cli.command()
def health(
    parts: Annotated[list[str] | None, typer.Argument(help="The parts to look at; all unless given.")] = None,
    data: Data = None,
) -> None:
    """Tell which parts of the server run. The exit code is 1 when one of those asked for does not."""
    set_from_options(data=data)
    servers.find()
    from process_server.health import ask_api, report

    found = report().parts | {"api": ask_api()}
    unknown = set(parts or ()) - set(found)
    if unknown:
        raise typer.BadParameter(f"there is no part {', '.join(sorted(unknown))}: the parts are {', '.join(found)}")
    for name in parts or found:
        console.print(f"{found[name].status:8} {name:12} {found[name].detail}", highlight=False)
    raise typer.Exit(int(any(found[name].status != "ok" for name in parts or found)))


@cli.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write.", dir_okay=False)],
    data: Data = None,
) -> None:
    """Write everything into one archive file, while the server runs or not."""
    set_from_options(data=data)
    from process_server.backup import dump

    with servers.database(), progress_bar("Writing the archive") as progress:
        size = dump(file, progress)
    console.print(f"{file} holds everything: {size / 1e6:.1f} MB. Bring it back with: process-server restore {file}")


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(help="An archive that `backup` wrote.", exists=True, dir_okay=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    data: Data = None,
) -> None:
    """Replace everything by what an archive holds, and bring it to the newest schema. The server must not run."""
    set_from_options(data=data)
    from process_server.backup import load

    with servers.database(), progress_bar("Reading the archive") as progress:
        load(file, progress, confirm=None if yes else typer.confirm)
    console.print(f"The database holds what {file} held.")


@cli.command()
def doctor(port: Port = None, host: Host = None, data: Data = None) -> None:
    """Check this machine, the servers and the settings, and say what to do about what is wrong."""
    set_from_options(port=port, host=host, data=data)
    from process_server.doctor import examine, show

    raise typer.Exit(show(console, examine()))


class Progress(Protocol):
    """Takes the part that is done, from 0 to 1, and a word on where it is."""

    def __call__(self, part: float, where: str = "", /) -> None: ...


@contextmanager
def progress_bar(what: str) -> Iterator[Progress]:
    """Show a bar that follows what it is told."""
    with rich.progress.Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), console=console
    ) as bar:
        task = bar.add_task(what, total=1.0)

        def progress(part: float, where: str = "", /) -> None:
            bar.update(task, completed=min(part, 1.0), description=f"{what} {where}".strip())

        yield progress
        bar.update(task, completed=1.0, description=what)


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


def locate(problem: Any) -> str:
    """Return a problem as one line: file, line, column, element, message, hint."""
    place = ":".join(str(problem[part]) for part in ("file", "line", "column") if problem.get(part))
    element = problem.get("element_name") or problem.get("element")
    hint = f" ({problem['hint']})" if problem.get("hint") else ""
    return f"{place}: {f'{element}: ' if element else ''}{problem['message']}{hint}"


def main() -> None:
    """Run the command line; an error of ours is a message and exit code 1, not a traceback."""
    try:
        cli(prog_name="process-server")
    except ProcessServerError as error:
        for problem in getattr(error, "problems", []):
            if "message" in problem:
                errors.print(f"[red]{problem.get('severity', 'error')}[/] {locate(problem)}", highlight=False)
        errors.print(f"[red]{error.message}[/]", highlight=False, soft_wrap=True)
        sys.exit(1)
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0])
            variable = name if name.isupper() else f"PROCESS_SERVER_{name.upper()}"
            reason = fault["msg"].removeprefix("Value error, ")
            errors.print(f"[red]{variable}[/] is {fault['input']!r}: {reason}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
