"""The catalogue: text."""

from process_server.forms.controls import contacts, json_text, structured
from process_server.forms.controls.catalogue.parts import ANY, TEXT, both, ctl, kept
from process_server.forms.controls.control import Control, Sample, Setting
from process_server.forms.inputs import MAX_TEXT

CONTROLS = (
    Control(
        "text", "textfield", both("单行文本", "Text"), "text", "cursor-text", TEXT, "dimension",
        valid=kept("甲", "Acme Ltd."), invalid=((["a"], "not_text"), (7, "not_text")),
    ),
    Control(
        "textarea", "textarea", both("多行文本", "Text, several lines"), "text", "align-left", TEXT, "none",
        valid=kept("第一行\n第二行"), invalid=(({"a": 1}, "not_text"), ("x" * (MAX_TEXT + 1), "max_length")),
    ),
    Control(
        "rich_text", "textarea", both("富文本", "Formatted text"), "text", "text-plus",
        {"type": "string", "contentMediaType": "text/html"}, "none", ctl("rich_text"),
        valid=(
            Sample("<p>要点:<b>价格</b></p>", "<p>要点:<b>价格</b></p>"),
            Sample("<p>x</p><script>alert(1)</script>", "<p>x</p>"),
        ),
        invalid=((["p"], "not_text"),), behaviour=structured.RichText(),
    ),
    Control(
        "phone", "textfield", both("电话", "Telephone"), "text", "phone",
        {"type": "string", "pattern": r"^\+\d{6,15}$"}, "search", ctl("phone"),
        settings=(
            Setting("kind", both("号码类型", "Kind"), ("any", "mobile")),
            Setting("region", both("默认国家(如 CN)", "Country where none is given (CN)")),
        ),
        valid=(
            Sample("+8613800138000", "+8613800138000"), Sample("13800138000", "+8613800138000"),
            Sample("021-62345678", "+862162345678"), Sample("400-820-8820", "+864008208820"),
            Sample("+86 138 0013 8000", "+8613800138000"), Sample("+4930664040900", "+4930664040900"),
        ),
        invalid=(("12345", "phone_number"), ("phone", "phone_number")), behaviour=contacts.Line(contacts.phone),
    ),
    Control(
        "email", "textfield", both("邮箱", "E-mail"), "text", "mail", {"type": "string", "format": "email"}, "search",
        {"validate": {"validationType": "email"}, **ctl("email")},
        valid=(Sample("a@b.cn", "a@b.cn"), Sample("Li.Na@Example.com", "li.na@example.com")),
        invalid=(("a@@b", "email"), ("a", "email")), behaviour=contacts.Line(contacts.email),
    ),
    Control(
        "url", "textfield", both("网址", "Web address"), "text", "world", {"type": "string", "format": "uri"}, "none",
        ctl("url"), settings=(Setting("schemes", both("允许的协议", "Schemes allowed")),),
        valid=kept("https://example.com/path?q=1"),
        invalid=(("javascript:alert(1)", "url_scheme"), ("example", "url")), behaviour=contacts.Line(contacts.url),
    ),
    Control(
        "wechat", "textfield", both("微信号", "WeChat id"), "text", "brand-wechat", TEXT, "search", ctl("wechat"),
        valid=kept("lina_2025", "+8613800138000"), invalid=(("1a", "wechat"), ("微信", "wechat")),
        behaviour=contacts.Line(contacts.wechat),
    ),
    Control(
        "credit_code", "textfield", both("统一社会信用代码", "Unified social credit code"), "text", "id",
        {"type": "string", "pattern": "^[0-9A-Z]{18}$"}, "key", ctl("credit_code"),
        valid=(
            Sample("91110000600037341L", "91110000600037341L"), Sample("9111 0000 6000 3734 1l", "91110000600037341L"),
        ),
        invalid=(("91110000600037341M", "credit_code"), ("9111", "credit_code")),
        behaviour=contacts.Line(contacts.credit_code),
    ),
    Control(
        "barcode", "textfield", both("条码", "Barcode"), "text", "barcode", TEXT, "search",
        ctl("barcode", format="ean"), settings=(Setting("format", both("码制", "Kind of code"), ("any", "ean")),),
        valid=kept("6901234567892"), invalid=(("6901234567893", "barcode"),),
        behaviour=contacts.Line(contacts.barcode),
    ),
    Control(
        "json", "textarea", both("JSON", "JSON"), "text", "braces", ANY, "none", ctl("json"),
        settings=(Setting("schema", both("JSON Schema", "JSON Schema")),),
        valid=(*kept({"a": [1, True, None]}), Sample('{"b": "乙"}', {"b": "乙"})), invalid=(("{", "not_json"),),
        behaviour=json_text.Json(),
    ),
)  # fmt: skip
