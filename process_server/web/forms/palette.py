"""What the form editor offers: the controls that run here, by group, and its words in the reader's language."""

from collections.abc import Mapping
from typing import Any

from process_server.forms.controls import CONTROLS
from process_server.forms.controls.control import PALETTES, Control, Setting
from process_server.forms.policy import MODES
from process_server.i18n import gettext_noop
from process_server.web.ground.visit import Visit

# What form-js shows or arranges without holding a value: name, icon, words, settings.
_ARRANGED: tuple[tuple[str, str, str, Mapping[str, str]], ...] = (
    ("group", "box", gettext_noop("Group"), {"label": gettext_noop("Group")}),
    ("dynamiclist", "list-details", gettext_noop("List of rows"), {"label": gettext_noop("List of rows")}),
    ("text", "align-left", gettext_noop("Text"), {"text": gettext_noop("Text")}),
    ("image", "photo", gettext_noop("Picture"), {}),
    ("table", "table", gettext_noop("Table"), {"label": gettext_noop("Table")}),
    (
        "documentPreview",
        "file-search",
        gettext_noop("Preview of documents"),
        {"label": gettext_noop("Preview of documents")},
    ),
    ("separator", "separator-horizontal", gettext_noop("Line"), {}),
    ("spacer", "spacing-vertical", gettext_noop("Space"), {}),
)

# What the values of settings that are a choice are called.
_CHOICES = {
    "true": gettext_noop("yes"),
    "false": gettext_noop("no"),
    "any": gettext_noop("any"),
    "mobile": gettext_noop("mobile numbers alone"),
    "ean": "EAN / GTIN",
    "none": gettext_noop("not asked for"),
    "optional": gettext_noop("may be filled in"),
    "required": gettext_noop("has to be filled in"),
    "province": gettext_noop("province"),
    "city": gettext_noop("city"),
    "district": gettext_noop("district"),
    "sum": gettext_noop("sum"),
    "count": gettext_noop("number"),
    "min": gettext_noop("smallest"),
    "max": gettext_noop("largest"),
    "average": gettext_noop("average"),
    "never": gettext_noop("never"),
    "yearly": gettext_noop("every year"),
    "monthly": gettext_noop("every month"),
    "daily": gettext_noop("every day"),
}

_MODES = {
    "hidden": gettext_noop("not shown"),
    "read": gettext_noop("shown, not changed"),
    "write": gettext_noop("as the form says"),
    "required": gettext_noop("has to be filled in"),
}


def groups(visit: Visit) -> list[dict[str, Any]]:
    """Return the palette: groups of controls, each with the component it puts into a form."""
    listed = [
        {
            "label": _in(names, visit.language),
            "controls": [_control(visit, each) for each in CONTROLS.values() if each.palette == palette],
        }
        for palette, names in PALETTES.items()
    ]
    arranged = [_arranged(visit, *entry) for entry in _ARRANGED]
    return [*listed, {"label": visit.say("Layout"), "controls": arranged}]


def _control(visit: Visit, control: Control) -> dict[str, Any]:
    made = control.new("", visit.language)
    made.pop("key", None)
    made.pop("path", None)
    return {
        "name": control.key,
        "label": _in(control.label, visit.language),
        "icon": control.icon,
        "component": made,
        "settings": [_setting(visit, each) for each in control.settings],
    }


def _setting(visit: Visit, setting: Setting) -> dict[str, Any]:
    options = [(value, visit.say(_CHOICES[value])) for value in setting.options]
    return {"name": setting.name, "label": _in(setting.label, visit.language), "options": options}


def _arranged(visit: Visit, kind: str, symbol: str, label: str, texts: Mapping[str, str]) -> dict[str, Any]:
    component: dict[str, Any] = {"type": kind, **{name: visit.say(text) for name, text in texts.items()}}
    if kind == "table":  # form-js begins one with three English columns
        named = [(f"column_{number}", visit.say("Column {number}", number=number)) for number in (1, 2)]
        component["columns"] = [{"key": key, "label": text} for key, text in named]
    return {"name": f"layout_{kind}", "label": visit.say(label), "icon": symbol, "component": component, "settings": []}


def _in(names: Mapping[str, str], language: str) -> str:
    return names.get(language) or names["zh-CN"]


def words(visit: Visit) -> dict[str, Any]:
    """Return what the editor's own parts say."""
    return {
        "applied": visit.say("Taken over from the JSON."),
        "refused": visit.say(
            "The JSON cannot be taken over: {reason} Mend it, or empty it to return to what is drawn.",
            reason="{reason}",
        ),
        "settings": visit.say("Settings: {control}", control="{control}"),
        "english": visit.say("Texts in English"),
        "steps": visit.say("What steps may do with it"),
        "modes": {mode: visit.say(_MODES[mode]) for mode in MODES},
        "label": visit.say("Label"),
        "description": visit.say("Description"),
        "text": visit.say("Text"),
        "content": visit.say("Content"),
        "title": visit.say("Title"),
        "alt": visit.say("Description of the picture"),
        "dateLabel": visit.say("Label of the date"),
        "timeLabel": visit.say("Label of the time"),
    }
