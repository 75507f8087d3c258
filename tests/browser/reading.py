"""Can everybody read a page: what axe finds against WCAG 2.1 AA, whether anything moves sideways or stays blank."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.settling import settled

_OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],  # what passes is not described: half the time
    "preload": False,
}
_OF_THE_KITS = [[".bjs-powered-by"], [".fjs-powered-by"]]  # their logos must stay as they are


def faults(page: Page, within: str | None = None) -> list[str]:
    """Return what keeps somebody from reading a page, or a part of it."""
    settled(page)
    context = {"exclude": _OF_THE_KITS} | ({"include": [[within]]} if within else {})
    violations = Axe().run(page, context=context, options=_OPTIONS).response["violations"]
    found = [f"{page.url}: {each['id']} {[node['target'] for node in each['nodes'][:3]]}" for each in violations]
    return [*found, *sideways(page), *blank(page)]


def sideways(page: Page) -> list[str]:
    """Return the address of a page that is wider than its window."""
    fits = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return [] if fits else [f"{page.url}: moves sideways"]


def blank(page: Page) -> list[str]:
    """Return the address of a page with a row that shows nothing."""
    rows = page.locator("[data-row]").evaluate_all(
        "rows => rows.filter((row) => row.checkVisibility() && !row.innerText.trim()).length"
    )
    return [f"{page.url}: {rows} rows show nothing"] if rows else []
