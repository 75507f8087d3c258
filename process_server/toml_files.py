"""Files in TOML that say what a company is like, read by a model."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from process_server.errors import FieldProblem, InvalidInput

M = TypeVar("M", bound=BaseModel)


def read(path: Path, model: type[M]) -> M:
    """Read a file. Raises InvalidInput with the place of each fault."""
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput([], f"{path.name}: {error}") from error
    except ValidationError as error:
        first, *_ = problems = field_problems(error)
        raise InvalidInput(problems, f"{path.name}: {first['field']}: {first['params']['reason']}") from error


def field_problems(error: ValidationError) -> list[FieldProblem]:
    """Return what does not fit a model: the place of each fault, pydantic's code and its reason."""
    return [
        {"field": ".".join(map(str, fault["loc"])), "code": fault["type"], "params": {"reason": fault["msg"]}}
        for fault in error.errors()
    ]
