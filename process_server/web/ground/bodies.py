"""No page takes a body larger than a file may be: it is cut off while it arrives, before anything reads it."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from process_server.config import settings
from process_server.errors import TooLarge

OVERHEAD = 64 * 1024  # bytes a form may take beside its files


class BodyLimit:
    """Counts the bytes of a body as they arrive; the API counts its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; end its body with an error where it grows too large, and answer 413."""
        if scope["type"] != "http" or scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        limit = settings().max_upload + OVERHEAD
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > limit:
                raise TooLarge(limit=limit)
            return message

        async def answered(message: Message) -> None:
            if arrived <= limit:
                await send(message)

        announced = dict(scope["headers"]).get(b"content-length", b"")
        if announced.isdigit() and int(announced) > limit:
            arrived = limit + 1
        else:
            await self.app(scope, counted, answered)
        if arrived > limit:
            await PlainTextResponse(TooLarge(limit=limit).message, TooLarge.status)(scope, receive, send)
