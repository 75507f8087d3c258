"""The embedded PostgreSQL: a cluster in a folder, reached over a unix socket, run as a child of ours."""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from process_server.embedded import binaries, leftovers, unprivileged
from process_server.embedded.child import MYSELF, Identity, ask_to_stop, spawn, wait_or_kill
from process_server.errors import ProcessServerError

USER = "process_server"
DATABASE = "process_server"
STOP_SIGNAL = signal.SIGINT  # PostgreSQL's "fast": it disconnects its clients and writes everything down
STOP_SECONDS = 20.0
_LONGEST_FOLDER = 85  # a socket's path has at most 103 bytes on macOS, "/.s.PGSQL.5432" included
_BUILTIN_LOCALE_SINCE = 17


class OtherPostgres(ProcessServerError):
    """{data} was made by PostgreSQL {theirs}, but {ours} is installed: install {theirs}, or restore a backup."""

    code = "other_postgres"


class PostgresFailed(ProcessServerError):
    """PostgreSQL did not start. Its log {log} ends:\n{tail}"""

    code = "postgres_failed"


class Cluster:
    """A PostgreSQL cluster in `home`. `durable=False` gives up crash safety for speed: for tests."""

    def __init__(self, home: Path, *, durable: bool = True, port: int | None = None) -> None:
        self.home = home.resolve()
        self.durable = durable
        self.port = port  # also listen on 127.0.0.1 there; otherwise nothing but the socket
        self.identity = unprivileged.identity()
        self.folder = binaries.postgres_folder(self.identity)
        self.data = self.home / "postgres"
        self.sockets = socket_folder(self.home / "run", self.identity)
        self.log = self.home / "log" / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The environment PostgreSQL runs in: nothing of ours may change how it behaves."""
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

    def prepare(self) -> None:
        """Create the cluster where there is none, and clear away what a killed server left. Hold the home's lock."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._make_data_folder()
        self._own(self.sockets)
        marker = self.data / "PG_VERSION"
        if not marker.exists():
            self._initialise()
        ours, theirs = binaries.postgres_major(self.folder), int(marker.read_text())
        if ours != theirs:
            raise OtherPostgres(data=self.data, ours=ours, theirs=theirs)
        leftovers.clear_stale_lock(self.data, self.sockets)

    def _make_data_folder(self) -> None:
        if not self.data.exists() and not unprivileged.can_reach(self.data, self.identity):
            # another user runs the server and cannot pass through the home's parents: the data lie elsewhere
            self.home.mkdir(parents=True, exist_ok=True)
            self.data.unlink(missing_ok=True)
            self.data.symlink_to(tempfile.mkdtemp(prefix="process-server-", dir="/var/lib"))
        self.data = self.data.resolve()
        self._own(self.data)

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.identity.uid is not None and self.identity.gid is not None:
            os.chown(folder, self.identity.uid, self.identity.gid)

    def _initialise(self) -> None:
        for left in self.data.iterdir():  # an initdb that was interrupted
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        builtin = binaries.postgres_major(self.folder) >= _BUILTIN_LOCALE_SINCE
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] if builtin else ["--locale=C"]
        hurry = [] if self.durable else ["--no-sync"]
        subprocess.run(
            [*self._tool("initdb"), "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", *locale, *hurry],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            env=self.environment,
            preexec_fn=self.identity.enter,
            **self.identity.popen_options(),
        )

    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground."""
        options = {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": self.port or 5432,
            "unix_socket_directories": self.sockets,
            "unix_socket_permissions": "0700",
            "max_connections": 200,
            "shared_buffers": "128MB",
            "autovacuum_naptime": "10s",  # a queue of 200,000 tasks costs 2 ms with fresh statistics, 400 without
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_error_statement": "panic",  # statements hold people's data, whole files even
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
        arguments = [f"{name}={value}" for name, value in options.items()]
        return [*self._tool("postgres"), "-D", str(self.data), *(x for a in arguments for x in ("-c", a))]

    def _tool(self, name: str) -> list[str]:
        return [str(self.folder / name)]

    def client(self, tool: str) -> list[str]:
        """Return the command that runs one of PostgreSQL's own clients on this cluster."""
        return [*self._tool(tool), "-h", str(self.sockets), "-p", str(self.port or 5432), "-U", USER]

    def url(self, database: str = DATABASE) -> str:
        """Return the address of a database of this cluster."""
        return f"postgresql+psycopg2://{USER}@/{database}?host={quote(str(self.sockets))}&port={self.port or 5432}"

    def ready(self) -> bool:
        """Say whether the server takes connections."""
        return subprocess.run([*self.client("pg_isready"), "-q", "-d", "postgres"], check=False).returncode == 0

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement outside a transaction and return what it shows."""
        command = [*self.client("psql"), "-d", database, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ProcessServerError(done.stderr.strip())
        return done.stdout.strip()

    def create_database(self, name: str = DATABASE, template: str = "template0") -> None:
        """Create a database unless it exists."""
        if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')

    def start(self, seconds: float = 30.0) -> None:
        """Start the server as a child of this process, and wait until it takes connections."""
        self.prepare()
        self._process = spawn(
            self.command(),
            log=self.log,
            env=self.environment,
            identity=self.identity,
            stop_signal=STOP_SIGNAL,
            cwd="/",
        )
        end = time.monotonic() + seconds
        while not self.ready():
            if self._process.poll() is not None or time.monotonic() > end:
                raise PostgresFailed(log=self.log, tail=self.log.read_text(errors="replace")[-1500:])
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server that `start` started: at once for its clients, cleanly for its data."""
        if self._process is not None:
            ask_to_stop(self._process, STOP_SIGNAL)
            wait_or_kill(self._process, STOP_SECONDS)
            self._process = None


def socket_folder(wished: Path, who: Identity = MYSELF) -> Path:
    """Return a folder for sockets: `wished`, or a short one made from its name where that is too long or closed."""
    if len(str(wished).encode()) <= _LONGEST_FOLDER and unprivileged.can_reach(wished, who):
        return wished
    digest = hashlib.sha256(str(wished).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"process-server-{os.getuid()}-{digest}"
