"""The catalogue: people, places, and what else there is to point at."""

from decimal import Decimal

from process_server.forms.controls import choosing, structured
from process_server.forms.controls.catalogue.parts import (
    KEY,
    KEYS,
    LEAST,
    MOST,
    NUMBER,
    SCOPE,
    SOURCE,
    TEXT,
    both,
    ctl,
)  # fmt: skip
from process_server.forms.controls.control import Control, Sample, Setting

_UNKNOWN = (("nobody at all", "not_an_option"),)
_UNKNOWNS = ((["nobody at all"], "not_an_option"), ("x", "not_a_list"))
_HOME = {"province": "上海市", "city": None, "district": "黄浦区", "detail": "人民大道 200 号", "code": "310101"}
_PROCESS = Setting("process", both("流程(标识)", "Process (its key)"))


def _chosen(name: str, **settings: str) -> dict[str, object]:
    return {"values": [], **ctl(name, **settings)}


CONTROLS = (
    Control(
        "region", "textfield", both("地区与地址", "Region and address"), "people", "map-pin",
        {"type": "object",
         "properties": {"province": TEXT, "city": TEXT, "district": TEXT, "detail": TEXT, "code": TEXT}},
        "map", ctl("region", level="district", detail="optional"),
        settings=(
            Setting("level", both("精确到", "Down to"), ("province", "city", "district")),
            Setting("detail", both("详细地址", "Address"), ("none", "optional", "required")),
        ),
        valid=(Sample(_HOME, _HOME), Sample({"code": "320102"}, {
            "province": "江苏省", "city": "南京市", "district": "玄武区", "detail": None, "code": "320102"})),
        invalid=(
            ({"code": "999999"}, "region"), ({"code": "310101", "district": "玄武区"}, "region_mismatch"),
            ({"code": "31"}, "region_incomplete"), ("上海", "not_an_object"),
        ),
        behaviour=structured.Region(),
    ),
    Control(
        "location", "textfield", both("定位", "Position"), "people", "current-location",
        {"type": "object", "properties": {"lat": NUMBER, "lng": NUMBER, "acc": NUMBER, "addr": TEXT}}, "map",
        ctl("location"),
        valid=(
            Sample(
                {"lat": 31.2304, "lng": 121.4737, "acc": 12, "addr": "人民广场"},
                {"lat": Decimal("31.2304"), "lng": Decimal("121.4737"), "acc": 12, "addr": "人民广场"},
            ),
        ),
        invalid=(({"lat": 91, "lng": 0}, "position"), ({"lat": "x", "lng": 0}, "position")),
        behaviour=structured.Position(),
    ),
    Control(
        "person", "select", both("人员", "Person"), "people", "user", KEY, "dimension", _chosen("person"),
        settings=(SCOPE,), invalid=_UNKNOWN, behaviour=choosing.Sourced("people"), needs="source",
    ),
    Control(
        "people", "taglist", both("多个人员", "Several people"), "people", "users", KEYS, "dimension",
        _chosen("people"), settings=(SCOPE, LEAST, MOST), invalid=_UNKNOWNS,
        behaviour=choosing.Sourced("people"), needs="source",
    ),
    Control(
        "department", "select", both("部门", "Department"), "people", "sitemap", KEY, "dimension",
        _chosen("department"), settings=(Setting("scope", both("范围(上级部门)", "Scope (a department above)")),),
        invalid=_UNKNOWN, behaviour=choosing.Sourced("departments"), needs="source",
    ),
    Control(
        "group", "select", both("角色/组", "Role or group"), "people", "users-group", KEY, "none", _chosen("group"),
        invalid=_UNKNOWN, behaviour=choosing.Sourced("groups"), needs="source",
    ),
    Control(
        "relation", "select", both("关联", "Link"), "link", "link", KEY, "dimension",
        _chosen("relation", source="cases"), settings=(SOURCE, _PROCESS), invalid=_UNKNOWN,
        behaviour=choosing.Sourced(), needs="source",
    ),
    Control(
        "relations", "taglist", both("关联多个", "Several links"), "link", "affiliate", KEYS, "dimension",
        _chosen("relations", source="cases"), settings=(SOURCE, _PROCESS, LEAST, MOST), invalid=_UNKNOWNS,
        behaviour=choosing.Sourced(), needs="source",
    ),
)  # fmt: skip
