"""Why a case cannot go on, in the language of whoever reads it."""

import pytest

from process_server.bpmn import commands, queries
from process_server.db import Session
from process_server.identity.principal import SYSTEM
from tests.diagrams import end, flow, process, start, user

GATEWAY = '<bpmn:exclusiveGateway id="which"/>'
MODELS = {
    "missing": process(
        start(),
        GATEWAY,
        end(),
        user("other"),
        flow(
            "start > which > end",
            "which > other > end",
            which_to_end="${amount > 1}",
            which_to_other="${amount &lt; 0}",
        ),
        key="missing",
    ),
    "nowhere": process(
        start(),
        GATEWAY,
        end(),
        user("other"),
        flow("start > which > end", "which > other > end", which_to_end="${1 > 2}", which_to_other="${1 > 2}"),
        key="nowhere",
    ),
}
TEXTS = {
    "missing": {
        "en": "The expression ${amount > 1} could not be evaluated: there is no variable amount.",
        "zh-CN": "表达式 ${amount > 1} 无法求值：没有变量 amount。",
    },
    "nowhere": {
        "en": "No sequence flow out of which can be taken: no condition holds, and there is no default flow.",
        "zh-CN": "which 没有可走的出口：所有条件都不成立，也没有默认流向。",
    },
}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("model", MODELS)
def test_an_incident_says_why_in_the_language_of_its_reader(session: Session, model: str, language: str) -> None:
    commands.deploy(session, {f"{model}.bpmn": MODELS[model]}, name="tests")
    case = commands.start_instance(session, commands.latest(session, model).id, {}, actor=SYSTEM).id
    [incident] = queries.list_incidents(session, instance_id=case, language=language)
    assert incident["message"] == TEXTS[model][language]
