"""The check of uploads by a command of the operator's: a virus scanner, as a rule."""

import logging
import shlex
import subprocess
from typing import Literal, TypeAlias

from process_server.config import settings

State: TypeAlias = Literal["clean", "waiting", "infected"]
"""Of a file: may be used; not looked at yet, the scanner did not answer; held back for good."""

TIMEOUT = 60  # seconds
_log = logging.getLogger(__name__)


def scan(content: bytes) -> State:
    """Hand the bytes to the command: exit code 0 says clean, 1 infected; anything else leaves the file waiting."""
    command = settings().scan_command
    if not command:
        return "clean"
    try:
        done = subprocess.run(shlex.split(command), input=content, capture_output=True, timeout=TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        _log.error("the scanner of uploads cannot be run: %s", error)
        return "waiting"
    if done.returncode not in (0, 1):
        _log.error("the scanner of uploads ended with %s: %s", done.returncode, done.stderr[-500:])
        return "waiting"
    return "clean" if done.returncode == 0 else "infected"
