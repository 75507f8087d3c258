"""Windows of Chromium that serve one test after the other: a new one has to fetch and compile every script again."""

from collections import defaultdict

from playwright.sync_api import Browser, Page

MESSAGES_STAY = """
const remove = Element.prototype.remove;
Element.prototype.remove = function () {
  if (!this.matches(".toast-card")) remove.call(this);
};
"""  # they go away after seconds: who looks from a busy machine would miss them
STORED = "cookies,local_storage,indexeddb,cache_storage,service_workers"


class Windows:
    """Windows on one server, each with cookies and storage of its own. What was fetched stays; who used it, goes."""

    def __init__(self, browser: Browser, server: str, patience: float) -> None:
        self._browser, self._server, self._patience = browser, server, patience
        self._free: dict[str, list[Page]] = defaultdict(list)  # by the language the browser asks for

    def take(self, language: str, width: int) -> Page:
        """Return a window that shows nothing and knows nobody."""
        page = self._free[language].pop() if self._free[language] else self._new(language)
        page.set_viewport_size({"width": width, "height": 900})
        return page

    def _new(self, language: str) -> Page:
        context = self._browser.new_context(base_url=self._server, locale=language, reduced_motion="reduce")
        context.set_default_timeout(self._patience)
        context.add_init_script(MESSAGES_STAY)
        return context.new_page()

    def give_back(self, page: Page, language: str) -> None:
        """Forget all that was done in a window."""
        context = page.context
        for other in context.pages:
            if other is not page:
                other.close()
        context.clear_cookies()  # first: a form that is left would send its draft
        page.unroute_all(behavior="ignoreErrors")
        page.goto("about:blank")
        devtools = context.new_cdp_session(page)
        devtools.send("Storage.clearDataForOrigin", {"origin": self._server, "storageTypes": STORED})
        devtools.detach()
        self._free[language].append(page)
