"""One worker of `bench.killed`: it works until it is killed, and notes what it was told was completed.

python killed_worker.py KIND ADDRESS TOKEN NOTES, where KIND is camunda, operaton (their published clients) or plain
"""

import importlib
import json
import os
import sys
import time
import urllib.request
from typing import Any

LOCK = 20_000  # milliseconds: so long is a task of a killed worker nobody else's
WAIT = 10_000


def published(package: str, address: str, token: str, notes: int) -> None:
    """Work with a published client, as it is."""
    worker_module = importlib.import_module(f"{package}.external_task.external_task_worker")
    config = {
        "auth_bearer": {"access_token": token},
        "maxTasks": 3,
        "lockDuration": LOCK,
        "asyncResponseTimeout": WAIT,
        "sleepSeconds": 0.5,
    }
    worker = worker_module.ExternalTaskWorker(worker_id=f"{package}-{os.getpid()}", base_url=address, config=config)
    completing = worker.client.complete

    def complete(task_id: str, *given: Any) -> bool:
        done = bool(completing(task_id, *given))
        note(notes, task_id)
        return done

    worker.client.complete = complete
    worker.subscribe(["errand"], lambda task: task.complete({"done": True}))


def plain(address: str, token: str, notes: int) -> None:
    """Work with nothing but HTTP."""
    me = f"plain-{os.getpid()}"
    topics = [{"topicName": "errand", "lockDuration": LOCK}]
    fetch = {"workerId": me, "maxTasks": 3, "asyncResponseTimeout": WAIT, "topics": topics}
    while True:
        try:
            for task in post(f"{address}/external-task/fetchAndLock", token, fetch) or []:
                done = {"workerId": me, "variables": {"done": {"value": True}}}
                post(f"{address}/external-task/{task['id']}/complete", token, done)
                note(notes, task["id"])
        except OSError as error:  # HTTP errors are among them
            print(error, getattr(error, "fp", None) and error.fp.read()[:300], flush=True)
            time.sleep(0.5)


def post(url: str, token: str, body: dict[str, Any]) -> Any:
    """Send JSON; return what is answered."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        said = answer.read()
    return json.loads(said) if said else None


def note(notes: int, task_id: str) -> None:
    """Note that the server said a task is completed; one write, so that a kill cannot tear it."""
    os.write(notes, f"{task_id}\n".encode())


def main(kind: str, address: str, token: str, file: str) -> None:
    """Work."""
    notes = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    if kind == "plain":
        plain(address, token, notes)
    else:
        published(kind, address, token, notes)


if __name__ == "__main__":
    main(*sys.argv[1:])
