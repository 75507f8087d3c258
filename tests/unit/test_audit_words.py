"""What an administrator reads in the details of an audited line."""

from process_server.web.audit_words import facts


def test_nested_facts_are_told_in_words_and_times_as_people_write_them() -> None:
    moved = {"before": {"follow_up_at": None}, "after": {"follow_up_at": "2026-11-23T01:15:32.131140Z"}}
    assert facts("en", moved) == [("after", "put off until 2026-11-23 09:15")]


def test_a_long_list_is_cut() -> None:
    ((words, text),) = facts("en", {"files": [f"form_{number}.form" for number in range(60)]})
    assert words == "files"
    assert text.endswith(" …")
    assert len(text) <= 240
