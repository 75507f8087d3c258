"""The files a browser keeps: the bundle under names that carry their hash, compressed once when it was built."""

import json
from functools import lru_cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parents[1] / "static"
FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_DAY = "public, max-age=86400"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    path = FOLDER / "bundle" / "manifest.json"
    if not path.exists():
        raise RuntimeError(f"{path.parent} is missing: build it with `node frontend/build.mjs {path.parent}`")
    names: dict[str, str] = json.loads(path.read_text())
    return names


def url(name: str) -> str:
    """Return the address of an entry of the bundle: `base.js`, `form.css`, `icons.svg`."""
    return f"/static/bundle/{_manifest()[name]}"


class Assets(StaticFiles):
    """Serves the folder; a file of the bundle in the encoding the browser takes, and to be kept for ever."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the compressed twin of a file where there is one."""
        accepted = next((value.decode() for key, value in scope["headers"] if key == b"accept-encoding"), "")
        for suffix, encoding in ((".br", "br"), (".gz", "gzip")):
            if encoding in accepted and (FOLDER / f"{path}{suffix}").is_file():
                response = await super().get_response(path + suffix, scope)
                response.headers["Content-Encoding"] = encoding
                response.headers["Content-Type"] = _TYPES[Path(path).suffix]
                break
        else:
            response = await super().get_response(path, scope)
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = FOR_EVER if path.startswith("bundle/") else FOR_A_DAY
        return response
