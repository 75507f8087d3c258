"""A form key of any modeler finds its form, and a finished form becomes variables."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from process_server import clock
from process_server.bpmn.models import Deployment
from process_server.db import Session, new_id
from process_server.errors import InvalidForm, NotFound
from process_server.forms.definitions import UnsupportedForm, find_form, load_form
from process_server.forms.entry import StepForm, accept, open_form
from process_server.forms.models import FormDefinition
from process_server.identity.principal import Principal
from tests.unit.forms.factories import field, source

DEMO = Principal("demo", "Demo")


def deploy(session: Session, *forms: tuple[str, int, str, dict[str, Any]]) -> UUID:
    """Insert versions of forms as one deployment: key, version, file, schema."""
    deployment = Deployment(id=new_id(), name="test", source=None, deployed_at=clock.now(), deployed_by=None)
    session.add(deployment)
    session.flush()
    for key, version, file, schema in forms:
        session.add(
            FormDefinition(
                key=key, version=version, deployment_id=deployment.id, resource_name=file, form_schema=schema
            )
        )
    session.flush()
    return deployment.id


def lead(label: str = "线索") -> dict[str, Any]:
    return source(field("textfield", "name", label=label, validate={"required": True}), id="new-lead")


@pytest.mark.parametrize(
    "form_key",
    [
        "new-lead",
        "camunda-forms:deployment:lead.form",
        "camunda-forms:deployment:new-lead.form",
        "camunda-forms:bpmn:new-lead",
        "lead.form",
        "new-lead.form",
    ],
)
def test_form_keys_of_all_kinds(session: Session, form_key: str) -> None:
    deployment = deploy(session, ("new-lead", 1, "forms/lead.form", lead()))
    form = find_form(session, form_key, deployment_id=deployment)
    assert form is not None
    assert (form.key, form.version) == ("new-lead", 1)
    assert form.schema.source == lead()


def test_no_key_is_no_form(session: Session) -> None:
    assert find_form(session, None) is None
    assert find_form(session, "") is None


def test_a_form_that_is_not_there(session: Session) -> None:
    with pytest.raises(NotFound):
        find_form(session, "nowhere")
    with pytest.raises(NotFound):
        load_form(session, uuid4())


@pytest.mark.parametrize(
    "form_key", ["embedded:app:forms/a.html", "app:task.jsf", "embedded:deployment:a.html", "a.html"]
)
def test_forms_of_other_kinds_are_named_as_such(session: Session, form_key: str) -> None:
    with pytest.raises(UnsupportedForm, match=r"form-js"):
        find_form(session, form_key)


def test_the_newest_version_or_the_one_of_then(session: Session) -> None:
    first = deploy(session, ("new-lead", 1, "lead.form", lead("一")))
    between = deploy(session)
    deploy(session, ("new-lead", 2, "lead.form", lead("二")))

    def version(form_key: str, **options: Any) -> int | None:
        form = find_form(session, form_key, **options)
        return form and form.version

    assert version("new-lead") == 2
    assert version("new-lead", deployment_id=first) == 2
    assert version("new-lead", deployment_id=first, binding="deployment") == 1
    assert version("new-lead", deployment_id=between, binding="deployment") == 1
    assert version("camunda-forms:deployment:lead.form", deployment_id=between) == 1


def test_a_form_is_opened_and_accepted(session: Session) -> None:
    deploy(session, ("new-lead", 1, "lead.form", lead()))
    step = StepForm("new-lead", properties={"field:name": "read"})
    opened = open_form(session, step, variables={"name": "A", "secret": 1}, language="zh-CN")
    assert opened is not None
    assert opened.data == {"name": "A"}
    assert opened.schema["components"][0]["readonly"] is True
    assert open_form(session, StepForm(), variables={}, language="en") is None

    def accepted(sent: dict[str, Any], form_key: str | None = "new-lead", **options: Any) -> dict[str, Any]:
        return accept(session, StepForm(form_key), sent, variables={}, actor=DEMO, **options)

    assert accepted({"name": "B", "more": 1}) == {"name": "B"}
    assert accepted({"name": "B", "more": 1}, open_ended=True) == {"name": "B", "more": 1}
    assert accepted({"name": "B", "more": 1}, None) == {"name": "B", "more": 1}
    with pytest.raises(InvalidForm):
        accepted({"more": 1})


def test_values_without_a_form_are_such_as_can_be_kept(session: Session) -> None:
    def accepted(value: Any) -> Any:
        return accept(session, StepForm(), {"x": value}, variables={}, actor=DEMO)["x"]

    assert accepted({"a": [0.1, None, True]}) == {"a": [Decimal("0.1"), None, True]}
    deep: Any = []
    for _ in range(60):
        deep = [deep]
    for value, code in (
        ("a\0", "characters"),
        ({"\ud800": 1}, "characters"),
        ([float("inf")], "not_a_number"),
        (deep, "too_deep"),
    ):
        with pytest.raises(InvalidForm) as caught:
            accepted(value)
        assert [(item["field"], item["code"]) for item in caught.value.problems] == [("x", code)]
