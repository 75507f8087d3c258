"""A process application on disk: a folder of models, decisions, forms and figures."""

from collections.abc import Iterable
from pathlib import Path

from process_server.config import settings
from process_server.errors import NotFound

DEPLOYED = (".bpmn", ".bpmn20.xml", ".bpmn2", ".dmn", ".form", "parameters.toml")


def shipped() -> Path:
    """Return the folder of the process application: the operator's, the repository's, or the installed package's."""
    here = Path(__file__).parent
    for folder in (settings().processes, here.parent / "processes", here / "processes"):
        if folder.is_dir():
            return folder
    raise NotFound(kind="folder of processes", id=settings().processes)


def read_files(paths: Iterable[Path]) -> dict[str, bytes]:
    """Read what can be deployed in files and folders (their subfolders too), by name.

    A file named on its own is read whatever it is called. Raises NotFound for a path that is not there.
    """
    files: dict[str, bytes] = {}
    for path in paths:
        if path.is_dir():
            found = sorted(file for file in path.rglob("*") if file.name.endswith(DEPLOYED) and file.is_file())
            files |= {file.relative_to(path).as_posix(): file.read_bytes() for file in found}
        elif path.is_file():
            files[path.name] = path.read_bytes()
        else:
            raise NotFound(kind="file or folder", id=path)
    return files
