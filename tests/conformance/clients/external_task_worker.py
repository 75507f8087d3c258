"""A worker as camunda-external-task-client-python3 and its twin are meant to be used.

python external_task_worker.py PACKAGE ADDRESS USER PASSWORD, where PACKAGE is camunda or operaton
"""

import base64
import importlib
import os
import sys
import threading
from pathlib import Path
from typing import Any


def main(package: str, address: str, username: str, password: str) -> None:
    """Work until the topic `late` was worked."""
    worker_module = importlib.import_module(f"{package}.external_task.external_task_worker")
    done = threading.Event()
    config = {
        "auth_basic": {"username": username, "password": password},
        "maxTasks": 10,
        "lockDuration": 60_000,
        "asyncResponseTimeout": 15_000,
        "sleepSeconds": 0,
        "usePriority": True,
        "sorting": [{"sortBy": "createTime", "sortOrder": "asc"}],
    }
    worker = worker_module.ExternalTaskWorker(worker_id=package, base_url=address, config=config)
    executing = worker.executor.execute_task

    def execute(task: Any, action: Any) -> Any:
        result = executing(task, action)
        if task.get_topic_name() == "late":
            done.set()
        return result

    worker.executor.execute_task = execute
    topics = ["echo", "flaky", "hopeless", "risky", "late"]
    threading.Thread(target=worker.subscribe, args=(topics, act), daemon=True).start()
    done.wait(100)
    sys.stdout.flush()
    os._exit(0 if done.is_set() else 1)


def act(task: Any) -> Any:
    """Do what a topic wants."""
    match task.get_topic_name():
        case "echo":
            same = {f"same_{name}": task.get_variable(name, with_meta=True) for name in task.get_variables()}
            own = {"text": "语言", "whole": 7, "large": 5_000_000_000, "fraction": 1.25, "truth": True, "nothing": None}
            paper = base64.b64encode(Path(__file__).read_bytes()).decode()
            typed = {
                "paper": {"value": paper, "type": "File", "valueInfo": {"filename": Path(__file__).name}},
                "moment": {"value": "2030-01-01T10:00:00.000+0000", "type": "Date"},
                "list": {"value": '[1, {"two": 2}]', "type": "Json"},
            }
            seen = {"queue": task.get_extension_property("queue"), "key": task.get_business_key()}
            return task.complete({**same, **own, **typed, **seen}, {"note": "local"})
        case "flaky":
            if task._context["errorMessage"] is None:
                return task.failure("again", "a trace", 1, 0)
            told = {name: task._context[key] for name, key in (("told", "errorMessage"), ("details", "errorDetails"))}
            return task.complete({**told, "left": task._context["retries"]})
        case "hopeless":
            return task.failure("gone", "", 0, 1000)
        case "risky":
            return task.bpmn_error("LOST", "it is lost", {"where": "Hamburg"})
    return task.complete({"came": "late"})


if __name__ == "__main__":
    main(*sys.argv[1:])
