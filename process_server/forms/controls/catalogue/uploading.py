"""The catalogue: files, and tables of rows."""

from decimal import Decimal

from process_server.forms.controls import media
from process_server.forms.controls.catalogue.parts import FILES, both, ctl
from process_server.forms.controls.control import Control, Sample, Setting

_UNKNOWN = ((["00000000-0000-4000-8000-000000000000"], "unknown_file"), ("x", "not_a_list"))

CONTROLS = (
    Control(
        "attachment", "filepicker", both("附件", "Attachments"), "file", "paperclip", FILES, "none", {"multiple": True},
        invalid=_UNKNOWN, needs="upload",
    ),
    Control(
        "image", "filepicker", both("图片", "Pictures"), "file", "photo", FILES, "none",
        {"multiple": True, "accept": "image/*", **ctl("image")}, invalid=_UNKNOWN, behaviour=media.Picture(),
        needs="upload",
    ),
    Control(
        "scan", "filepicker", both("扫描件", "Scanned document"), "file", "scan", FILES, "none",
        {"accept": ".pdf,.jpg,.jpeg,.png,.tif,.tiff", **ctl("scan")}, invalid=_UNKNOWN, behaviour=media.Scan(),
        needs="upload",
    ),
    Control(
        "signature", "filepicker", both("手写签名", "Signature"), "file", "signature", FILES, "none",
        {"accept": "image/png", **ctl("signature")}, invalid=_UNKNOWN, behaviour=media.Signature(), needs="upload",
    ),
    Control(
        "sub_table", "dynamiclist", both("子表", "Table of rows"), "table", "table",
        {"type": "array", "items": {"type": "object"}}, "measure",
        {
            "defaultRepetitions": 1, "showOutline": True,
            "components": [
                {"type": "textfield", "key": "product", "label": "产品", "layout": {"columns": 8, "row": "Row_columns"},
                 "validate": {"required": True}, "properties": {"label:en": "Product"}},
                {"type": "number", "key": "quantity", "label": "数量", "layout": {"columns": 4, "row": "Row_columns"},
                 "serializeToString": True, "properties": {"label:en": "Quantity"}},
                {"type": "number", "key": "price", "label": "单价", "layout": {"columns": 4, "row": "Row_columns"},
                 "serializeToString": True,
                 "properties": {"ctl": "currency", "currency": "CNY", "label:en": "Price"}},
            ],
            **ctl("sub_table", totals="quantity"),
        },
        settings=(
            Setting("totals", both("合计列", "Columns with a total")),
            Setting("minItems", both("最少行数", "Rows at least")),
            Setting("maxItems", both("最多行数", "Rows at most")),
        ),
        valid=(
            Sample(
                [{"product": "服务器", "quantity": "2", "price": "9999.99"}],
                [{"product": "服务器", "quantity": Decimal(2), "price": Decimal("9999.99")}],
            ),
        ),
        invalid=(("x", "not_a_list"), ([{"product": "", "quantity": "1", "price": "1"}], "required")),
    ),
)  # fmt: skip
