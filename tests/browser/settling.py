"""When a page is as it stays: waiting for its parts is quicker than waiting until the network has long been silent."""

from playwright.sync_api import Page, expect

_DRAWN_LATER = ("form", "form-editor", "chart", "diagram")
_UNSETTLED = ", ".join(
    (
        "[data-mount]:not([data-mounted='yes']):visible",
        *(f"[data-mount='{part}']:not([data-ready]):visible" for part in _DRAWN_LATER),
        ".skeleton:visible",
        ".htmx-request:visible",
        "body.htmx-busy",
    )
)


def settled(page: Page) -> None:
    """Wait until every part that can be seen is drawn and listens, and nothing is being fetched."""
    page.wait_for_load_state("load")
    expect(page.locator(_UNSETTLED)).to_have_count(0)
