"""Drives one scenario of a model over HTTP: as an administrator, and as the worker of every job."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from process_server.bpmn import jobs
from tests.acceptance.client import Client
from tests.conformance.decisions import stand_in
from tests.conformance.model import Model

WORKER = "conformance"
MOST_JOBS = 2_000
PAGE = 500

Json = dict[str, Any]


class Differs(Exception):
    """What was expected, and what was seen."""

    def __init__(self, what: str, expected: Any, seen: Any) -> None:
        super().__init__(f"{what}: expected {expected!r}, seen {seen!r}")


class Refused(Exception):
    """The server answered a request with an error."""

    def __init__(self, what: str, status: int, answer: Any) -> None:
        super().__init__(f"{what}: {status} {answer}")
        self.status, self.answer = status, answer


class Driver:
    """Plays the steps of one scenario and compares."""

    def __init__(self, client: Client, model: Model, scenario: Json) -> None:
        self.client, self.model, self.scenario = client, model, scenario
        self.stubs: Json = scenario.get("stubs", {})
        self.errors: Counter[str] = Counter()
        self.main = ""
        self.started: list[str] = []

    def play(self) -> None:
        """Run the scenario from deployment to end. Raises Differs or Refused."""
        expects_error = self.scenario.get("expect_error")
        try:
            self._deploy()
            self._start(self.scenario["start"])
            for step in self.scenario.get("steps", []):
                self._step(step)
            self._compare()
        except Refused as refused:
            if self._explained(refused) or (expects_error and 400 <= refused.status < 500):
                return
            raise
        if expects_error and not self._incidents():
            raise Differs("an error", expects_error, self._seen())

    def _explained(self, refused: Refused) -> bool:
        """Say whether a deployment was refused that may be, with the element at fault."""
        if self.scenario.get("policy") != "accept-or-explain" or self.main or refused.status != 422:
            return False
        return any(problem.get("element") for problem in refused.answer["error"]["problems"])

    # -- requests

    def _call(self, what: str, method: str, path: str, **options: Any) -> Any:
        response = self.client.call(method, path, **options)
        body = response.json() if response.content else None
        if response.status_code >= 400:
            raise Refused(what, response.status_code, body)
        return body

    def _get(self, path: str, **query: Any) -> Any:
        return self._call(path, "GET", path, params=query)

    def _post(self, what: str, path: str, **body: Any) -> Any:
        return self._call(what, "POST", path, json=body)

    def _deploy(self) -> None:
        key = self.scenario["start"].get("process_key")
        draft = key in self.model.processes - self.model.executable
        files = [("files", item) for item in self.model.files.items()]
        data = {"drafts": "true"} if draft else {}
        answer = self._call("deploy", "POST", "/deployments", files=files, data=data)
        for warning in answer["warnings"]:
            if warning["code"] == "missing_decision":
                self._stand_in(warning["params"]["key"], warning["element"])

    def _stand_in(self, key: str, element: str) -> None:
        """Deploy a decision that no file holds: it gives what the stub of its task sets."""
        drawn, output = self.model.drawn.get(element), self.stubs.get(element, {}).get("set", {})
        content = stand_in(key, output, drawn.result if drawn else None)
        self._call("deploy a decision", "POST", "/deployments", files=[("files", (f"{key}.dmn", content))])

    # -- steps

    def _start(self, start: Json) -> None:
        if "message" in start:
            answer = self._post(
                "start by message",
                "/messages",
                name=start["message"],
                variables=start.get("variables", {}),
                business_key=start.get("business_key"),
            )
            instance = answer["instance"]["instance_id"]
        else:
            instance = self._post(
                "start",
                "/instances",
                definition_key=start["process_key"],
                business_key=start.get("business_key"),
                variables=start.get("variables", {}),
            )["id"]
        self.started.append(instance)
        self.main = self.main or instance
        self._drain()

    def _step(self, step: Json) -> None:
        kind = next(name for name in _STEPS if name in step)
        _STEPS[kind](self, step)
        self._drain()

    def _complete(self, step: Json) -> None:
        ids = self.model.named(step["complete"])
        variables = step.get("variables", {})
        wanted = step.get("where", {})
        for task in self._tasks():
            matches = all(task.get(field) == value for field, value in wanted.items())
            if matches and (task["element_id"] in ids or step["complete"] == task["name"]):
                self._post(f"complete {step['complete']}", f"/tasks/{task['id']}/complete", variables=variables)
                return
        for job in self._jobs():
            if job["element_id"] in ids:
                self._finish_job(job, variables)
                return
        for wait in self._waits():
            if wait["element_id"] in ids and wait["element_type"] == "event":
                self._bring(wait, variables)
                return
        if self.model.passes(step["complete"]) and ids & set(self._visits()):
            if variables:
                self._set_variables({"set_variables": variables})
            return
        raise Differs(f"complete {step['complete']}", "it waits", self._seen())

    def _bring(self, wait: Json, variables: Json) -> None:
        """Bring what a receive task or catching event waits for."""
        expected = wait["detail"]
        body = {"name": expected["name"], "variables": variables}
        if expected["kind"] == "message":
            self._post(f"message {body['name']}", "/messages", instance_id=wait["process_instance_id"], **body)
        else:
            self._post(f"signal {body['name']}", "/signals", **body)

    def _message(self, step: Json) -> None:
        body: Json = {"name": step["message"], "variables": step.get("variables", {})}
        correlation = step.get("correlation")
        if isinstance(correlation, dict):
            body["correlation_variables"] = correlation
        elif correlation is not None:
            body["correlation_key"] = str(correlation)
        if step.get("business_key") is not None:
            body["business_key"] = step["business_key"]
        try:
            answer = self._correlate(body)
        except Refused as refused:
            if step.get("expect") == "rejected" and refused.status in (404, 409, 422):
                return
            raise
        if step.get("expect") == "rejected":
            raise Differs(f"message {step['message']}", "rejected", answer)

    def _correlate(self, body: Json) -> Any:
        """Send a message; one whose variables say nothing here is for the subscription with that key."""
        what = f"message {body['name']}"
        values = list((body.get("correlation_variables") or {}).values())
        try:
            return self._post(what, "/messages", **body)
        except Refused:
            if len(values) != 1:
                raise
        body = {name: value for name, value in body.items() if name != "correlation_variables"}
        return self._post(what, "/messages", correlation_key=str(values[0]), **body)

    def _signal(self, step: Json) -> None:
        self._post("signal", "/signals", name=step["signal"], variables=step.get("variables", {}))

    def _timer(self, step: Json) -> None:
        self._post("advance", "/clock/advance", by=step["timer"]["advance"])

    def _set_variables(self, step: Json) -> None:
        path = f"/instances/{self.main}/variables"
        self._call("set variables", "PUT", path, json={"variables": step["set_variables"]})

    def _choose(self, step: Json) -> None:
        choice = step["choose"]
        for task in self._tasks():
            if task["element_id"] == choice["gateway"]:
                self._post("choose", f"/tasks/{task['id']}/complete", variables={}, outcome=choice["flow"])
                return
        raise Differs(f"choose at {choice['gateway']}", "it waits", self._seen())

    def _expect_active(self, step: Json) -> None:
        seen = self._active()
        if sorted(step["expect_active"]) != seen:
            raise Differs("active", sorted(step["expect_active"]), self._seen())

    def _expect_variables(self, step: Json) -> None:
        seen = self._variables(step.get("scope"))
        wanted = step["expect_variables"]
        if any(name not in seen or seen[name] != value for name, value in wanted.items()):
            raise Differs("variables", wanted, {name: seen.get(name, "(none)") for name in wanted})

    def _expect_form(self, step: Json) -> None:
        expected = step["expect_form"]
        form = self._get(f"/tasks/{self._task(expected['task'])['id']}/form")["form"]
        seen = _fields(form["schema"]) if form else []
        if not set(expected["fields"]) <= set(seen):
            raise Differs(f"form of {expected['task']}", expected["fields"], seen)

    def _expect_groups(self, step: Json) -> None:
        expected = step["expect_candidate_groups"]
        seen = sorted(self._task(expected["task"])["candidate_groups"])
        if sorted(expected["groups"]) != seen:
            raise Differs(f"candidate groups of {expected['task']}", sorted(expected["groups"]), seen)

    # -- jobs

    def _drain(self) -> None:
        """Work every job that is not held back, as the stubs say, until none is left."""
        for _ in range(MOST_JOBS):
            while jobs.run_job() or jobs.deliver_kept_messages():
                pass
            free = [job for job in self._jobs() if not self.stubs.get(job["element_id"], {}).get("hold")]
            if not free:
                return
            for job in free:
                self._work(job)
        raise Differs("jobs", "an end", f"more than {MOST_JOBS}")

    def _work(self, job: Json) -> None:
        stub = self.stubs.get(job["element_id"], {})
        times = stub.get("times")
        if "error" in stub and (times is None or self.errors[job["element_id"]] < times):
            self.errors[job["element_id"]] += 1
            if self._lock(job):
                body = {"worker": WORKER, "code": stub["error"], "variables": stub.get("set", {})}
                self._post(f"error at {job['element_id']}", f"/jobs/{job['id']}/bpmn-error", **body)
        else:
            self._finish_job(job, stub.get("set", {}))

    def _finish_job(self, job: Json, variables: Json) -> None:
        if self._lock(job):
            path = f"/jobs/{job['id']}/complete"
            self._post(f"job at {job['element_id']}", path, worker=WORKER, variables=variables)

    def _lock(self, job: Json) -> bool:
        """Hold a job; False when another one's end has taken it away."""
        if job["locked_by"] == WORKER:
            return any(other["id"] == job["id"] for other in self._jobs())
        body = {"worker": WORKER, "topics": [{"topic": job["topic"], "lock": "P1D"}], "limit": 100, "variables": []}
        locked = self._post("fetch and lock", "/jobs/fetch-and-lock", **body)["jobs"]
        return any(held["id"] == job["id"] for held in locked) or any(
            other["id"] == job["id"] and other["locked_by"] == WORKER for other in self._jobs()
        )

    def _jobs(self) -> list[Json]:
        found = self._get("/jobs", failed="false", limit=PAGE)["items"]
        return sorted((job for job in found if not job["connector"]), key=lambda job: (job["created_at"], job["id"]))

    # -- what is there

    def _instances(self, **query: Any) -> list[str]:
        return [item["id"] for item in self._get("/instances", limit=PAGE, **query)["items"]]

    def _waits(self) -> list[Json]:
        return [
            wait for each in self._instances(state="active") for wait in self._get(f"/instances/{each}/waits")["items"]
        ]

    def _active(self) -> list[str]:
        waits = (wait["element_id"] for wait in self._waits())
        return sorted(element for element in waits if self.model.is_work(element))

    def _visits(self) -> Counter[str]:
        """Count how often each element was completed, in all instances."""
        visits: Counter[str] = Counter()
        for instance in self._instances():
            for visit in self._get(f"/instances/{instance}/history")["items"]:
                if visit["left_at"] is not None and visit["outcome"] != "cancelled":
                    visits[visit["element_id"]] += 1
        return visits

    def _tasks(self) -> list[Json]:
        found: list[Json] = self._get("/tasks", limit=PAGE, with_variables="true")["items"]
        return sorted(found, key=lambda task: (task["created_at"], task["id"]))

    def _task(self, element: str) -> Json:
        ids = self.model.named(element)
        for task in self._tasks():
            if task["element_id"] in ids:
                return task
        raise Differs(f"task {element}", "it waits", self._seen())

    def _variables(self, scope: str | None) -> Json:
        """Return the variables of the first instance, or those seen from the element a token waits at."""
        if scope is None:
            found: Json = self._get(f"/instances/{self.main}/variables")["variables"]
            return found
        ids = self.model.named(scope)
        task = next((task for task in self._tasks() if task["element_id"] in ids), None)
        if task is not None:
            return dict(task["variables"])
        for wait in self._waits():
            if wait["element_id"] in ids:
                return dict(self._get(f"/instances/{wait['process_instance_id']}/variables")["variables"])
        raise Differs(f"scope {scope}", "it waits", self._seen())

    def _incidents(self) -> list[Json]:
        return list(self._get("/incidents", limit=PAGE)["items"])

    def _seen(self) -> Any:
        """Return where the instances stand, with the reasons of those that stand still."""
        incidents = [f"incident at {item['element_id']}: {item['message']}" for item in self._incidents()]
        return self._active() + incidents

    # -- the end

    def _compare(self) -> None:
        expected = self.scenario
        if expected.get("expect_error"):
            return
        if "expect_active" in expected:
            self._expect_active(expected)
        if "expect_ended" in expected:
            state = self._get(f"/instances/{self.main}")["state"]
            if (state == "completed") != expected["expect_ended"]:
                raise Differs("ended", expected["expect_ended"], [state, *self._seen()])
        if expected.get("all_instances_ended"):
            open_ones = [each for each in self.started if self._get(f"/instances/{each}")["state"] != "completed"]
            if open_ones:
                raise Differs("all instances", "ended", self._seen())
        self._compare_path(expected)
        if "expect_variables" in expected:
            self._expect_variables({"expect_variables": expected["expect_variables"]})

    def _compare_path(self, expected: Json) -> None:
        visits = self._visits()
        missed = [element for element in expected.get("expect_path", []) if not visits[element]]
        if missed:
            raise Differs("path", missed, sorted(visits))
        strayed = [element for element in expected.get("expect_not_path", []) if visits[element]]
        if strayed:
            raise Differs("path", f"never {strayed}", sorted(visits))
        counts = expected.get("expect_counts", {})
        if any(visits[element] != count for element, count in counts.items()):
            raise Differs("counts", counts, {element: visits[element] for element in counts})


_STEPS: dict[str, Callable[[Driver, Json], None]] = {
    "complete": Driver._complete,
    "message": Driver._message,
    "signal": Driver._signal,
    "timer": Driver._timer,
    "set_variables": Driver._set_variables,
    "start": lambda driver, step: driver._start(step["start"]),
    "choose": Driver._choose,
    "expect_active": Driver._expect_active,
    "expect_variables": Driver._expect_variables,
    "expect_form": Driver._expect_form,
    "expect_candidate_groups": Driver._expect_groups,
}


def _fields(schema: Json) -> list[str]:
    found = []
    for component in schema.get("components", []):
        found += [component["key"]] if component.get("key") else []
        found += _fields(component)
    return found
