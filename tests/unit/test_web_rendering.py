"""What pages write: durations, distances, values, addresses, how a task stands."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from process_server import clock
from process_server.i18n import display
from process_server.web.ground import rendering
from process_server.web.ground.visit import local_address

FRONTEND = Path(__file__).parents[2] / "frontend"


@pytest.mark.parametrize(
    ("length", "english", "chinese"),
    [
        (0, "0 s", "0 秒"),
        (59.6, "1 min", "1 分"),
        (3 * 86400 + 7200 + 59, "3 d 2 h", "3 天 2 小时"),
        (7 * 3600 + 56, "7 h", "7 小时"),
        (timedelta(hours=-5, minutes=-30), "−5 h 30 min", "−5 小时 30 分"),
        (None, "–", "–"),
    ],
)
def test_durations_show_their_two_largest_units(length: Any, english: str, chinese: str) -> None:
    assert display.span("en", length) == english
    assert display.span("zh-CN", length) == chinese


def test_distances_carry_the_exact_time() -> None:
    moment = clock.now() - timedelta(days=3)
    written = rendering.ago("en", moment)
    assert "3 days ago" in written
    assert f'title="{display.instant("en", moment)}"' in written


def test_instants_are_written_in_the_time_zone_of_the_company() -> None:
    assert display.instant("zh-CN", datetime(2026, 3, 1, 20, 30, tzinfo=UTC)) == "2026-03-02 04:30"


def test_what_ends_at_midnight_has_the_day_before_for_its_last() -> None:
    assert rendering.last_day("en", datetime(2031, 1, 31, 16, tzinfo=UTC)) == "31 Jan 2031"
    assert rendering.last_day("zh-CN", datetime(2031, 1, 31, 16, 1, tzinfo=UTC)) == "2031年2月1日"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (True, "yes"),
        (Decimal("50000.01"), "50,000.01"),
        (date(2026, 1, 31), "2026-01-31"),
        (timedelta(hours=36), "1 d 12 h"),
        (["a", 2], "a, 2"),
        ([{"a": 1, "b": None}, {"a": 2}], "a: 1\na: 2"),
    ],
)
def test_values_are_written_for_people(value: Any, text: str) -> None:
    assert display.shown("en", value) == text


def test_pages_escape_what_people_wrote() -> None:
    template = rendering.environment("en").from_string("<p data-props='{{ props|tojson }}'>{{ name }}</p>")
    page = template.render(name="<script>", props={"x": "'><script>"})
    assert "<script>" not in page
    assert page.count("'") == 2


def test_every_icon_of_the_pages_is_in_the_sprite() -> None:
    known = set(json.loads((FRONTEND / "src" / "icons.json").read_text()))
    used = set()
    for template in rendering.TEMPLATES.glob("*.html"):
        used |= set(re.findall(r'icon\("([a-z0-9-]+)"', template.read_text()))
    for module in Path(rendering.__file__).parent.glob("*.py"):
        used |= set(re.findall(r'"([a-z]+(?:-[a-z0-9]+)+)"', module.read_text())) & known
    assert len(used) > 40
    assert used <= known


@pytest.mark.parametrize(
    "address", ["//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "", None]
)
def test_addresses_of_other_servers_are_not_followed(address: str | None) -> None:
    assert local_address(address) == "/"
    assert local_address("/inbox?q=1") == "/inbox?q=1"
