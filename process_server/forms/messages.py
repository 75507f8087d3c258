"""The texts of what can be wrong with a form's fields, in both languages, by code."""

from collections.abc import Mapping
from typing import Any

from process_server.errors import FieldProblem

DEFAULT = "zh-CN"

TEXTS: Mapping[str, Mapping[str, str]] = {
    "required": {"zh-CN": "此项必填。", "en": "Please fill this in."},
    "pattern": {"zh-CN": "格式不正确。", "en": "This is not in the expected format."},
    "email": {"zh-CN": "请输入有效的邮箱地址。", "en": "Please enter an e-mail address."},
    "phone": {
        "zh-CN": "请输入国际格式的电话号码，如 +8613800138000。",
        "en": "Please enter an international phone number, such as +4930664040900.",
    },
    "min": {"zh-CN": "不能小于 {limit}。", "en": "At least {limit}."},
    "max": {"zh-CN": "不能大于 {limit}。", "en": "At most {limit}."},
    "min_length": {"zh-CN": "至少 {limit} 个字符。", "en": "At least {limit} characters."},
    "max_length": {"zh-CN": "最多 {limit} 个字符。", "en": "At most {limit} characters."},
    "integer": {"zh-CN": "请输入整数。", "en": "Please enter a whole number."},
    "decimal_digits": {"zh-CN": "最多 {limit} 位小数。", "en": "At most {limit} decimal places."},
    "increment": {
        "zh-CN": "最接近的有效值是 {previous} 和 {next}。",
        "en": "The nearest valid values are {previous} and {next}.",
    },
    "past_date": {"zh-CN": "不能早于今天。", "en": "This date has passed."},
    "not_text": {"zh-CN": "应为文本。", "en": "This must be text."},
    "not_a_number": {"zh-CN": "请输入数字。", "en": "Please enter a number."},
    "not_a_boolean": {"zh-CN": "应为是或否。", "en": "This must be yes or no."},
    "not_a_date": {"zh-CN": "请输入日期，如 2026-01-31。", "en": "Please enter a date, such as 2026-01-31."},
    "not_a_time": {"zh-CN": "请输入时间，如 09:30。", "en": "Please enter a time, such as 09:30."},
    "not_a_datetime": {
        "zh-CN": "请输入日期和时间，如 2026-01-31T09:30。",
        "en": "Please enter a date and time, such as 2026-01-31T09:30.",
    },
    "not_a_list": {"zh-CN": "应为列表。", "en": "This must be a list."},
    "too_deep": {"zh-CN": "嵌套超过 {limit} 层。", "en": "This is nested more than {limit} deep."},
    "characters": {"zh-CN": "含有无法保存的字符。", "en": "This contains characters that cannot be kept."},
    "not_an_option": {"zh-CN": "“{value}”不在可选项中。", "en": '"{value}" is not one of the options.'},
    "contradiction": {
        "zh-CN": "与表单中的“{value}”矛盾。",
        "en": 'This contradicts "{value}" in the form.',
    },
    "chosen_twice": {"zh-CN": "同一选项选了两次。", "en": "The same option is chosen twice."},
    "too_many_choices": {"zh-CN": "最多选择 {limit} 项。", "en": "Choose at most {limit}."},
    "too_few_rows": {"zh-CN": "至少填写 {limit} 行。", "en": "At least {limit} rows."},
    "too_many_rows": {"zh-CN": "最多 {limit} 行。", "en": "At most {limit} rows."},
    "rows_fixed": {"zh-CN": "行数固定为 {count} 行。", "en": "There must be exactly {count} rows."},
    "unknown_file": {
        "zh-CN": "文件不存在或无权使用，请重新上传。",
        "en": "This file is not there or not yours; upload it again.",
    },
    "one_file_only": {"zh-CN": "只能上传一个文件。", "en": "Only one file is allowed."},
    "file_type": {
        "zh-CN": "不接受文件“{name}”，允许的类型：{accept}。",
        "en": '"{name}" is not accepted; allowed are {accept}.',
    },
    "phone_number": {
        "zh-CN": "请输入有效的电话号码，如 13800138000、021-62345678 或 +8613800138000。",
        "en": "Please enter a telephone number, such as 13800138000, 021-62345678 or +4930664040900.",
    },
    "mobile_number": {"zh-CN": "请输入手机号码。", "en": "Please enter a mobile number."},
    "url": {
        "zh-CN": "请输入网址，如 https://example.com。",
        "en": "Please enter an address such as https://example.com.",
    },
    "url_scheme": {"zh-CN": "网址须以 {schemes} 开头。", "en": "The address must begin with {schemes}."},
    "wechat": {
        "zh-CN": "请输入微信号（字母开头，6–20 位）或手机号。",
        "en": "Please enter a WeChat id (a letter first, 6 to 20 characters) or a mobile number.",
    },
    "credit_code": {
        "zh-CN": "请输入 18 位统一社会信用代码，校验位须正确。",
        "en": "Please enter a unified social credit code of 18 characters; its check character must be right.",
    },
    "barcode": {"zh-CN": "条码校验位不正确。", "en": "The check digit of this barcode is wrong."},
    "not_json": {"zh-CN": "不是有效的 JSON。", "en": "This is not JSON."},
    "json_schema": {"zh-CN": "{place}：{reason}", "en": "{place}: {reason}"},
    "not_an_object": {"zh-CN": "应为对象。", "en": "This must be an object."},
    "currency": {
        "zh-CN": "币种“{value}”不可用，可选：{offered}。",
        "en": '"{value}" is not offered; choose of {offered}.',
    },
    "region": {"zh-CN": "请选择省、市、区。", "en": "Please choose province, city and district."},
    "region_mismatch": {"zh-CN": "地区名称与代码不一致。", "en": "The names of the region do not fit its code."},
    "region_incomplete": {"zh-CN": "请选择到下一级地区。", "en": "Please choose the region down to the next level."},
    "address_incomplete": {"zh-CN": "请填写详细地址。", "en": "Please enter the address."},
    "position": {"zh-CN": "经纬度不正确。", "en": "This is no latitude and longitude."},
    "period": {"zh-CN": "结束日期不能早于开始日期。", "en": "The end lies before the beginning."},
    "transition": {"zh-CN": "不能从“{before}”变为“{value}”。", "en": 'It cannot go from "{before}" to "{value}".'},
    "path_incomplete": {"zh-CN": "请选择到最后一级。", "en": "Please choose down to the last level."},
    "rows_unanswered": {"zh-CN": "请填写：{rows}。", "en": "Please answer {rows}."},
    "too_few_choices": {"zh-CN": "至少选择 {limit} 项。", "en": "Choose at least {limit}."},
    "rule": {"zh-CN": "不符合规则“{rule}”。", "en": 'The rule "{rule}" does not hold.'},
    "waiting_file": {
        "zh-CN": "文件“{name}”正在安全检查，请稍后再提交。",
        "en": '"{name}" is still being checked; try again soon.',
    },
    "infected_file": {"zh-CN": "文件“{name}”未通过安全检查。", "en": '"{name}" did not pass the security check.'},
    "hidden": {"zh-CN": "当前步骤不可见，未保存。", "en": "Not visible at this step; not saved."},
    "readonly": {"zh-CN": "只读，未保存。", "en": "Read-only; not saved."},
    "disabled": {"zh-CN": "已停用，未保存。", "en": "Disabled; not saved."},
    "assigned": {"zh-CN": "由系统生成，未保存。", "en": "Given by the server; not saved."},
    "retired_option": {"zh-CN": "{label}（已停用）", "en": "{label} (no longer offered)"},
}

