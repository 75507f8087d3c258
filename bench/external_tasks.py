"""External tasks: how many a second workers get and complete, and what workers cost that wait for some.

A server of its own with one API process. Each worker is one kept-alive connection that speaks as workers of Camunda do:
fetchAndLock with long polling, then complete with one variable.

    .venv/bin/python -m bench.external_tasks --waiting 10000 --workers 500
"""

import argparse
import asyncio
import json
import statistics
import time
from typing import Any

import psutil
from sqlalchemy import create_engine, text

from bench.servers import Server, running
from process_server.bpmn import commands
from process_server.db import unit_of_work
from process_server.identity import tokens
from process_server.identity.principal import SYSTEM

MODEL = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
                  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="http://bench">
  <bpmn:process id="errand" isExecutable="true">
    <bpmn:startEvent id="start" /><bpmn:endEvent id="end" />
    <bpmn:serviceTask id="work" camunda:type="external" camunda:topic="errand" />
    <bpmn:sequenceFlow id="a" sourceRef="start" targetRef="work" />
    <bpmn:sequenceFlow id="b" sourceRef="work" targetRef="end" />
  </bpmn:process>
</bpmn:definitions>"""
VARIABLES = {"customer": "Harbour Machinery Ltd.", "amount": 20_000, "region": "east", "urgent": False, "score": 42}
CONNECTIONS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")


class Worker:
    """One kept-alive connection of a worker."""

    def __init__(self, port: int, token: str, name: str) -> None:
        self.port, self.token, self.name = port, token, name
        self.got: list[tuple[str, float]] = []

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        content = json.dumps(body).encode()
        head = f"POST /engine-rest{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {self.token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        self.writer.write(head.encode() + content)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(answer.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        said = await self.reader.readexactly(length)
        if not answer.startswith("http/1.1 20"):
            raise RuntimeError(f"{path}: {answer} {said!r}")
        return json.loads(said) if said else None

    async def fetch(self, most: int, wait: int = 60_000) -> list[dict[str, Any]]:
        topics = [{"topicName": "errand", "lockDuration": 600_000}]
        asked = {"workerId": self.name, "maxTasks": most, "asyncResponseTimeout": wait, "topics": topics}
        tasks: list[dict[str, Any]] = await self.post("/external-task/fetchAndLock", asked)
        return tasks

    async def complete(self, task: dict[str, Any]) -> None:
        done = {"workerId": self.name, "variables": {"done": {"value": True}}}
        await self.post(f"/external-task/{task['id']}/complete", done)

    async def work(self, until: float, most: int) -> int:
        """Fetch and complete until a moment; return how many."""
        done = 0
        while time.monotonic() < until:
            for task in await self.fetch(most):
                await self.complete(task)
                done += 1
        return done

    async def wait(self) -> None:
        """Wait for jobs and complete them, noting when they came, for as long as it lasts."""
        while True:
            for task in await self.fetch(1):
                self.got.append((task["id"], time.monotonic()))
                await self.complete(task)


async def opened(port: int, token: str, number: int) -> list[Worker]:
    """Return workers with their connections."""
    workers = [Worker(port, token, f"worker-{each}") for each in range(number)]
    for worker in workers:
        await worker.open()
    return workers


async def rate(server: Server, token: str, number: int, most: int, seconds: float) -> None:
    """Print how many tasks a second some workers do."""
    workers = await opened(server.port, token, number)
    cpu, began = server.cpu(), time.monotonic()
    done = sum(await asyncio.gather(*(worker.work(began + seconds, most) for worker in workers)))
    took = time.monotonic() - began
    cost = (server.cpu()["server"] - cpu["server"]) * 1000 / done
    print(
        f"{number} workers, {most} at a time: {done / took:.0f} tasks/s, {cost:.1f} ms of the server's CPU", flush=True
    )


async def waiting(server: Server, token: str, number: int, tasks: int) -> None:
    """Print what workers cost that wait, how soon they get a task, and how evenly."""
    show_process(server, "before")
    workers = await opened(server.port, token, number)
    polling = [asyncio.create_task(worker.wait()) for worker in workers]
    await asyncio.sleep(3)
    show_process(server, f"{number} workers wait")
    cpu = server.cpu()
    await asyncio.sleep(10)
    spent = (server.cpu()["server"] - cpu["server"]) + (server.cpu()["database"] - cpu["database"])
    print(f"waiting takes {spent * 100:.0f} ms of CPU a second, the whole server's idle work included")
    late = []
    for _ in range(tasks):
        begin(1)
        began = time.monotonic()
        before = sum(len(worker.got) for worker in workers)
        while sum(len(worker.got) for worker in workers) == before:
            await asyncio.sleep(0.001)
        late.append(time.monotonic() - began)
        await asyncio.sleep(0.02)
    late.sort()
    p95 = late[int(len(late) * 0.95)]
    print(f"a task is fetched after p50 {statistics.median(late) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms", end="; ")
    print(f"{tasks} tasks, one after the other, went to {sum(bool(worker.got) for worker in workers)} workers")
    for each in polling:
        each.cancel()


def show_process(server: Server, when: str) -> None:
    """Print what the API's process takes."""
    children = psutil.Process(server.process.pid).children(recursive=True)
    api = max(children, key=lambda each: "api" in each.cmdline())
    with create_engine(server.database_url()).connect() as connection:
        connections = connection.execute(CONNECTIONS).scalar_one() - 1
    print(f"{when}: {api.num_threads()} threads, {api.memory_info().rss / 2**20:.0f} MB, {connections} connections")


def begin(number: int) -> None:
    """Start instances."""
    with unit_of_work() as session:
        definition = commands.latest(session, "errand").id
    for _ in range(number):
        with unit_of_work() as session:
            commands.start_instance(session, definition, dict(VARIABLES), actor=SYSTEM)


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8769)
    parser.add_argument("--waiting", type=int, default=10_000, help="tasks that wait while others are done")
    parser.add_argument("--workers", type=int, default=500, help="workers that wait while there are no tasks")
    parser.add_argument("--seconds", type=float, default=15.0)
    arguments = parser.parse_args()
    with running(arguments.port) as server:
        with unit_of_work() as session:
            commands.deploy(session, {"errand.bpmn": MODEL})
            token = f"Bearer {tokens.create_token(session, 'admin', 'bench', scopes=['jobs'])[1]}"
        asyncio.run(waiting(server, token, arguments.workers, 100))
        begin(arguments.waiting)
        print(f"{arguments.waiting} tasks wait", flush=True)
        asyncio.run(rate(server, token, 1, 1, 3))  # warm
        for number, most in ((1, 1), (1, 10), (50, 1), (50, 10)):
            asyncio.run(rate(server, token, number, most, arguments.seconds))


if __name__ == "__main__":
    main()
