"""Texts of a form in the reader's language: Chinese stands in the schema, others beside it among the properties.

`label:en`, `description:en`, `text:en`, `option:<value>:en` and so on: `<setting>:<language>`.
"""

from collections.abc import Mapping
from typing import Any

from process_server.forms.components import Component, DatetimeField

SETTINGS = (
    "label",
    "description",
    "text",
    "content",
    "title",
    "alt",
    "dateLabel",
    "timeLabel",
    "appearance.prefixAdorner",
    "appearance.suffixAdorner",
    "validate.patternErrorMessage",
)


def localise(entry: dict[str, Any], component: Component, language: str) -> None:
    """Swap the texts of one component's entry for those of a language, as far as it has them."""
    properties = component.properties
    if not properties:
        return
    for setting in SETTINGS:
        translated = _find(properties, setting, language)
        if translated is not None:
            *outer, name = setting.split(".")
            target = entry.setdefault(outer[0], {}) if outer else entry
            target[name] = translated
    for option in entry.get("values") or ():
        translated = _find(properties, f"option:{option.get('value')}", language)
        if translated is not None:
            option["label"] = translated
    for column in entry.get("columns") or ():
        translated = _find(properties, f"column:{column.get('key')}", language)
        if translated is not None:
            column["label"] = translated


def text_of(component: Component, setting: str, language: str) -> str | None:
    """Return a text of a component in a language, where the form has it."""
    return _find(component.properties, setting, language)


def _find(properties: Mapping[str, str], setting: str, language: str) -> str | None:
    """Look for the whole language tag, then for its first part: `en-GB`, then `en`."""
    short = setting.rpartition(".")[2]
    for tag in dict.fromkeys((language, language.split("-")[0])):
        if f"{short}:{tag}" in properties:
            return properties[f"{short}:{tag}"]
    return None


def label_of(component: Component, language: str) -> str:
    """Return a component's label in a language; its key where it has none."""
    return own_label(component, language) or ".".join(component.path) or component.id


def own_label(component: Component, language: str) -> str | None:
    """Return the label a component was given, a date or time its first; None: it has none."""
    plain = [("label", component.label)]
    if isinstance(component, DatetimeField):
        plain += [("dateLabel", component.date_label), ("timeLabel", component.time_label)]
    return next((label for name, text in plain if (label := _find(component.properties, name, language) or text)), None)
