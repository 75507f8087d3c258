"""One entry of the catalogue of controls: everything the server, the browser and the form editor know about it."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from process_server.forms.components import TYPES, Field
from process_server.forms.controls.behaviour import NATIVE, Behaviour

Palette: TypeAlias = Literal["text", "number", "time", "choice", "people", "link", "computed", "file", "table"]
Role: TypeAlias = Literal["dimension", "measure", "time", "search", "key", "map", "funnel", "none"]

PALETTES: Mapping[Palette, Mapping[str, str]] = {
    "text": {"zh-CN": "文本", "en": "Text"},
    "number": {"zh-CN": "数字", "en": "Numbers"},
    "time": {"zh-CN": "时间", "en": "Time"},
    "choice": {"zh-CN": "选择", "en": "Choices"},
    "people": {"zh-CN": "组织与地点", "en": "People and places"},
    "link": {"zh-CN": "关联", "en": "Links"},
    "computed": {"zh-CN": "自动计算", "en": "Computed"},
    "file": {"zh-CN": "文件", "en": "Files"},
    "table": {"zh-CN": "表格", "en": "Tables"},
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A value the control takes: as sent, and as kept."""

    sent: Any
    kept: Any


@dataclass(frozen=True, slots=True)
class Setting:
    """A property an analyst may set on a control of ours; `options` are the values it takes, where it is a choice."""

    name: str
    label: Mapping[str, str]
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """A control. A new one is a component of type `carrier` with `component`'s settings.

    `valid` and `invalid` are values of exactly that component: the first with what is kept, the second with the code
    of the refusal. `shape` is the JSON Schema of the value. `needs` names the source or the upload samples are of.
    """

    key: str
    carrier: str
    label: Mapping[str, str]
    palette: Palette
    icon: str
    shape: Mapping[str, Any]
    role: Role
    component: Mapping[str, Any] = field(default_factory=dict)
    settings: tuple[Setting, ...] = ()
    valid: tuple[Sample, ...] = ()
    invalid: tuple[tuple[Any, str], ...] = ()
    behaviour: Behaviour = NATIVE
    needs: Literal["", "source", "upload"] = ""

    @property
    def ctl(self) -> str:
        """Return what its components have under `properties.ctl`; nothing for those form-js has itself."""
        return str(self.component.get("properties", {}).get("ctl", ""))

    @property
    def keyed(self) -> bool:
        """Whether it holds its value under a key; a container does under its path."""
        return issubclass(TYPES[self.carrier], Field)

    def new(self, key: str, language: str = "zh-CN") -> dict[str, Any]:
        """Return a component of this control, as the editor puts it into a form."""
        made: dict[str, Any] = {
            "type": self.carrier,
            "key" if self.keyed else "path": key,
            "label": self.label[language if language in self.label else "zh-CN"],
            **copy.deepcopy(dict(self.component)),
        }
        for name in ("dateLabel", "timeLabel"):  # form-js shows these, and no label, above dates and times
            if made.get(name) == "":
                made[name] = made["label"]
        return made
