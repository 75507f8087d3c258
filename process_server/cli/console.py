"""What a command says: to the terminal, its faults apart, with a bar where it takes a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import rich.progress
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

console = Console()
errors = Console(stderr=True)


class Progress(Protocol):
    """Takes the part that is done, from 0 to 1, and a word on where it is."""

    def __call__(self, part: float, where: str = "", /) -> None: ...


@contextmanager
def progress_bar(what: str) -> Iterator[Progress]:
    """Show a bar that follows what it is told."""
    with rich.progress.Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), console=console
    ) as bar:
        task = bar.add_task(what, total=1.0)

        def progress(part: float, where: str = "", /) -> None:
            bar.update(task, completed=min(part, 1.0), description=f"{what} {where}".strip())

        yield progress
        bar.update(task, completed=1.0, description=what)


def locate(problem: Any) -> str:
    """Return a problem as one line: file, line, column, element, message, hint."""
    place = ":".join(str(problem[part]) for part in ("file", "line", "column") if problem.get(part))
    element = problem.get("element_name") or problem.get("element")
    hint = f" ({problem['hint']})" if problem.get("hint") else ""
    return f"{place}: {f'{element}: ' if element else ''}{problem['message']}{hint}"
