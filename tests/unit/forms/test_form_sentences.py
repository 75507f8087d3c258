"""The browser says of a field what the server says of it: by the same codes, in the same sentences."""

import re
from pathlib import Path

from process_server.forms.messages import SAID_AT_ONCE, said_at_once, text

CONTROLS = Path(__file__).parents[3] / "frontend/src/controls"
TOLD = re.compile(r'\btell\("(\w+)"|^  \[/.+/, "(\w+)"\],$', re.MULTILINE)


def test_the_browser_is_given_every_sentence_it_says_and_no_other() -> None:
    sources = (path.read_text("utf-8") for path in (*CONTROLS.glob("*.js"), *CONTROLS.glob("*.jsx")))
    told = {code for source in sources for found in TOLD.findall(source) for code in found if code}
    assert told == set(SAID_AT_ONCE)


def test_the_browser_s_sentences_are_the_server_s() -> None:
    for language in ("zh-CN", "en", "en-GB"):
        assert said_at_once(language)["min"].format(limit=3) == text("min", {"limit": 3}, language)
