"""How root runs a server that refuses root: in a user namespace, or else as another user."""

import ctypes
import os
import pwd
from pathlib import Path

from process_server.embedded.child import MYSELF, Identity
from process_server.errors import ProcessServerError

_CLONE_NEWUSER = 0x10000000
_NOBODY = 65534
_libc = ctypes.CDLL(None, use_errno=True)


class NoOtherUser(ProcessServerError):
    """PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`. Start it as a user."""

    code = "no_other_user"


def identity() -> Identity:
    """Return as whom PostgreSQL shall run: as ourselves, unless we are root."""
    if os.geteuid() != 0:
        return MYSELF
    if _namespace_works():
        return Identity(enter=_enter_namespace)
    for name in ("postgres", "nobody"):  # initdb looks the user up: a bare number will not do
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(entry.pw_uid, entry.pw_gid)
    raise NoOtherUser


def _enter_namespace() -> None:
    """Become `nobody` inside a new user namespace and stay root outside: no file changes its owner or its mode."""
    if _libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWUSER)")
    for file, line in (("setgroups", "deny"), ("uid_map", f"{_NOBODY} 0 1"), ("gid_map", f"{_NOBODY} 0 1")):
        Path("/proc/self", file).write_text(line)


def _namespace_works() -> bool:
    if os.environ.get("PROCESS_SERVER_NO_USER_NAMESPACE") or not hasattr(_libc, "unshare"):
        return False
    pid = os.fork()
    if pid == 0:
        try:
            _enter_namespace()
            os._exit(0 if os.geteuid() == _NOBODY else 1)
        except OSError:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def can_reach(path: Path, who: Identity) -> bool:
    """Say whether another user may pass through every folder above `path`."""
    if who.uid is None:
        return True
    for folder in path.resolve().parents:
        mode = folder.stat()
        bit = 0o100 if mode.st_uid == who.uid else 0o010 if mode.st_gid == who.gid else 0o001
        if not mode.st_mode & bit:
            return False
    return True
