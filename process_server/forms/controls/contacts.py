"""How people and companies are reached and told apart: telephone, mail, address on the web, codes."""

from collections.abc import Callable
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType
from pydantic_core import Url, ValidationError
from stdnum import ean
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as NotANumber

from process_server.forms import inputs, patterns
from process_server.forms.components import Field
from process_server.forms.controls.behaviour import Behaviour, setting
from process_server.forms.inputs import Refused
from process_server.values import Value

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_WECHAT = r"^[A-Za-z][A-Za-z0-9_-]{5,19}$"
_MAX_CODE = 512


class Line(Behaviour):
    """A line of text in one canonical spelling."""

    def __init__(self, spell: Callable[[Field, str], str]) -> None:
        self.spell = spell

    def read(self, field: Field, raw: Any) -> Value:
        text = inputs.read(field, raw)
        return self.spell(field, text.strip()) if isinstance(text, str) and text.strip() else None


def phone(field: Field, text: str) -> str:
    """Return a telephone number as E.164 writes it; without a country code it is one of `region`, or of China."""
    try:
        number = phonenumbers.parse(text, setting(field, "region", "CN").upper())
    except NumberParseException as error:
        raise Refused("phone_number") from error
    if not phonenumbers.is_valid_number(number) or number.extension:  # E.164 has no place for an extension
        raise Refused("phone_number")
    if setting(field, "kind") == "mobile" and phonenumbers.number_type(number) not in _MOBILE:
        raise Refused("mobile_number")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def email(field: Field, text: str) -> str:
    """Return an e-mail address in lower case."""
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise Refused("email") from error


def url(field: Field, text: str) -> str:
    """Return an address on the web whose scheme is one of `schemes` (http and https)."""
    allowed = [name.strip().lower() for name in setting(field, "schemes", "https,http").split(",") if name.strip()]
    try:
        read = Url(text)
    except ValidationError as error:
        raise Refused("url") from error
    if read.scheme not in allowed:
        raise Refused("url_scheme", schemes=", ".join(allowed))
    if not read.host and read.scheme in ("http", "https", "ftp"):
        raise Refused("url")
    return text


def wechat(field: Field, text: str) -> str:
    """Return a WeChat id, or the mobile number that serves as one."""
    if patterns.matches(_WECHAT, text):
        return text
    try:
        return phone(field, text)
    except Refused as refused:
        raise Refused("wechat") from refused


def credit_code(field: Field, text: str) -> str:
    """Return a unified social credit code whose check character is right."""
    try:
        return str(uscc.validate(text))
    except NotANumber as error:
        raise Refused("credit_code") from error


def barcode(field: Field, text: str) -> str:
    """Return what a code says; with `format` ean its check digit has to be right."""
    if len(text) > _MAX_CODE:
        raise Refused("max_length", limit=_MAX_CODE)
    if setting(field, "format") != "ean":
        return text
    try:
        return str(ean.validate(text))
    except NotANumber as error:
        raise Refused("barcode") from error
