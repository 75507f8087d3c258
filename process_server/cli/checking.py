"""Commands that look whether all is well."""

from typing import Annotated

import typer

from process_server import servers
from process_server.cli.console import console
from process_server.cli.options import Data, Host, Port, set_from_options
from process_server.config import settings

MOST_FAULTS = 20  # that are shown


def health(
    parts: Annotated[list[str] | None, typer.Argument(help="The parts to look at; all unless given.")] = None,
    data: Data = None,
) -> None:
    """Tell which parts of the server run. The exit code is 1 when one of those asked for does not."""
    set_from_options(data=data)
    servers.find()
    from process_server.embedded.home import Home
    from process_server.health import ask_api, report

    found = report().parts | {"api": ask_api(Home(settings().data).served_at())}
    unknown = set(parts or ()) - set(found)
    if unknown:
        raise typer.BadParameter(f"there is no part {', '.join(sorted(unknown))}: the parts are {', '.join(found)}")
    for name in parts or found:
        console.print(f"{found[name].status:8} {name:12} {found[name].detail}", highlight=False)
    raise typer.Exit(int(any(found[name].status != "ok" for name in parts or found)))


def doctor(port: Port = None, host: Host = None, data: Data = None) -> None:
    """Check this machine, the servers and the settings, and say what to do about what is wrong."""
    set_from_options(port=port, host=host, data=data)
    from process_server.doctor import examine, show

    raise typer.Exit(show(console, examine()))


def verify(
    known: Annotated[
        str, typer.Option(metavar="MARK", help="A mark that was noted down before: does the audit still lead to it?")
    ] = "",
    data: Data = None,
) -> None:
    """Look whether every line of the audit is as it was sealed. The exit code is 1 when one is not, or is missing.

    Note down the mark it ends with, somewhere else than in the database: given back with `--known` it shows as well
    whether lines were cut off at the end, or all of them written anew.
    """
    set_from_options(data=data)
    from process_server.db import unit_of_work
    from process_server.identity import sealing

    mark = sealing.Mark.read(known) if known else None
    with servers.database(), unit_of_work() as session:
        found = sealing.verify(session, known=mark)
    for fault in found.faults[:MOST_FAULTS]:
        console.print(f"[red]wrong[/] {fault}", highlight=False, soft_wrap=True)
    console.print(f"{found.lines} lines looked at, {len(found.faults)} faults.", highlight=False)
    if found.late:
        console.print(f"{found.late} lines wait too long for their seal: does a worker run?", highlight=False)
    console.print(f"Mark: {found.mark}", highlight=False, soft_wrap=True)
    raise typer.Exit(int(bool(found.faults)))
