"""The security headers of every page.

Scripts come from our own origin alone and nothing is evaluated: no nonce, no inline handler. Styles: `<style>` elements
are refused too; style attributes are allowed, since diagram-js, form-js and ECharts place their markup by them.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from process_server.config import settings

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-elem 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(self)",
}
_HTTPS_HEADERS = _HEADERS | {"Strict-Transport-Security": "max-age=31536000"}  # a year; subdomains are none of ours


class SecurityHeaders:
    """Adds the headers to every answer that does not carry its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; complete the head of the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (_HTTPS_HEADERS if settings().over_https else _HEADERS).items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, complete)
