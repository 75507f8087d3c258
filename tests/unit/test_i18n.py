"""Both languages: every text is there, and the reader gets the one they want."""

import ast
import re

import pytest

from process_server import i18n
from process_server.errors import AlreadyClaimed, NotAllowed, NotFound
from process_server.i18n import catalogues


def test_every_text_of_code_and_pages_is_translated_and_no_other() -> None:
    lacking = {language: catalogues.untranslated(language) for language in i18n.LANGUAGES}
    assert not any(lacking.values()), f"`python -m process_server.i18n extract` names what to translate: {lacking}"
    assert not any(catalogues.obsolete(language) for language in i18n.LANGUAGES)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_translation_fills_the_same_places(language: str) -> None:
    for message in catalogues.load(language):
        if message.id and isinstance(message.id, str):
            places = [sorted(re.findall(r"\{\w+\}", text)) for text in (message.id, str(message.string))]
            assert places[0] == places[1], message.id


def test_chinese_has_the_marks_of_chinese() -> None:
    texts = [str(message.string) for message in catalogues.load("zh-CN")]
    assert [text for text in texts if re.search(r"[\u4e00-\u9fff}][,?!;:](?!\d)|[\u4e00-\u9fff]\.(?!\w)", text)] == []


@pytest.mark.parametrize(("language", "called"), [("en", "Li Na"), ("zh-CN", "李娜"), ("en-GB", "Li Na")])
def test_a_refusal_names_people_in_the_readers_language(language: str, called: str) -> None:
    refused = AlreadyClaimed(assignee=i18n.Named("李娜", "Li Na"), user="li")
    assert called in i18n.error_text(language, refused)
    assert i18n.spoken(language, refused.params) == {"assignee": called, "user": "li"}
    assert "李娜" in i18n.error_text(language, AlreadyClaimed(assignee=i18n.Named("李娜"), user="li"))


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ('visit.say("Done")', ["Done"]),
        ('translate(language, "Done {n}", n=1)', ["Done {n}"]),
        ('_("a" if ready else "b")', ["a", "b"]),
        ('raise NotFound(kind="user", id=x)', ["user"]),
        ('raise InvalidInput([{"field": "x", "code": "y"}], "Wrong")', ["Wrong"]),
        ('translate_plural(language, "{n} task", "{n} tasks", 2)', [("{n} task", "{n} tasks")]),
        ('print("nothing"); _(name); _(f"{x}")', []),
    ],
)
def test_texts_are_found_in_code(code: str, texts: list[object]) -> None:
    assert list(catalogues._texts_of_code(ast.parse(code))) == texts


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (("en",), "en"),
        (("zh-TW",), "zh-CN"),
        (("zh_Hans_CN",), "zh-CN"),
        ((None, "en-GB,en;q=0.9"), "en"),
        ((None, "fr,zh;q=0.5,en;q=0.8"), "en"),
        (("", "de"), "zh-CN"),
        ((None, "en;q=0,zh;q=0.1"), "zh-CN"),
        ((None, "*;q=0.5, ;;,en;q=x"), "zh-CN"),
        (("en", "zh-CN"), "en"),
    ],
)
def test_the_reader_gets_the_language_they_want(wanted: tuple[str | None, ...], language: str) -> None:
    assert i18n.choose(*wanted, default="zh-CN") == language


def test_a_text_is_filled_once() -> None:
    assert i18n.translate("en", "{task} is due", task="{id}", id="never") == "{id} is due"
    assert i18n.translate("zh-CN", "{task} is due", task="报价") == "报价 已到期"
    assert i18n.translate("zh-CN", "nobody translated {this}") == "nobody translated {this}"
    assert i18n.translate("zh-CN", "") == ""


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "陈静、王强"), ("en", "陈静, 王强")])
def test_people_are_enumerated_with_the_mark_of_the_language(language: str, said: str) -> None:
    assert i18n.enumerated(language, ["陈静", "王强"]) == said


def test_one_and_many() -> None:
    said = [i18n.translate_plural("en", "{n} apple", "{n} apples", n) for n in (0, 1, 2)]
    assert said == ["0 apples", "1 apple", "2 apples"]


@pytest.mark.parametrize(
    ("error", "chinese"),
    [
        (NotFound(kind="user task", id="7"), "不存在任务 7。"),
        (AlreadyClaimed(assignee="陈静"), "陈静 已领取此任务。"),
        (NotAllowed("{assignee} is no longer active.", assignee="王"), "王 已停用。"),
    ],
)
def test_an_error_speaks_the_language_of_its_reader(error: NotFound, chinese: str) -> None:
    assert i18n.error_text("zh-CN", error) == chinese
    assert i18n.error_text("en", error) == error.message
