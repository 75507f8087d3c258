"""Requests of the little process of these tests, started by other means than a page."""

import httpx

DEMO = ("demo", "demo")
PATIENCE = 60  # seconds: the machine may be busy with other tests
CLIENT = httpx.Client(timeout=PATIENCE)
_started: dict[str, str] = {}  # the case of each title


def start(server: str, *titles: str, user: str = "demo", process: str = "request") -> str:
    """Start a case for each title, and return the id of the last; a request waits for the legal group.

    Of a test that is tried again nothing is left open from the first time.
    """
    instances = f"{server}/api/v1/instances"
    for title in titles:
        if title in _started:
            CLIENT.post(f"{instances}/{_started[title]}/cancel", auth=DEMO)  # if it has not ended
        answer = CLIENT.post(
            instances,
            auth=(user, "demo"),
            json={"definition_key": process, "business_key": title, "variables": {"title": title}},
        )
        assert answer.status_code == 201, answer.text
        _started[title] = str(answer.json()["id"])
    return _started[titles[-1]]


def find(server: str, title: str) -> str:
    """Return the id of the open task of a request."""
    wanted = {"list": "all", "business_key": title}
    tasks = CLIENT.get(f"{server}/api/v1/tasks", auth=DEMO, params=wanted).json()
    return str(tasks["items"][0]["id"])


def claim(server: str, title: str, user: str) -> None:
    """Let somebody claim the task of a request."""
    answer = CLIENT.post(f"{server}/api/v1/tasks/{find(server, title)}/claim", auth=(user, "demo"))
    assert answer.status_code == 200, answer.text
