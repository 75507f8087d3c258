"""How many open browsers one process of the API bears: streams of events, what they cost, how late news come.

.venv/bin/python -m bench.streams --streams 500
"""

import argparse
import asyncio
import statistics
import time

import httpx
import psutil
from sqlalchemy import create_engine, text

from bench.servers import running
from process_server.db import unit_of_work
from process_server.identity import sign_in, users
from process_server.tasks.telling.announcing import announce

CONNECTIONS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")


async def read(client: httpx.AsyncClient, cookie: str, heard: list[float], opened: asyncio.Semaphore) -> None:
    """Keep one stream open and note when a notification is told of."""
    async with client.stream("GET", "/events", headers={"Cookie": f"session={cookie}"}) as answer:
        opened.release()
        async for line in answer.aiter_lines():
            if line == "event: notification":
                heard.append(time.monotonic())  # noqa: PERF401  (as they come)


async def measure(address: str, streams: int, database: str, server: psutil.Process) -> None:
    """Open the streams, tell everybody something ten times, print how late it came."""
    with unit_of_work() as session:
        people = [users.create_user(session, f"reader-{number}", "Reader") for number in range(streams)]
        cookies = [sign_in.open_session(session, person)[0] for person in people]
    heard: list[float] = []
    opened = asyncio.Semaphore(0)
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=None, limits=limits) as client:
        readers = [asyncio.create_task(read(client, cookie, heard, opened)) for cookie in cookies]
        for _ in readers:
            await opened.acquire()
        await asyncio.sleep(3)
        heard.clear()
        late = []
        for _ in range(10):
            with unit_of_work() as session:
                announce(session, told=[f"reader-{number}" for number in range(streams)])
            told = time.monotonic()
            await asyncio.sleep(2)
            late += [at - told for at in heard]
            heard.clear()
        with create_engine(database).connect() as connection:
            connections = connection.execute(CONNECTIONS).scalar_one()
        process = max(server.children(recursive=True), key=lambda each: "api" in each.cmdline())
        print(f"{streams} streams, {len(late)} of {10 * streams} heard")
        print(f"late: p50 {statistics.median(late):.2f} s, at most {max(late):.2f} s")
        print(f"{process.num_threads()} threads, {process.memory_info().rss / 2**20:.0f} MB, {connections} connections")
        for reader in readers:
            reader.cancel()


def main() -> None:
    """Print what so many open browsers cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8768)
    parser.add_argument("--streams", type=int, default=500)
    arguments = parser.parse_args()
    with running(arguments.port) as server:
        address = f"http://127.0.0.1:{arguments.port}"
        process = psutil.Process(server.process.pid)
        asyncio.run(measure(address, arguments.streams, server.database_url(), process))


if __name__ == "__main__":
    main()
