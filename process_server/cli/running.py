"""Commands that run the server: all of it, or one part."""

import gc
import socket
from typing import Annotated, Any

import typer

from process_server import servers
from process_server.cli.console import console
from process_server.cli.options import Data, Host, Port, set_from_options
from process_server.config import settings


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
        gc.disable()  # all of it is kept: to look for garbage while it is put together takes a fifth of the start
        from process_server.app import app
        from process_server.serving import Server

        gc.freeze()
        gc.enable()
        Server(uvicorn.Config(app, **options)).run(sockets=[socket.socket(fileno=fd)])
        return
    uvicorn.run("process_server.app:app", host=config.host, port=config.port, workers=config.api_processes, **options)


def worker(
    queue: Annotated[
        list[str] | None, typer.Option(help="A queue to work: timers, telling or jobs; all unless given.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="How many jobs at once (PROCESS_SERVER_WORKER_PROCESSES).")
    ] = None,
    data: Data = None,
) -> None:
    """Run a worker: it fires timers, calls connectors, sends mail and reminders. Run as many as you like."""
    set_from_options(data=data)
    servers.find()
    from process_server.worker import QUEUES, work

    work(queue or [*QUEUES], processes or settings().worker_processes)


def beat(data: Data = None) -> None:
    """Run the beat: it wakes the workers when it is time to look for work. Several may run."""
    set_from_options(data=data)
    servers.find()
    from process_server.worker import tick

    tick()
