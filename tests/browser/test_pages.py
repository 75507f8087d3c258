"""Every page: no fault in the browser, nothing asked of other servers, policies sent, readable by everybody."""

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe

from process_server.i18n import translate
from tests.browser.conftest import Open
from tests.browser.settling import settled
from tests.browser.test_working import start_request

PAGES = [
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
    "/kpis",
    "/account",
    "/account/tokens",
    "/keyboard",
    "/tags",
    "/rules",
    "/rules/new",
    "/notifications",
    "/people",
    "/people/services",
    "/audit",
    "/search?q=a",
]
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
OF_THE_KITS = [[".bjs-powered-by"], [".fjs-powered-by"]]  # their logos must stay as they are


@pytest.mark.parametrize(("language", "theme"), [("zh-CN", "light"), ("en", "dark")])
def test_pages_work_without_faults_and_can_be_read_by_everybody(open_page: Open, language: str, theme: str) -> None:
    page = open_page(language=language, theme=theme)
    found = []
    for path in PAGES:
        page.goto(path)
        settled(page)
        assert page.locator("html").get_attribute("lang") == language
        result = Axe().run(page, context={"exclude": OF_THE_KITS}, options=WCAG)
        for violation in result.response["violations"]:
            places = [node["target"] for node in violation["nodes"]][:3]
            found.append(f"{path}: {violation['id']} {places} {violation['nodes'][0]['failureSummary']}")
    assert found == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_pages_fit_a_telephone(open_page: Open, language: str) -> None:
    page = open_page(language=language, width=375)
    for path in PAGES:
        page.goto(path)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 375, path


def test_scripts_come_from_our_own_origin_alone(server: str) -> None:
    answer = httpx.get(f"{server}/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_bundle_is_kept_for_ever_and_comes_compressed(server: str) -> None:
    page = httpx.get(f"{server}/sign-in").text
    script = page.split('type="module" src="')[1].split('"')[0]
    answer = httpx.get(f"{server}{script}", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in answer.headers["Cache-Control"]


def test_an_address_without_a_page_says_so_in_the_readers_language(server: str) -> None:
    answer = httpx.get(f"{server}/nowhere", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert "There is no page at this address." in answer.text
    chinese = translate("zh-CN", "There is no page at this address.")
    assert chinese in httpx.get(f"{server}/nowhere", headers={"Accept-Language": "zh"}).text


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 375)])
def test_the_pages_of_a_case_can_be_read_by_everybody(open_page: Open, theme: str, width: int) -> None:
    page = open_page(language="en", theme=theme, width=width)
    start_request(page, "To be read")
    case = page.url
    page.goto("/inbox/queue")
    task = page.locator("[data-row]", has_text="To be read").get_by_role("link").first.get_attribute("href")
    for path in (case, f"{task}", f"/inbox/queue?task={str(task).removeprefix('/t/')}"):
        page.goto(path)
        settled(page)
        result = Axe().run(page, context={"exclude": OF_THE_KITS}, options=WCAG)
        faults = [(item["id"], item["nodes"][0]["target"]) for item in result.response["violations"]]
        assert faults == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
