"""The `approval` workload over HTTP: how much a whole instance costs, with few and with many open instances beside it.

An instance: start (10 variables), then per user task: query by candidate group, claim, complete (3 variables). Half of
the instances are big and pass the director (4 tasks), half are small (3 tasks).

    .venv/bin/python -m bench.approval                    # its own server on its own data
    .venv/bin/python -m bench.approval --open 20000       # the same beside 20,000 open instances
"""

import argparse
import http.client
import json
import os
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from bench.servers import Server, running

HERE = Path(__file__).parent
GROUPS = {"enter_lead": "sales", "director_approval": "director", "legal": "legal", "finance": "finance"}


class Client:
    """One kept-alive connection."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Authorization": token, "Content-Type": "application/json"}
        self.completions: list[float] = []

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        self.connection.request(method, f"/api/v1{path}", data, self.headers | headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:500]!r}")
        return json.loads(content) if content else None

    def start(self, number: int) -> str:
        """Start an instance, big or small in turn; return its business key."""
        key = f"B-{os.getpid()}-{number}"
        variables = {
            "amount": 20_000 if number % 2 else 5_000,
            "company": "Harbour Machinery Ltd.",
            "contact": "Lin Xiaoyu",
            "phone": "+8613800138000",
            "source": "exhibition",
            "region": "east",
            "industry": "manufacturing",
            "urgent": False,
            "score": 42,
            "note": "asked for a quote on twelve machines",
        }
        self.call("POST", "/instances", {"definition_key": "approval", "business_key": key, "variables": variables})
        return key

    def work(self, key: str, element: str) -> None:
        """Find the task of one step, claim it and complete it."""
        page = self.call("GET", f"/tasks?candidate_group={GROUPS[element]}&business_key={key}&limit=10")
        task = next(item["id"] for item in page["items"] if item["element_id"] == element)
        self.call("POST", f"/tasks/{task}/claim")
        began = time.perf_counter()
        values = {f"{element}_by": "bench", f"{element}_ok": True, f"{element}_note": "fine"}
        self.call("POST", f"/tasks/{task}/complete", {"variables": values})
        self.completions.append(time.perf_counter() - began)

    def run(self, number: int) -> None:
        """Run one instance from start to end."""
        key = self.start(number)
        self.work(key, "enter_lead")
        if number % 2:
            self.work(key, "director_approval")
        self.work(key, "legal")
        self.work(key, "finance")


def database_figures(url: str) -> dict[str, float]:
    """Return commits so far and the size of the database in bytes."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
        connection.execute(text("VACUUM"))
        row = connection.execute(
            text(
                "SELECT xact_commit AS commits, pg_database_size(datname) AS size "
                "FROM pg_stat_database WHERE datname = current_database()"
            )
        ).one()
    engine.dispose()
    return {"commits": float(row.commits), "bytes": float(row.size)}


def measure(server: Server, url: str, token: str, clients: int, instances: int) -> dict[str, float]:
    """Run `instances` through `clients` at once and return the figures of one instance."""
    numbers: Iterator[int] = iter(range(instances))
    lock = threading.Lock()
    workers = [Client(server.port, token) for _ in range(clients)]

    def loop(client: Client) -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            client.run(number + int(time.monotonic() * 1e6) * 2)

    before, cpu, began = database_figures(url), server.cpu(), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(loop, workers))
    seconds = time.perf_counter() - began
    spent, after = server.cpu(), database_figures(url)
    times = sorted(moment for client in workers for moment in client.completions)
    return {
        "clients": clients,
        "instances/s": instances / seconds,
        "completions/s": len(times) / seconds,
        "complete p50 ms": statistics.median(times) * 1000,
        "complete p95 ms": times[int(len(times) * 0.95)] * 1000,
        "server CPU ms": (spent["server"] - cpu["server"]) * 1000 / instances,
        "database CPU ms": (spent["database"] - cpu["database"]) * 1000 / instances,
        "commits": (after["commits"] - before["commits"]) / instances,
        "database bytes": (after["bytes"] - before["bytes"]) / instances,
    }


def main() -> None:
    """Print the figures as a table, one line for 1 client and one for 8."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--instances", type=int, default=400)
    parser.add_argument("--open", type=int, default=0, help="instances left open beside the measured ones")
    arguments = parser.parse_args()
    with running(arguments.port) as server:
        token = server.authorization()
        url = server.database_url()
        deploy(server.port, token)
        measure(server, url, token, 4, 60)  # warm
        for clients in (1, 8):
            show(measure(server, url, token, clients, arguments.instances))
        if arguments.open:
            fill(server.port, token, arguments.open)
            print(f"beside {arguments.open} open instances:", flush=True)
            for clients in (1, 8):
                show(measure(server, url, token, clients, arguments.instances))


def show(figures: dict[str, float]) -> None:
    """Print one line of figures."""
    print("  ".join(f"{name} {value:.1f}" for name, value in figures.items()), flush=True)


def deploy(port: int, token: str) -> None:
    """Deploy the model."""
    boundary = "approval-bench"
    model = (HERE / "approval.bpmn").read_bytes()
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="approval.bpmn"\r\n'
        f"Content-Type: application/xml\r\n\r\n".encode()
        + model
        + f"\r\n--{boundary}--\r\n".encode()
    )
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(
        "POST",
        "/api/v1/deployments",
        body,
        {"Authorization": token, "Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    answer = connection.getresponse()
    content = answer.read()
    if answer.status >= 400:
        raise SystemExit(f"deploying failed: {answer.status} {content.decode()}")


def fill(port: int, token: str, count: int) -> None:
    """Start instances and leave them open."""

    def part(index: int) -> None:
        client = Client(port, token)
        for number in range(index, count, 8):
            client.start(-number - 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(part, range(8)))


if __name__ == "__main__":
    main()
