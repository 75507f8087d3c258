"""When a page is as it stays: waiting for its parts is quicker than waiting until the network has long been silent."""

from playwright.sync_api import Page, expect

_DRAWN_LATER = ("form", "form-editor", "chart", "diagram")
_UNSETTLED = ", ".join(
    f"{selector}:visible"
    for selector in (
        "[data-mount]:not([data-mounted='yes'])",
        *(f"[data-mount='{part}']:not([data-ready])" for part in _DRAWN_LATER),
        ".skeleton",
        ".htmx-request",
        "body.htmx-busy",
    )
)


def settled(page: Page) -> None:
    """Wait until every part that can be seen is drawn and listens, and nothing is being fetched."""
    expect(page.locator(_UNSETTLED)).to_have_count(0)
