"""`process-server up`: everything on one machine, under one supervisor."""

import errno
import json
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Collection

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from sqlalchemy import text

from process_server import db, health, servers
from process_server.application import shipped
from process_server.config import settings
from process_server.embedded import postgres
from process_server.embedded.broker import Broker
from process_server.embedded.home import Home
from process_server.embedded.postgres import Cluster
from process_server.embedded.supervisor import Service, Stopped, Supervisor
from process_server.errors import ProcessServerError
from process_server.migrations import migrate


class PortBusy(ProcessServerError):
    """Port {port} on {host} is taken by another program. Choose another: process-server up --port {other}"""

    code = "port_busy"


class CannotListen(ProcessServerError):
    """The server cannot listen on {host}, port {port}: {reason}."""

    code = "cannot_listen"


class SetupFailed(ProcessServerError):
    """The shipped processes could not be deployed: the reason stands above."""

    code = "setup_failed"


class PartsFailed(ProcessServerError):
    """The server did not start: {parts}. The logs are in {logs}"""

    code = "parts_failed"


HEALTHY_SECONDS = 120.0
TOLD_AT_ONCE = 4  # mails and messages of gateways sent at once: who does not answer keeps nobody waiting
FULL = 64 * 1024 * 1024  # bytes: PostgreSQL writes its log in files of 16 MB


def up(console: Console) -> int:
    """Run everything until asked to stop; return the exit code."""
    config = settings()
    home = Home(config.data)
    local = f"http://{health.reachable(config.host)}:{config.port}"
    url = config.base_url or local
    home.lock(url, local)
    listener = listen(config.host, config.port)
    supervisor = Supervisor(home.logs, lambda text: console.print(f"[yellow]{text}[/]"))
    supervisor.listen_to_signals()
    try:
        with console.status("Starting the database and the broker"):
            start_servers(supervisor, home)
            servers.use(PROCESS_SERVER_BASE_URL=url)
        with console.status("Bringing the database to the newest schema"):
            migrate(db.engine())
            if not config.database_url:
                health.forget_all()
            db.engine().dispose()
        with console.status("Starting the server"):
            start_api(supervisor, listener)
        console.print(banner(url, home, demo=config.demo))
        if config.demo and is_empty():
            write_demo_history(supervisor)
        with console.status("Starting the workers"):
            supervisor.start(*background())
            wait_until_healthy(supervisor)
        console.print("Everything runs.")
        went_well = supervisor.watch()
        if not went_well:
            tell_of_a_full_disk(console, home)
    except Stopped:
        went_well = True
    finally:
        with console.status("Stopping"):
            supervisor.stop()
    console.print("Stopped.")
    return 0 if went_well else 1


def tell_of_a_full_disk(console: Console, home: Home) -> None:
    """Say so where the disk is full: whatever keeps dying then, that is why."""
    free = shutil.disk_usage(home.folder).free
    if free < FULL:
        console.print(
            f"[red]The disk of {home.folder} is full ({free / 1e6:.0f} MB free). Make room and start again: "
            "what was confirmed is kept.[/]",
            soft_wrap=True,
        )


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything starts; every API process listens on this one socket."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortBusy(host=host, port=port, other=port + 1) from error
        raise CannotListen(host=host, port=port, reason=error.strerror) from error
    listener.listen(1024)
    return listener


def start_servers(supervisor: Supervisor, home: Home) -> None:
    """Start PostgreSQL and the broker, unless the environment names servers; then use them."""
    config = settings()
    services: list[Service] = []
    found = {"PROCESS_SERVER_DATA": str(home.folder), "PROCESS_SERVER_PROCESSES": str(shipped().resolve())}
    cluster = None
    if not config.database_url:
        cluster = Cluster(home.folder)
        services.append(postgres_service(cluster))
        found["DATABASE_URL"] = cluster.url()
    if not config.broker_url:
        broker = Broker(home.folder)
        services.append(
            Service("broker", broker.command(), ready=broker.ready, before_start=broker.prepare, stop_seconds=10)
        )
        found["BROKER_URL"] = broker.url()
    supervisor.start(*services)
    if cluster is not None:
        cluster.create_database()
    servers.use(**found)


