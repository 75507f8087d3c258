"""Commands that write everything into an archive, and bring it back."""

from pathlib import Path
from typing import Annotated

import typer

from process_server import servers
from process_server.cli.console import console, progress_bar
from process_server.cli.options import Data, set_from_options


def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write.", dir_okay=False)],
    data: Data = None,
) -> None:
    """Write everything into one archive file, while the server runs or not."""
    set_from_options(data=data)
    from process_server.backup import dump

    with servers.database(), progress_bar("Writing the archive") as progress:
        size = dump(file, progress)
    console.print(
        f"{file} holds everything: {size / 1e6:.1f} MB. Bring it back with: process-server restore {file}",
        soft_wrap=True,
    )


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
