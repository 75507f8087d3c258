"""The server of HTTP: uvicorn, which does not wait for whoever waits for news when it is asked to stop."""

from types import FrameType

import uvicorn

from process_server.api.processes import long_polling
from process_server.web.ground import listening


class Server(uvicorn.Server):
    """Ends the streams of open browsers and answers waiting workers: they would last until the time to stop is over."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop."""
        listening.end_all()
        long_polling.dismiss_all()
        super().handle_exit(sig, frame)