# what the browser tells by itself, before anything is sent
SAID_AT_ONCE = (
    "required", "pattern", "email", "phone", "min", "max", "min_length", "max_length", "integer", "decimal_digits",
    "increment", "not_a_number", "phone_number", "url", "credit_code", "not_json", "rows_unanswered",
)  # fmt: skip


def said_at_once(language: str) -> dict[str, str]:
    """Return the sentences the browser says in a language, by code, their facts in braces."""
    return {code: _template(code, language) for code in SAID_AT_ONCE}


def text(code: str, params: Mapping[str, Any], language: str = DEFAULT) -> str:
    """Return the text of a code in a language; a language that is not known reads the Chinese."""
    return _template(code, language).format_map({name: _shown(value) for name, value in params.items()})


def problem_text(problem: FieldProblem, language: str = DEFAULT) -> str:
    """Return what to tell the person about a problem; what the analyst wrote of a pattern or rule comes first."""
    if problem["code"] in ("pattern", "rule"):
        texts = problem["params"].get("messages", {})
        own = texts.get(language) or texts.get(language.split("-")[0]) or problem["params"].get("message")
        if own:
            return str(own)
    return text(problem["code"], problem["params"], language)


def _template(code: str, language: str) -> str:
    texts = TEXTS[code]
    return texts.get(language) or texts.get(language.split("-")[0]) or texts[DEFAULT]


def _shown(value: Any) -> str:
    return format(value, "f") if hasattr(value, "as_tuple") else str(value)
