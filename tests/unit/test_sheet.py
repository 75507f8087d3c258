"""The sheet of a case as PDF: what it says, in which glyphs, and that nothing in it is taken for markup."""

import io
from dataclasses import replace

import pytest
from PIL import Image
from pypdf import PdfReader

from process_server.documents.sheet import Attachment, Line, Opinion, Sheet
from process_server.documents.typeset import to_pdf

SHEET = Sheet(
    language="zh-CN",
    title="合同审批",
    key="HT-1",
    state="已完成",
    address="https://crm.example.com/i/1",
    printed="2026-11-22 08:30",
    facts=[Line("发起人", "孙浩")],
    lines=[
        Line("客户", "上海远景机械"),
        Line("明细", headings=["产品", "数量"], rows=[["机器人", "2"], ["夹具", "3"]]),
    ],
    opinions=[
        Opinion("法务审批", "刘燕", "2026-11-21 10:00", "同意", on_behalf_of="林法", opinion="可以", reason="条款")
    ],
    files=[Attachment("扫描件.pdf", 10, "ab" * 32)],
)


def text_of(sheet: Sheet) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(to_pdf(sheet))).pages)


def test_the_sheet_says_what_was_asked_and_who_decided() -> None:
    text = text_of(SHEET)
    for said in (
        "合同审批",
        "HT-1",
        "孙浩",
        "上海远景机械",
        "机器人",
        "夹具",
        "法务审批",
        "刘燕",
        "代 林法",
        "可以",
        "条款",
    ):
        assert said in text, said
    assert "SHA-256 " + "ab" * 32 in text


@pytest.mark.parametrize(
    "odd", ["好的😀", "ไทย ok", "a\x01b", "👨\u200d👩\u200d👧", "\\u0001\x1b[31m", "\U000e0001", "नमस्ते"]
)
def test_what_the_font_cannot_show_is_a_box(odd: str) -> None:
    text = text_of(replace(SHEET, opinions=[replace(SHEET.opinions[0], opinion=f"可以 {odd} 完")]))
    assert "可以" in text
    assert "完" in text
    if odd == "好的😀":
        assert "好的□" in text


def test_every_glyph_lies_in_the_file() -> None:
    for page in PdfReader(io.BytesIO(to_pdf(SHEET))).pages:
        for font in page["/Resources"]["/Font"].values():
            descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert {"/FontFile3", "/FontFile2"} & set(descriptor), font["/BaseFont"]


def test_it_is_made_to_be_archived() -> None:
    metadata = PdfReader(io.BytesIO(to_pdf(SHEET))).xmp_metadata
    assert metadata is not None
    assert "pdfaid:part" in metadata.stream.get_data().decode()


@pytest.mark.parametrize(
    "hostile", ['#read("/etc/passwd")', "$x$ *b* _i_ <a> @a", '"; panic()', '#import "x"\n= Title']
)
def test_what_people_write_is_never_markup(hostile: str) -> None:
    written = replace(SHEET, lines=[Line(hostile, hostile)], opinions=[replace(SHEET.opinions[0], opinion=hostile)])
    flat = "".join(text_of(written).split())
    assert flat.count("".join(hostile.split())) >= 2


def test_a_signature_is_drawn() -> None:
    drawn = io.BytesIO()
    Image.new("RGBA", (60, 20), "black").save(drawn, "PNG")
    signed = replace(SHEET, opinions=[replace(SHEET.opinions[0], signature=drawn.getvalue())])
    assert [len(page.images) for page in PdfReader(io.BytesIO(to_pdf(signed))).pages] == [1]
    assert [len(page.images) for page in PdfReader(io.BytesIO(to_pdf(SHEET))).pages] == [0]
