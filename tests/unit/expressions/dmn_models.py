"""Tiny decision files for the tests."""

from xml.sax.saxutils import escape

DMN_13 = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def definitions(*elements: str, namespace: str = DMN_13, attributes: str = "") -> bytes:
    """Return a file with these elements."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<definitions xmlns="{namespace}" id="model" name="model" {attributes}>\n'
        + "\n".join(elements)
        + "\n</definitions>"
    ).encode()


def decision(decision_id: str, logic: str, *required: str, type_ref: str = "") -> str:
    """Return a decision; `required` are `decision:id`, `input:id` or `knowledge:id`."""
    requirements = "".join(_requirement(item) for item in required)
    kind = f' typeRef="{type_ref}"' if type_ref else ""
    return (
        f'<decision id="{decision_id}" name="{decision_id}"><variable name="{decision_id}"{kind}/>'
        f"{requirements}{logic}</decision>"
    )


def _requirement(item: str) -> str:
    kind, _, target = item.partition(":")
    if kind == "knowledge":
        return f'<knowledgeRequirement><requiredKnowledge href="#{target}"/></knowledgeRequirement>'
    return f'<informationRequirement><required{kind.title()} href="#{target}"/></informationRequirement>'


def input_data(name: str, type_ref: str = "") -> str:
    """Return an input."""
    return f'<inputData id="{name}" name="{name}"><variable name="{name}" typeRef="{type_ref}"/></inputData>'


def literal(text: str, attributes: str = "") -> str:
    """Return a literal expression."""
    return f"<literalExpression {attributes}><text>{escape(text)}</text></literalExpression>"


def table(
    hit_policy: str,
    inputs: list[str],
    outputs: list[str],
    rules: list[tuple[str, ...]],
    attributes: str = "",
    output_values: str = "",
) -> str:
    """Return a decision table; inputs are `expression` or `expression:type`, a rule's cells inputs before outputs."""
    made = f'<decisionTable hitPolicy="{hit_policy}" {attributes}>'
    for column in inputs:
        expression, _, kind = column.partition(":")
        reference = f' typeRef="{kind}"' if kind else ""
        inner = f"<inputExpression{reference}><text>{expression}</text></inputExpression>"
        made += f'<input label="{expression}">{inner}</input>'
    for column in outputs:
        name, _, kind = column.partition(":")
        values = f"<outputValues><text>{escape(output_values)}</text></outputValues>" if output_values else ""
        reference = f' typeRef="{kind}"' if kind else ""
        made += f'<output name="{name}"{reference}>{values}</output>'
    for row, cells in enumerate(rules, 1):
        made += f'<rule id="r{row}">'
        for place, cell in enumerate(cells):
            tag = "inputEntry" if place < len(inputs) else "outputEntry"
            made += f"<{tag}><text>{escape(cell)}</text></{tag}>"
        made += "</rule>"
    return made + "</decisionTable>"
