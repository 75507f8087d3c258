"""Commands that look whether all is well."""

from typing import Annotated

import typer

from process_server import servers
from process_server.cli.console import console
from process_server.cli.options import Data, Host, Port, set_from_options


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


def doctor(port: Port = None, host: Host = None, data: Data = None) -> None:
    """Check this machine, the servers and the settings, and say what to do about what is wrong."""
    set_from_options(port=port, host=host, data=data)
    from process_server.doctor import examine, show

    raise typer.Exit(show(console, examine()))
