"""The catalogue: what nobody types in."""

from process_server.forms.controls import computing
from process_server.forms.controls.catalogue.parts import ANY, NUMBER, OF, SOURCE, TAKE, TEXT, both, ctl
from process_server.forms.controls.control import Control, Setting

_LATER = {"expression": "=null"}  # the server computes it; other viewers show nothing

CONTROLS = (
    Control(
        "formula", "expression", both("公式", "Formula"), "computed", "math-function", ANY, "measure",
        {"expression": "=1 + 2", **ctl("formula")}, behaviour=computing.Formula(),
    ),
    Control(
        "lookup", "expression", both("引用", "Value of a link"), "computed", "arrow-bear-right", ANY, "dimension",
        {**_LATER, **ctl("lookup", of="relation", source="cases", take="label")},
        settings=(OF, SOURCE, TAKE), behaviour=computing.LookedUp(),
    ),
    Control(
        "rollup", "expression", both("汇总", "Roll-up"), "computed", "sum", NUMBER, "measure",
        {**_LATER, **ctl("rollup", of="items", take="amount", how="sum")},
        settings=(
            OF, SOURCE, TAKE,
            Setting("how", both("方式", "How"), ("sum", "count", "min", "max", "average")),
        ),
        behaviour=computing.RolledUp(),
    ),
    Control(
        "amount_in_words", "expression", both("大写金额", "Amount in words"), "computed", "abc", TEXT, "none",
        {**_LATER, **ctl("amount_in_words", of="amount")}, settings=(OF,), behaviour=computing.InWords(),
    ),
    Control(
        "auto_number", "textfield", both("自动编号", "Automatic number"), "computed", "number", TEXT, "key",
        {"readonly": True, **ctl("auto_number", pattern="KH-{yyyy}{MM}-{0000}", reset="monthly")},
        settings=(
            Setting("pattern", both("格式(如 KH-{yyyy}{MM}-{0000})", "Pattern (KH-{yyyy}{MM}-{0000})")),
            Setting("reset", both("重新计数", "Count anew"), ("never", "yearly", "monthly", "daily")),
            Setting("gapless", both("连续无跳号", "Without gaps"), ("true", "false")),
            Setting("sequence", both("序列名称", "Name of the sequence")),
        ),
        behaviour=computing.AutoNumber(),
    ),
)  # fmt: skip
