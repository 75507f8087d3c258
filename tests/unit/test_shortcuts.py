"""The table of shortcuts: what may be chosen, and that no key means two things."""

from process_server.web.ground.shortcuts import ALL, chosen, problems_of


def test_no_key_of_the_table_means_two_things() -> None:
    assert problems_of({}, chosen({})) == []


def test_own_keys_win_and_the_others_stay() -> None:
    keys = chosen({"keys": {"approve": ["y"]}})
    assert keys["approve"] == ("y",)
    assert keys["reject"] == ALL["reject"].keys


def test_a_key_that_is_taken_is_refused() -> None:
    given = {"approve": ["j"]}
    problems = problems_of(given, chosen({"keys": given}))
    assert [(problem["code"], problem["params"]) for problem in problems] == [("key_taken", {"key": "j"})]


def test_a_key_that_begins_a_pair_cannot_stand_alone() -> None:
    given = {"approve": ["g"]}
    assert problems_of(given, chosen({"keys": given}))


def test_actions_nobody_knows_are_refused() -> None:
    assert problems_of({"fly": ["q"]}, chosen({}))[0]["field"] == "fly"
