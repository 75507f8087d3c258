"""What it costs to count a request against the limits of the APIs: with a broker of its own, as the server starts one.

.venv/bin/python -m bench.rates
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from process_server.embedded.broker import Broker
from process_server.identity import attempts, rates
from process_server.identity.principal import Principal

ROUNDS = 20_000


def main() -> None:
    """Count requests of one user, from one address, and as those are that are counted one by one."""
    with tempfile.TemporaryDirectory() as home:
        broker = Broker(Path(home))
        broker.prepare()
        process = subprocess.Popen(broker.command(), stdout=subprocess.DEVNULL)
        try:
            while not broker.ready():
                time.sleep(0.02)
            os.environ["BROKER_URL"] = broker.url()
            who = Principal("demo", "Demo")
            _measure("of an address", lambda: rates.count_address("10.0.0.1"))
            _measure("of a user", lambda: rates.count_principal(who))
            _measure("one by one, in the broker", lambda: attempts.spend(attempts.OF_TRIP_THERE, "10.0.0.1", cost=0))
        finally:
            process.terminate()
            process.wait()


def _measure(what: str, count: Callable[[], None]) -> None:
    count()
    began, worked = time.perf_counter(), time.process_time()
    for _ in range(ROUNDS):
        count()
    lasted, worked = time.perf_counter() - began, time.process_time() - worked
    print(f"{what}: {lasted / ROUNDS * 1e6:.0f} µs, CPU {worked / ROUNDS * 1e6:.0f} µs")


if __name__ == "__main__":
    main()
