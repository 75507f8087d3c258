"""docs/api.md does what it says: every curl command in it is sent, every answer is held to the one shown."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

from process_server.db import unit_of_work
from process_server.identity import passwords, users

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"
STEP = re.compile(
    r"(?:<!-- (?P<name>\w+) = (?P<path>[\w.]+) -->\n)?"
    r"```sh\n(?P<command>curl.*?)```"
    r"(?:\n\n```json\n(?P<answer>.*?)```)?",
    re.S,
)


def curl(http: TestClient, command: str) -> Response:
    """Send what a curl command would send."""
    words = iter(shlex.split(command.replace("\\\n", " "))[1:])
    sent: dict[str, Any] = {"headers": {}}
    method, url = "GET", ""
    for word in words:
        match word:
            case "-u":
                sent["auth"] = tuple(next(words).split(":"))
            case "-H":
                name, _, value = next(words).partition(": ")
                sent["headers"][name] = value
            case "-X":
                method = next(words)
            case "--json":
                method, sent["content"] = "POST" if method == "GET" else method, next(words).encode()
                sent["headers"]["Content-Type"] = "application/json"
            case "-F":
                method = "POST"
                name, _, value = next(words).partition("=")
                if value.startswith("@"):
                    file = GUIDE.parent / "examples" / value[1:]
                    sent.setdefault("files", []).append((name, (file.name, file.read_bytes())))
                else:
                    sent.setdefault("data", {})[name] = value
            case _:
                assert word.startswith("/"), f"the guide's reader of curl does not know {word}"
                url = word
    return http.request(method, f"/api/v1{url}", **sent)


def holds(shown: Any, answered: Any) -> bool:
    """Say whether an answer has what the guide shows of it; … stands for anything."""
    if shown == "…":
        return True
    if isinstance(shown, dict):
        return isinstance(answered, dict) and all(
            name in answered and holds(value, answered[name]) for name, value in shown.items()
        )
    if isinstance(shown, list):
        return len(shown) == len(answered) and all(map(holds, shown, answered))
    if isinstance(shown, str) and shown.endswith("…"):
        return str(answered).startswith(shown[:-1])
    return bool(shown == answered)


def test_the_guide_does_what_it_says(http: TestClient) -> None:
    with unit_of_work() as session:
        users.set_password_hash(session, "demo", passwords.hash_password("demo"))
    known = {"URL": ""}
    steps = list(STEP.finditer(GUIDE.read_text(encoding="utf-8")))
    assert len(steps) > 10
    for step in steps:
        command = re.sub(r"\$(\w+)", lambda name: known[name[1]], step["command"])
        response = curl(http, command)
        answered = response.json() if response.content else None
        if step["answer"]:
            assert holds(json.loads(step["answer"]), answered), f"{command}\n{response.status_code} {response.text}"
        else:
            assert response.is_success, f"{command}\n{response.text}"
        if step["name"]:
            value = answered
            for part in step["path"].split("."):
                value = value[int(part)] if part.isdigit() else value[part]
            known[step["name"]] = str(value)
