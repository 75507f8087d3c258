"""Options that several commands share, which win over the environment."""

from pathlib import Path
from typing import Annotated

import typer

from process_server import servers

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
