"""An API held to its own description: invented requests, valid and not, of what there is and of what is not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, strategies
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from process_server.app import app

CONFORMING = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BOTH = tuple(GenerationMode)


def operations(document: str) -> list[Any]:
    """Return the operations that a description names."""
    schema = schemathesis.openapi.from_asgi(document, app)
    return [found.ok() for found in schema.get_all_operations()]


def hold(
    operation: Any,
    held: Mapping[str, str],
    headers: Mapping[str, str],
    checks: Sequence[Callable[..., Any]],
    *,
    examples: int,
    modes: Iterable[GenerationMode] = BOTH,
) -> None:
    """Send an operation `examples` requests of each kind; `held` are ids of what there is, by path parameter."""

    def sent(case: Case, real: bool) -> None:
        if real:
            case.path_parameters |= {name: held[name] for name in case.path_parameters if name in held}
        case.call_and_validate(headers=dict(headers), checks=list(checks))

    for mode in modes:
        given = hypothesis.given(case=operation.as_strategy(generation_mode=mode), real=strategies.booleans())
        settings = hypothesis.settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[hypothesis.Phase.generate],
        )
        try:
            settings(given(sent))()
        except hypothesis.errors.Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # nothing of it can be wrong
