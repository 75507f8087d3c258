"""Try the server against models from elsewhere: every scenario of every model of a folder, over HTTP.

    .venv/bin/python -m tests.conformance.run FOLDER [NAME ...]

Each sub-folder of FOLDER is a model: `model.bpmn`, whatever goes with it (called processes, decisions, forms; all are
deployed together), and `expect.json`, which holds `scenarios`. A scenario runs on a server of its own and says:

start               {process_key, variables} or {message, variables, business_key}
stubs               element -> what the system that works there does: {"set": {..}} answers with variables,
                    {"error": CODE, "times": n} raises a BPMN error (the first n times), {"hold": true} does not
                    answer until a step completes it. A job without a stub is completed with nothing, and a decision
                    that no file holds gives what the stub of its task sets.
steps               one after the other, each followed by the work of the jobs that are free:
                    {complete: id or name, variables, where: {assignee}}    one task, held job or awaited event
                    {message, variables, correlation, business_key, expect: "rejected"}, {signal, variables}
                    {timer: {advance: duration}}    moves the clock and fires what is due
                    {set_variables: {..}}, {start: {..}} another instance, {choose: {gateway, flow}} a person's choice
                    {expect_active: [..]}, {expect_variables: {..}, scope}, {expect_form: {task, fields}},
                    {expect_candidate_groups: {task, groups}}    checks on the way
expect_active       every element a token waits at in the end, as often as it does. Gateways, the events behind an
                    event-based one, boundary events and starts of event subprocesses do not count.
expect_ended        whether the instance has completed; all_instances_ended: and those that steps started
expect_path, expect_not_path, expect_counts      elements that were completed, never were, and how often
expect_variables    variables of the instance in the end
expect_error        something has to be refused, or to stop with an incident
policy              "accept-or-explain": a deployment refused with the element at fault is as good as a run

A process marked as not executable is deployed as a draft. Abstract and manual tasks pass by themselves.
"""

import sys
import time
from pathlib import Path

from tests.acceptance.client import Client
from tests.conformance.driver import Differs, Driver, Json, Refused
from tests.conformance.model import Model, read_models
from tests.conformance.server import served, untouched
from tests.databases import migrated_cluster


def difference(client: Client, model: Model, scenario: Json) -> str | None:
    """Play one scenario on a server that knows nothing yet; return how it differs, or None."""
    with untouched():
        try:
            Driver(client, model, scenario).play()
        except (Differs, Refused) as error:
            return str(error)
    return None


def main(arguments: list[str]) -> int:
    """Try every model of a folder, or those named; print what differs and how many scenarios hold."""
    if not arguments:
        print(__doc__)
        return 2
    folder, names = Path(arguments[0]), set(arguments[1:])
    models = [model for model in read_models(folder) if not names or model.name in names]
    held = count = 0
    begin = time.monotonic()
    with migrated_cluster() as cluster, served(cluster) as client:
        for model in models:
            for scenario in model.scenarios:
                count += 1
                differs = difference(client, model, scenario)
                held += differs is None
                if differs is not None:
                    print(f"{model.name} / {scenario['name']}: {differs}", flush=True)
    print(f"{held} of {count} scenarios ({time.monotonic() - begin:.0f} s)")
    return 0 if count and held == count else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
