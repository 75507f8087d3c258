"""Sets a sheet as PDF/A with Typst: every glyph lies in the file, Chinese ones too, so that it reads the same later."""

import io
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal

import manimgx_fonts_cjk
import segno
import typst

from process_server.documents.sheet import Sheet
from process_server.i18n import gettext_noop, translate

TEMPLATE = Path(__file__).parent / "sheet.typ"
STANDARD: Literal["a-2b"] = "a-2b"
MISSING = "□"
CHARSETS = ("gbk", "big5hkscs", "shift_jisx0213", "cp949", "cp1252", "cp1250", "cp1251", "cp1253")
"""What the font has a glyph for, to be sure of it: the characters of these."""
WORDS = {
    "request": gettext_noop("Request"),
    "opinions": gettext_noop("Opinions"),
    "step": gettext_noop("Step"),
    "person": gettext_noop("Person"),
    "result": gettext_noop("Result"),
    "opinion": gettext_noop("Opinion"),
    "at": gettext_noop("Time"),
    "files": gettext_noop("Files"),
    "printed": gettext_noop("Printed {at}"),
    "for": gettext_noop("for {person}"),
    "nobody": gettext_noop("Nobody has decided anything yet."),
}


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[str(Path(manimgx_fonts_cjk.__file__).parent)])


def to_pdf(sheet: Sheet) -> bytes:
    """Set a sheet on A4 pages. The template reads plain data: nothing a person wrote is ever taken for markup.

    Where somebody wrote what the font cannot show, an emoji for instance, a box stands for it: PDF/A takes no gaps.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copy(TEMPLATE, root / "sheet.typ")
        text = json.dumps(_data(sheet, root), ensure_ascii=False)
        try:
            return _compile(root, text)
        except typst.TypstError as error:
            if "could not be displayed" not in str(error):
                raise
        return _compile(root, "".join(char if _has_glyph(char) else MISSING for char in _without_controls(text)))


def _compile(root: Path, text: str) -> bytes:
    (root / "sheet.json").write_text(text, encoding="utf-8")
    return typst.compile(root / "sheet.typ", root=root, font_paths=_fonts(), pdf_standards=STANDARD)


def _without_controls(text: str) -> str:
    """Return JSON without the control characters in its texts; line breaks and tabs have short forms of their own."""
    return re.sub(r"(?<!\\)((?:\\\\)*)\\u00[01][0-9a-f]", r"\1" + MISSING, text)


def _has_glyph(char: str) -> bool:
    for charset in CHARSETS:
        try:
            char.encode(charset)
        except UnicodeEncodeError:
            continue
        return char != "\x7f"
    return False


def _data(sheet: Sheet, root: Path) -> Mapping[str, Any]:
    """Return the sheet as the template reads it; pictures lie beside it as files."""
    data = asdict(sheet)
    say = partial(translate, sheet.language)
    data["words"] = {name: say(text, at=sheet.printed, person="{person}") for name, text in WORDS.items()}
    for number, opinion in enumerate(data["opinions"]):
        picture = opinion.pop("signature")
        opinion["signature"] = _keep(root, f"signature-{number}.png", picture) if picture else ""
        opinion["place_of"] = say(WORDS["for"], person=opinion["on_behalf_of"]) if opinion["on_behalf_of"] else ""
    data["code"] = _keep(root, "code.svg", _code(sheet.address)) if sheet.address else ""
    return data


def _keep(root: Path, name: str, content: bytes) -> str:
    (root / name).write_bytes(content)
    return name


def _code(address: str) -> bytes:
    """Draw the address of the case's page as a QR code."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", border=0)
    return drawn.getvalue()
