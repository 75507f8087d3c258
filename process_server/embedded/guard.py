"""The guard, where the kernel cannot do it: when the supervisor dies, it stops what the supervisor started.

Its standard input is a pipe of which only the supervisor holds the other end. Each line lists `pid:signal` of what
runs, in the order in which it shall stop; "bye" means that all has been stopped already.
"""

import os
import signal
import sys
import time


def main() -> None:
    """Read lines until the supervisor says bye or dies."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    last = ""
    for line in sys.stdin:
        if line.strip() == "bye":
            return
        last = line
    for entry in last.split():
        pid, how = entry.split(":")
        _stop(int(pid), int(how))


def _stop(pid: int, how: int) -> None:
    try:
        os.kill(pid, how)
        for _ in range(100):
            time.sleep(0.1)
            os.kill(pid, 0)
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


if __name__ == "__main__":
    main()