def postgres_service(cluster: Cluster) -> Service:
    """Return the embedded PostgreSQL as something to supervise."""
    cluster.prepare()  # it decides where the data lie, which the command names
    return Service(
        "postgres",
        cluster.command(),
        env=cluster.environment,
        ready=cluster.ready,
        before_start=cluster.prepare,
        stop_signal=postgres.STOP_SIGNAL,
        stop_seconds=postgres.STOP_SECONDS,
        identity=cluster.identity,
        cwd="/",
    )


def program(*arguments: str) -> list[str]:
    """Return the command line that runs one of our own commands in a process of its own."""
    return [sys.executable, "-m", "process_server.cli", *arguments]


def start_api(supervisor: Supervisor, listener: socket.socket) -> None:
    """Start the processes that answer requests, and meanwhile deploy what is shipped."""
    descriptor = listener.fileno()
    apis = [
        Service(f"api-{number}", program("api", "--fd", str(descriptor)), pass_fds=[descriptor], stop_seconds=8)
        for number in range(1, settings().api_processes + 1)
    ]
    setup = Service("setup", program("setup"), once=True, logged=False, stop_seconds=3)
    supervisor.start(setup, *apis)
    supervisor.wait(setup.dead, setup)
    if setup.process is not None and setup.process.returncode != 0:
        raise SetupFailed
    wait_until_healthy(supervisor, but_for=health.PARTS_WITH_A_HEART)


def background() -> list[Service]:
    """Return the workers and the beat. However slow a connector is, timers fire and people are told: by their own."""
    return [
        Service("worker", program("worker", "--processes", str(settings().worker_processes))),
        Service("timers", program("worker", "--queue", "timers", "--processes", "1")),
        Service("telling", program("worker", "--queue", "telling", "--processes", str(TOLD_AT_ONCE))),
        Service("beat", program("beat"), stop_seconds=5),
    ]


def is_empty() -> bool:
    """Say whether no process was ever started on this database."""
    with db.engine().connect() as connection:
        empty = not connection.scalar(text("SELECT EXISTS (SELECT FROM process_instance)"))
    db.engine().dispose()
    return empty


def write_demo_history(supervisor: Supervisor) -> None:
    """Play the demo history, before any worker runs: it would fire the timers of the past."""
    history = Service("demo", program("demo"), once=True, logged=False, stop_seconds=3, ready_seconds=600)
    supervisor.start(history)
    supervisor.wait(history.dead, history)


def wait_until_healthy(supervisor: Supervisor, but_for: Collection[str] = ()) -> None:
    """Wait until every part is well, but for some. Raises PartsFailed, naming those that are not."""
    end = time.monotonic() + HEALTHY_SECONDS
    while lacking := {name: detail for name, detail in lacks().items() if name not in but_for}:
        if supervisor.asked_to_stop:
            raise Stopped
        if not supervisor.revive() or time.monotonic() > end:
            raise PartsFailed(
                parts="; ".join(f"{name}: {detail}" for name, detail in lacking.items()), logs=supervisor.logs
            )
        time.sleep(0.1)


def lacks() -> dict[str, str]:
    """Ask GET /health which parts do not run yet, and why."""
    config = settings()
    try:
        urllib.request.urlopen(f"http://{health.reachable(config.host)}:{config.port}/health", timeout=5).close()
    except urllib.error.HTTPError as error:
        parts = json.loads(error.read())["parts"]
        return {name: part["detail"] for name, part in parts.items() if part["status"] != "ok"}
    except OSError as error:
        return {"api": str(error)}
    return {}


def banner(url: str, home: Home, *, demo: bool) -> Panel:
    """Return what a person needs to go on."""
    rows = Table.grid(padding=(0, 2))
    rows.add_row("[bold]Open[/]", f"[bold cyan]{url}[/]")
    rows.add_row("API", f"{url}/api/v1/openapi.json")
    if demo:
        rows.add_row("Sign in", "[bold]demo[/] / [bold]demo[/] (administrator)")
        rows.add_row(
            "", f"other people: their login name, password [bold]demo[/], see {shipped() / 'organisation.toml'}"
        )
    rows.add_row("Data", str(home.folder))
    rows.add_row("Logs", str(home.logs))
    rows.add_row("Stop", "Ctrl-C")
    return Panel(rows, title="process-server is running", expand=False, border_style="green")
