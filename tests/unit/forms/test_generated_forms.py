"""Fields that a model itself describes make a form like any other."""

import pytest

from process_server.forms.definitions import UnsupportedForm
from process_server.forms.generated import GeneratedField, generated_form
from tests.bpmn_drawing import compiled, draw, extensions, start, user

CAMUNDA = """<camunda:formData>
  <camunda:formField id="amount" label="Amount" type="long" defaultValue="5">
    <camunda:properties><camunda:property id="label:en" value="Sum"/></camunda:properties>
    <camunda:validation>
      <camunda:constraint name="required"/><camunda:constraint name="max" config="9"/>
    </camunda:validation>
  </camunda:formField>
  <camunda:formField id="kind" type="enum"><camunda:value id="a" name="A"/><camunda:value id="b"/></camunda:formField>
</camunda:formData>"""


def test_camunda_form_fields_are_read_from_the_model() -> None:
    program = compiled(draw("start -> task", start=start(), task=user(extensions(CAMUNDA))))
    assert program.elements["task"].form_fields == (
        GeneratedField(
            "amount",
            "long",
            "Amount",
            "5",
            constraints={"required": "", "max": "9"},
            properties={"label:en": "Sum"},
            values=[],
        ),
        GeneratedField("kind", "enum", values=[("a", "A"), ("b", "")]),
    )


def test_a_field_whose_id_names_no_variable_makes_no_form() -> None:
    with pytest.raises(UnsupportedForm):
        generated_form([GeneratedField("amount!")])
