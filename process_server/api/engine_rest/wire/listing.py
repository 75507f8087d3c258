"""A list of the wire: one declaration makes the parameters of its GET and the body of its POST, and asks a finder.

Conditions are those of the finder, by the same names in camelCase. In an address a list is written with commas and a
condition on a variable as name_operator_value.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_origin

from fastapi import Depends, Response
from fastapi import Query as QueryParameters
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError, create_model

from process_server.api.engine_rest.wire import dates
from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.payload import parse
from process_server.api.ground.schemas import Text
from process_server.bpmn.finders.finder import EITHER, MOST, Finder, Sort
from process_server.bpmn.finders.variables import OPERATORS, Operator, VariableCondition
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.errors import InvalidInput, NotAllowed
from process_server.identity.principal import Principal

_TRIPLE = re.compile(rf"(.+?)_({'|'.join(OPERATORS)})_(.*)", re.DOTALL)
_TENANTLESS = re.compile(r"include_\w+_without_tenant_id")
"""Names a flag that asks for what belongs to no tenant as well, beside what belongs to those that are named."""
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*")


class Sorting(Wire):
    """One order of a list."""

    sort_by: Text
    sort_order: str = "asc"
    parameters: dict[str, Any] | None = None


class VariableQuery(Wire):
    """What a variable has to be; `operator` is one of eq, neq, gt, gteq, lt, lteq, like, notLike."""

    name: Text
    operator: Operator
    value: Any = None


VariableQueries = list[VariableQuery]
"""Conditions on variables; the finder is given them as `VariableCondition`s."""


class Asked(Wire):
    """What every list can be asked. A subclass adds its conditions; those that are not set do not restrict."""

    manners: ClassVar[frozenset[str]] = frozenset({"variable_names_ignore_case", "variable_values_ignore_case"})
    """What is asked that is no condition, but says how to understand one, or what to answer."""

    sort_by: Text | None = None
    sort_order: Text | None = None
    sorting: list[Sorting] | None = None
    first_result: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None
    max_results: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None

    def wanted(self) -> dict[str, Any]:
        """Return the conditions for the finder. A flag that is false says nothing, as with Camunda."""
        found: dict[str, Any] = {}
        everybodys = False
        ignore = {
            "ignore_case_of_name": bool(getattr(self, "variable_names_ignore_case", False)),
            "ignore_case": bool(getattr(self, "variable_values_ignore_case", False)),
        }
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name in Asked.model_fields or name in self.manners or value is None or value is False:
                continue
            if _TENANTLESS.fullmatch(name):
                everybodys = True
                continue
            if name == EITHER:
                found[name] = [each.wanted() for each in value]
            elif isinstance(value, list) and value and isinstance(value[0], VariableQuery):
                found[name] = [VariableCondition(it.name, it.operator, _value(it.value), **ignore) for it in value]
            else:
                found[name] = value
        if everybodys:
            found.pop("tenant_id_in", None)
        return found


def _value(sent: Any) -> Any:
    """Return the value a variable is compared with: a text that writes an instant is one."""
    return dates.read(sent) if isinstance(sent, str) and _DATE.fullmatch(sent) else sent


Q = TypeVar("Q", bound=Asked)


@lru_cache
def from_address(query: type[Q]) -> Any:
    """Return what reads a query from the parameters of an address: `Annotated[TaskQuery, from_address(TaskQuery)]`.

    A list and its count ask the same: the model of their parameters is built once.
    """
    fields: dict[str, Any] = {}
    for name, field in query.model_fields.items():
        if name in (EITHER, "sorting"):
            continue
        if _is_list(field.annotation):
            fields[name] = (Text | None, Field(None, description="Separated by commas."))
        else:
            fields[name] = (field.annotation, copy(field))
    flat = create_model(f"{query.__name__}Parameters", __base__=Wire, **fields)

    def read(given: Any) -> Q:
        sent = given.model_dump(exclude_unset=True)
        for name, field in query.model_fields.items():
            if isinstance(sent.get(name), str) and _is_list(field.annotation):
                parts = [part for part in sent[name].split(",") if part]
                sent[name] = [_triple(part) for part in parts] if "VariableQuery" in str(field.annotation) else parts
        try:
            return query.model_validate(sent)
        except ValidationError as error:
            faults = [{**fault, "loc": ("query", *fault["loc"])} for fault in error.errors()]
            raise RequestValidationError(faults) from error

    read.__annotations__["given"] = Annotated[flat, QueryParameters()]
    return Depends(read)


def _is_list(annotation: Any) -> bool:
    kinds = [annotation, *getattr(annotation, "__args__", ())]
    return any(get_origin(kind) is list for kind in kinds)


def _triple(text: str) -> dict[str, Any]:
    found = _TRIPLE.fullmatch(text)
    if found is None:
        raise InvalidRequest("Write a condition on a variable as name_operator_value, not {text}.", text=text)
    name, operator, value = found.groups()
    return {"name": name, "operator": operator, "value": _primitive(value)}


def _primitive(text: str) -> Any:
    """Return the number or truth that a text in an address writes, else the text."""
    if re.fullmatch(r"true|false|-?(0|[1-9]\d*)(\.\d+)?", text):
        try:
            return parse(text.encode())
        except InvalidInput:
            return text
    return text


def _by_variables(found: Mapping[str, Any]) -> bool:
    """Say whether variables are looked for, here or in an alternative."""
    for name, value in found.items():
        if name == EITHER and any(_by_variables(each) for each in value):
            return True
        if isinstance(value, list) and value and isinstance(value[0], VariableCondition):
            return True
    return False


@dataclass(frozen=True)
class Page:
    """Which part of a list is wanted, as the address of a POST says."""

    first: int | None
    most: int | None


def _page(
    first_result: Annotated[int | None, QueryParameters(alias="firstResult", ge=0, le=2**31 - 1)] = None,
    max_results: Annotated[int | None, QueryParameters(alias="maxResults", ge=0, le=2**31 - 1)] = None,
) -> Page:
    return Page(first_result, max_results)


Paged = Annotated[Page, Depends(_page)]


class Listing(Generic[Q]):
    """Answers a query by a finder. `sortings` maps names of the wire to orders of the finder.

    `shows_variables` is for lists of those to whom variables are shown; of others administrators alone search by them.
    """

    def __init__(
        self,
        query: type[Q],
        finder: Finder,
        show: Callable[[Row], Any],
        sortings: Mapping[str, str],
        *,
        shows_variables: bool = False,
    ) -> None:
        asked = set(query.model_fields) - set(Asked.model_fields) - {EITHER, *query.manners}
        asked = {name for name in asked if not _TENANTLESS.fullmatch(name)}
        if unknown := asked - set(finder.conditions):
            raise TypeError(f"{query.__name__} asks for what {finder.kind} cannot be sought by: {sorted(unknown)}")
        if unknown := set(sortings.values()) - set(finder.sortings):
            raise TypeError(f"{query.__name__} sorts by what {finder.kind} cannot be sorted by: {sorted(unknown)}")
        self.query, self.finder, self.show, self.sortings = query, finder, show, sortings
        self.shows_variables = shows_variables

    def rows(self, session: Session, actor: Principal, asked: Q, page: Page | None = None) -> Sequence[Row]:
        """Return the rows a query means. Raises InvalidRequest."""
        first = page.first if page is not None and page.first is not None else asked.first_result
        most = page.most if page is not None and page.most is not None else asked.max_results
        sort = self.sort(asked)
        wanted = self.wanted(asked, actor)
        return self.finder.find(session, actor, wanted, sort, first or 0, MOST if most is None else most)

    def find(self, session: Session, actor: Principal, asked: Q, page: Page | None = None) -> Response:
        """Answer with the list a query means."""
        return answer([self.show(row) for row in self.rows(session, actor, asked, page)])

    def count(self, session: Session, actor: Principal, asked: Q) -> Response:
        """Answer with how many a query means."""
        return answer({"count": self.finder.count(session, actor, self.wanted(asked, actor))})

    def wanted(self, asked: Q, actor: Principal) -> dict[str, Any]:
        """Return the conditions for the finder. Raises InvalidRequest, NotAllowed."""
        found = asked.wanted()
        if not (actor.admin or self.shows_variables) and _by_variables(found):
            raise NotAllowed("Only administrators search by variables.")
        return found

    def order(self, sorting: Sorting) -> str:
        """Return the finder's name of an order. Raises InvalidRequest."""
        if sorting.sort_by not in self.sortings:
            raise InvalidRequest("Cannot set query parameter 'sortBy' to value '{value}'", value=sorting.sort_by)
        return self.sortings[sorting.sort_by]

    def sort(self, asked: Q) -> Sort:
        """Return the finder's orders, each with: descending? Raises InvalidRequest."""
        if (asked.sort_by is None) != (asked.sort_order is None):
            raise InvalidRequest("Only a single sorting parameter specified. sortBy and sortOrder required")
        wanted = list(asked.sorting or ())
        if asked.sort_by is not None and asked.sort_order is not None:
            wanted.append(Sorting(sort_by=asked.sort_by, sort_order=asked.sort_order))
        for each in wanted:
            if each.sort_order not in ("asc", "desc"):
                raise InvalidRequest("Cannot set query parameter 'sortOrder' to value '{value}'", value=each.sort_order)
        return [(self.order(each), each.sort_order == "desc") for each in wanted]
