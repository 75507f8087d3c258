"""The catalogue: numbers."""

from decimal import Decimal

from process_server.forms.controls import figures
from process_server.forms.controls.catalogue.parts import NUMBER, both, ctl, kept
from process_server.forms.controls.control import Control, Sample, Setting

_EXACT = {"serializeToString": True}

CONTROLS = (
    Control(
        "number", "number", both("数字", "Number"), "number", "number-123", NUMBER, "measure", _EXACT,
        valid=(Sample("12.50", Decimal("12.50")), Sample(7, Decimal(7))), invalid=(("twelve", "not_a_number"),),
    ),
    Control(
        "currency", "number", both("金额", "Amount of money"), "number", "currency-yuan",
        {"type": "number", "description": "exact; {amount, currency} where the form offers several currencies"},
        "measure", {**_EXACT, **ctl("currency", currency="CNY")},
        settings=(
            Setting("currency", both("币种", "Currency")),
            Setting("currencies", both("可选币种(如 CNY,USD)", "Currencies to choose from (CNY,USD)")),
        ),
        valid=(
            Sample("150000.50", Decimal("150000.50")),
            Sample("12345678901234567890.12", Decimal("12345678901234567890.12")),
        ),
        invalid=(("1.005", "decimal_digits"), ("lots", "not_a_number")), behaviour=figures.Currency(),
    ),
    Control(
        "percent", "number", both("百分比", "Percentage"), "number", "percentage",
        {"type": "number", "description": "a fraction: 12.5 % is 0.125"}, "measure",
        {**_EXACT, "validate": {"min": 0, "max": 1}, **ctl("percent")},
        valid=(Sample("0.125", Decimal("0.125")),), invalid=(("1.5", "max"), ("half", "not_a_number")),
        behaviour=figures.Percent(),
    ),
    Control(
        "rating", "number", both("星级评分", "Star rating"), "number", "star",
        {"type": "integer", "minimum": 1, "maximum": 5}, "dimension",
        {"decimalDigits": 0, "validate": {"min": 1, "max": 5}, **ctl("rating", max="5")},
        settings=(Setting("max", both("最高星级", "Stars")),),
        valid=(Sample(4, 4), Sample("5", 5)), invalid=((6, "max"), (0, "min"), ("2.5", "integer")),
        behaviour=figures.Steps(1, 5),
    ),
    Control(
        "nps", "number", both("推荐意愿(0–10)", "Recommendation (0–10)"), "number", "gauge",
        {"type": "integer", "minimum": 0, "maximum": 10}, "measure",
        {"decimalDigits": 0, "validate": {"min": 0, "max": 10}, **ctl("nps")},
        settings=(
            Setting("lowLabel", both("0 分的含义", "What 0 means")),
            Setting("highLabel", both("10 分的含义", "What 10 means")),
        ),
        valid=kept(0, 9), invalid=((11, "max"), (-1, "min")), behaviour=figures.Steps(0, 10),
    ),
)  # fmt: skip
