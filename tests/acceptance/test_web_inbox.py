"""Pages of the inbox and of what lies beside tasks, without a browser."""

from tests.acceptance.conftest import Sign


def test_a_start_form_shows_who_will_decide_by_what_is_in_it(pages: Sign) -> None:
    chen = pages("chen")
    assert 'data-chain="/start/request/chain"' in chen.get("/start/request").text
    shown = chen.post("/start/request/chain", json={"variables": {"title": "A chair"}})
    assert shown.status_code == 200
    assert "Approve the request" in shown.text
    assert "legal" in shown.text
    assert "expected" in shown.text
    assert chen.get("/inbox/queue").text.count("data-row") == 0  # nothing was started
