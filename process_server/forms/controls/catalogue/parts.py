"""What the entries of the catalogue have in common."""

from collections.abc import Mapping
from typing import Any

from process_server.forms.controls.control import Sample, Setting

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
KEY = {"type": "string", "description": "the value of an option"}
KEYS = {"type": "array", "items": KEY, "uniqueItems": True}
ANY: Mapping[str, Any] = {}
FILES = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"id": TEXT, "name": TEXT, "size": {"type": "integer"}, "type": TEXT},
        "required": ["id", "name", "size", "type"],
    },
}
OPTIONS = [{"label": "甲", "value": "a"}, {"label": "乙", "value": "b"}, {"label": "丙", "value": "c"}]


def both(chinese: str, english: str) -> Mapping[str, str]:
    """Return a text in both languages."""
    return {"zh-CN": chinese, "en": english}


def kept(*values: Any) -> tuple[Sample, ...]:
    """Return samples that are kept as they are sent."""
    return tuple(Sample(value, value) for value in values)


def ctl(name: str, **settings: str) -> dict[str, Any]:
    """Return the properties that refine a carrier into a control of ours."""
    return {"properties": {"ctl": name, **settings}}


SOURCE = Setting("source", both("数据来源", "Source of options"))
SCOPE = Setting("scope", both("范围(如 department:sales)", "Scope (such as department:sales)"))
LEAST = Setting("minItems", both("至少选择", "At least"))
MOST = Setting("maxItems", both("最多选择", "At most"))
OF = Setting("of", both("取自字段", "Of the field"))
TAKE = Setting("take", both("取值", "What to take"))
