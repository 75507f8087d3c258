"""The catalogue: choices that the form lists."""

from process_server.forms.controls import choosing, figures
from process_server.forms.controls.catalogue.parts import KEY, KEYS, LEAST, MOST, OPTIONS, SOURCE, both, ctl, kept
from process_server.forms.controls.control import Control, Setting

_LISTED = {"values": OPTIONS}
_STAGES = [
    {"label": "初步接触", "value": "contact"}, {"label": "需求分析", "value": "analysis"},
    {"label": "方案报价", "value": "proposal"}, {"label": "商务谈判", "value": "negotiation"},
]  # fmt: skip
_TREE = (
    '[{"value": "hardware", "label": "硬件", "children": [{"value": "server", "label": "服务器"}, '
    '{"value": "switch", "label": "交换机"}]}, {"value": "software", "label": "软件"}]'
)
_UNKNOWN = (("nobody", "not_an_option"),)

CONTROLS = (
    Control(
        "select", "select", both("下拉选择", "Dropdown"), "choice", "select", KEY, "dimension", _LISTED,
        valid=kept("a"), invalid=_UNKNOWN,
    ),
    Control(
        "radio", "radio", both("单选", "One of several"), "choice", "circle-dot", KEY, "dimension", _LISTED,
        valid=kept("b"), invalid=_UNKNOWN,
    ),
    Control(
        "checklist", "checklist", both("复选框组", "Checkboxes"), "choice", "list-check", KEYS, "dimension", _LISTED,
        settings=(LEAST, MOST), valid=kept(["a", "c"]), invalid=((["z"], "not_an_option"), ("a", "not_a_list")),
    ),
    Control(
        "multi_select", "taglist", both("多选", "Several of many"), "choice", "tags", KEYS, "dimension", _LISTED,
        settings=(LEAST, MOST), valid=kept(["b"]), invalid=((["z"], "not_an_option"), (["a", "a"], "chosen_twice")),
    ),
    Control(
        "checkbox", "checkbox", both("是否", "Yes or no"), "choice", "checkbox", {"type": "boolean"}, "dimension",
        valid=kept(True, False), invalid=(("yes", "not_a_boolean"),),
    ),
    Control(
        "switch", "checkbox", both("开关", "Switch"), "choice", "toggle-right", {"type": "boolean"}, "dimension",
        ctl("switch"), valid=kept(True, False), invalid=((1, "not_a_boolean"),),
    ),
    Control(
        "async_select", "select", both("搜索选择", "Search and choose"), "choice", "search", KEY, "dimension",
        {"values": [], "searchable": True, **ctl("async_select", source="regions")}, settings=(SOURCE,),
        valid=kept("310101"), invalid=_UNKNOWN, behaviour=choosing.Sourced(),
    ),
    Control(
        "cascade", "select", both("级联选择", "Cascading choice"), "choice", "binary-tree", KEYS, "dimension",
        {"values": [], **ctl("cascade", tree=_TREE)},
        settings=(
            SOURCE,
            Setting("tree", both("选项树(JSON)", "Tree of options (JSON)")),
            Setting("partial", both("可停在中间级别", "May end at any level"), ("false", "true")),
        ),
        valid=kept(["hardware", "server"], ["software"]),
        invalid=(
            (["software", "server"], "not_an_option"), (["hardware"], "path_incomplete"), ("server", "not_a_list"),
        ),
        behaviour=choosing.Cascade(),
    ),
    Control(
        "tags", "taglist", both("标签", "Tags"), "choice", "tag",
        {"type": "array", "items": {"type": "string", "maxLength": 50}}, "dimension",
        {"values": OPTIONS, **ctl("tags", create="true")},
        settings=(LEAST, MOST, Setting("create", both("可新建标签", "New tags allowed"), ("true", "false"))),
        valid=kept(["重点", "a"]), invalid=((["x" * 51], "max_length"), ("重点", "not_a_list")),
        behaviour=choosing.Tags(),
    ),
    Control(
        "stage", "select", both("阶段", "Stage"), "choice", "progress", KEY, "funnel",
        {"values": _STAGES, **ctl("stage", **{"transition:contact": "analysis, proposal"})},
        valid=kept("analysis"), invalid=_UNKNOWN, behaviour=choosing.Stage(),
    ),
    Control(
        "matrix", "radio", both("矩阵量表", "Rating matrix"), "choice", "table-options",
        {"type": "object", "additionalProperties": KEY}, "measure",
        {
            "values": [{"label": text, "value": str(step)} for step, text in enumerate(("差", "一般", "好"), start=1)],
            **ctl("matrix", rows="speed:响应速度;quality:质量", **{"rows:en": "speed:Speed;quality:Quality"}),
        },
        settings=(Setting("rows", both("行(如 speed:速度;quality:质量)", "Rows (speed:Speed;quality:Quality)")),),
        valid=kept({"speed": "2", "quality": "3"}),
        invalid=(({"speed": "9"}, "not_an_option"), ({"taste": "1"}, "not_an_option"), ("x", "not_an_object")),
        behaviour=figures.Matrix(),
    ),
)  # fmt: skip
