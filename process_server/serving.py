"""The server of HTTP: uvicorn, which does not wait for open streams when it is asked to stop."""

from types import FrameType

import uvicorn

from process_server.web import listening


class Server(uvicorn.Server):
    """Ends the streams of open browsers first: they would last until the time to stop is over."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop."""
        listening.end_all()
        super().handle_exit(sig, frame)
