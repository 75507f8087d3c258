"""Every page: no fault in the browser, nothing asked of other servers, policies sent, readable by everybody."""

from itertools import cycle, product

import httpx
import pytest

from process_server.i18n import translate
from tests.browser.conftest import Open, Watch
from tests.browser.reading import blank, faults, sideways
from tests.browser.requests import PATIENCE, start
from tests.browser.test_working import start_request

PAGES = (
    "/inbox",
    "/inbox/queue",
    "/inbox/done",
    "/inbox/started",
    "/inbox/copied",
    "/inbox/on_behalf",
    "/inbox/watching",
    "/inbox/drafts",
    "/inbox/snoozed",
    "/inbox/overdue",
    "/inbox/all",
    "/inbox/all?panel=filter",
    "/start",
    "/start/lead_to_cash",
    "/processes",
    "/processes/lead_to_cash",
    "/batches",
    "/incidents",
    "/deploy",
    "/forms",
    "/forms/new",
    "/public-links",
    "/kpis",
    "/account",
    "/account/tokens",
    "/account/notifications",
    "/keyboard",
    "/stand-ins",
    "/tags",
    "/embeds",
    "/rules",
    "/rules/new",
    "/notifications",
    "/notification-policy",
    "/mails",
    "/calendars",
    "/calendars/new",
    "/people",
    "/people/services",
    "/audit",
    "/search?q=a",
)
GONE = ("/nowhere", "/decide/used", "/f/closed", "/embed/removed")
LOOKS = tuple(product(("zh-CN", "en"), (1440, 375), ("light", "dark")))


def test_pages_work_without_faults_and_can_be_read_by_everybody(open_page: Open, server: str, watch: Watch) -> None:
    """Each page is visited once; languages, widths and themes take turns over them."""
    start(server, "Something to list")
    watch.expected = (404,)
    page = open_page("/sign-in", user="demo")
    found = []
    for path, (language, width, theme) in zip((*PAGES, *GONE), cycle(LOOKS), strict=False):
        page.context.add_cookies([{"name": "theme", "value": theme, "url": server}])
        # the language is kept with the account
        assert page.request.post("/language", form={"to": language}, headers={"Origin": server}).ok
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language
        found += faults(page)
        page.set_viewport_size({"width": 375, "height": 900})
        found += [f"{path} on a telephone: {fault}" for fault in (*sideways(page), *blank(page))]
    assert found == []


def test_scripts_come_from_our_own_origin_alone(server: str) -> None:
    answer = httpx.get(f"{server}/sign-in", timeout=PATIENCE)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_bundle_is_kept_for_ever_and_comes_compressed(server: str) -> None:
    page = httpx.get(f"{server}/sign-in", timeout=PATIENCE).text
    script = page.split('type="module" src="')[1].split('"')[0]
    answer = httpx.get(f"{server}{script}", headers={"Accept-Encoding": "gzip"}, timeout=PATIENCE)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in answer.headers["Cache-Control"]


def test_an_address_without_a_page_says_so_in_the_readers_language(server: str) -> None:
    answer = httpx.get(f"{server}/nowhere", headers={"Accept-Language": "en"}, timeout=PATIENCE)
    assert answer.status_code == 404
    assert "There is no page at this address." in answer.text
    chinese = translate("zh-CN", "There is no page at this address.")
    answer = httpx.get(f"{server}/nowhere", headers={"Accept-Language": "zh"}, timeout=PATIENCE)
    assert chinese in answer.text


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 375)])
def test_the_pages_of_a_case_can_be_read_by_everybody(open_page: Open, theme: str, width: int) -> None:
    page = open_page(language="en", theme=theme, width=width)
    start_request(page, "To be read")
    case = page.url
    page.goto("/inbox/queue")
    task = page.locator("[data-row]", has_text="To be read").get_by_role("link").first.get_attribute("href")
    for path in (case, f"{task}", f"/inbox/queue?task={str(task).removeprefix('/t/')}"):
        page.goto(path)
        assert faults(page) == []
