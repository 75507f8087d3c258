"""Every setting is documented with its default, and nothing else is."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from process_server.config import Settings

DOCUMENT = Path(__file__).parents[2] / "docs/settings.md"


def documented() -> dict[str, str]:
    rows = re.findall(r"^\| `(\w+)` \| (?:`(.*?)`|\(empty\)) \|", DOCUMENT.read_text(), re.MULTILINE)
    return dict(rows)


def known() -> dict[str, str]:
    shown = {}
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        shown[field.alias or f"PROCESS_SERVER_{name.upper()}"] = (
            default.lower() if isinstance(field.default, bool) else default
        )
    return shown


def test_every_setting_is_documented_with_its_default() -> None:
    assert documented() == known()


@pytest.mark.parametrize(
    "url", ["postgres://u:p@host/db", "postgresql://u:p@host/db", "postgresql+psycopg2://u:p@host/db"]
)
def test_an_address_is_taken_as_hosts_write_it(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert Settings().database_url == "postgresql+psycopg2://u:p@host/db"


def test_another_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///here.db")
    with pytest.raises(ValidationError, match="PostgreSQL"):
        Settings()
