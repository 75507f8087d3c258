"""Clients of Camunda as they are published, installed once into a folder of their own outside the tree."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "process-server-clients"

JAVASCRIPT = ("camunda-external-task-client-js@3.1.0",)
PYTHON = (
    "camunda-external-task-client-python3==4.5.0",
    "operaton-external-task-client-python3==1.0.4",
    "pydantic>=2",  # both import these without saying so
    "httpx",
)


def javascript() -> Path:
    """Return a folder in which Node finds the clients, or skip the test."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node and npm are not installed")
    return _folder("npm", ("install", "--no-audit", "--no-fund", "--silent", "--prefix", "{folder}"), JAVASCRIPT)


def python(packages: tuple[str, ...] = PYTHON) -> Path:
    """Return a folder that Python finds the clients in, or skip the test."""
    if shutil.which("uv"):
        return _folder("uv", ("pip", "install", "-q", "--python", sys.executable, "--target", "{folder}"), packages)
    return _folder(sys.executable, ("-m", "pip", "install", "-q", "--target", "{folder}"), packages)


@cache
def _folder(program: str, arguments: tuple[str, ...], packages: tuple[str, ...]) -> Path:
    key = hashlib.sha256("\n".join((*packages, sys.version)).encode()).hexdigest()[:16]
    wanted = CACHE / key
    if not wanted.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=CACHE))
        command = [program, *(part.format(folder=made) for part in arguments), *packages]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            shutil.rmtree(made)
            pytest.skip(f"{', '.join(packages)} cannot be installed: {done.stderr.strip()[-300:]}")
        try:
            made.rename(wanted)
        except OSError:  # another process was faster
            shutil.rmtree(made)
    return wanted
