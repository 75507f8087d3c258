"""Who is asked to decide a step, what a countersign makes of the votes, and steps that are passed without anybody."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import pytest

from process_server.bpmn.host import NoHost, Question
from process_server.bpmn.waits import UserTaskWait
from process_server.errors import AlreadySigner, LastSigner
from tests.bpmn_drawing import Node, Trial, draw, extensions, repeat, user

GROUPS = {"board": ("ann", "bob", "cem"), "law": ("lea",), "void": ()}
HEADS = {"demo": "hao", "hao": "ivo"}


class Company(NoHost):
    """A house with a few people."""

    def __init__(self, approved: Collection[str] = ()) -> None:
        self.has_approved = approved
        self.asked: list[Question] = []

    def approvers(self, question: Question) -> tuple[str, ...]:
        self.asked.append(question)
        if question.by in ("group", "role"):
            return self.people((), question.of)
        if question.by == "supervisor":
            return (HEADS[(question.of or (question.initiator or "",))[0]],)
        return self.people(question.of, ())

    def people(self, users: Collection[str], groups: Collection[str]) -> tuple[str, ...]:
        members = [member for group in groups for member in GROUPS[group]]
        return tuple(dict.fromkeys([*(person for person in users if person != "gone"), *members]))

    def head(self, user: str) -> str | None:
        return HEADS.get(user)

    def approved(self, instance: UUID) -> Collection[str]:
        return self.has_approved


def step(content: str = "", outcome: str | None = "decision", /, **properties: str) -> Node:
    """A user task with properties: `approver_by` is `approver:by`."""
    named = {name.replace("_", ":", 1): value for name, value in properties.items()}
    if outcome:
        named["outcome:variable"] = outcome
    inner = "".join(f'<camunda:property name="{name}" value="{value}"/>' for name, value in named.items())
    return user(extensions(f"<camunda:properties>{inner}</camunda:properties>") + content)


def trial(node: Node, host: Any = None, *, after: str = "", initiator: str = "demo", **variables: Any) -> Trial:
    model = draw(f"start > {after}t > z > end", t=node)
    return Trial(model, variables, host=host or Company(), initiator=initiator)


def offer(found: Trial) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    wait = found.wait("t")
    return wait.assignee, wait.candidate_users, wait.candidate_groups


def signers(found: Trial) -> dict[str, Any]:
    return {
        wait.assignee or "": wait.token
        for wait in found.waits.values()
        if isinstance(wait, UserTaskWait) and wait.element == "t"
    }


def sign(found: Trial, person: str, decision: Any = "approve", **values: Any) -> Trial:
    said = {"decision": decision, **values}
    outcome = None if decision is None else {True: "approve", False: "reject"}.get(decision, decision)
    found.execution.complete(signers(found)[person], said, actor=person, outcome=outcome)
    found._reload()
    return found


@pytest.mark.requirement("PE-03")
@pytest.mark.parametrize(
    ("properties", "variables", "expected"),
    [
        ({"approver_by": "user", "approver_of": "ann"}, {}, ("ann", (), ())),
        ({"approver_by": "user", "approver_of": "ann, bob"}, {}, (None, ("ann", "bob"), ())),
        ({"approver_by": "group", "approver_of": "board"}, {}, (None, (), ("board",))),
        ({"approver_by": "role", "approver_of": "${which}"}, {"which": "law"}, (None, (), ("law",))),
        ({"approver_by": "supervisor"}, {}, ("hao", (), ())),
        ({"approver_by": "supervisor", "approver_of": "${who}"}, {"who": "hao"}, ("ivo", (), ())),
        ({"approver_by": "field", "approver_of": "deal.owner"}, {"deal": {"owner": "ann"}}, ("ann", (), ())),
        (
            {"approver_by": "previous_choice", "approver_of": "next"},
            {"next": ["ann", "bob"]},
            (None, ("ann", "bob"), ()),
        ),
        ({"approver_by": "initiator_choice", "approver_of": "who"}, {"who": {"id": "cem"}}, ("cem", (), ())),
        ({"approver_by": "expression", "approver_of": "${a}"}, {"a": "bob"}, ("bob", (), ())),
    ],
)
def test_the_model_says_who_decides(properties: dict[str, str], variables: dict[str, Any], expected: Any) -> None:
    assert offer(trial(step(**properties), **variables)) == expected


def test_the_house_is_asked_with_all_it_needs() -> None:
    house = Company()
    trial(step(approver_by="supervisor", approver_levels="1-3"), house)
    assert house.asked == [Question("supervisor", (), (1, 3), "demo", "P", "t")]


def test_the_standard_attributes_stay_where_nothing_else_is_said() -> None:
    task = user(
        extensions('<camunda:properties><camunda:property name="approver:repeat" value="pass"/></camunda:properties>'),
        camunda_assignee="ann",
        camunda_candidateGroups="board",
    )
    assert offer(trial(task)) == ("ann", (), ("board",))


@pytest.mark.parametrize(
    ("none", "expected"),
    [("user:lea", ("lea", (), ())), ("group:law", (None, (), ("law",)))],
)
def test_somebody_else_is_asked_where_nobody_is_found(none: str, expected: Any) -> None:
    assert offer(trial(step(approver_by="user", approver_of="gone", approver_none=none))) == expected


@pytest.mark.parametrize("none", [None, "incident", "group:void", "user:gone"])
def test_a_task_is_never_offered_to_nobody(none: str | None) -> None:
    more = {"approver_none": none} if none else {}
    assert trial(step(approver_by="group", approver_of="void", **more)).incidents == {"t": "no_approver"}


def test_the_process_may_say_what_happens_where_nobody_is_found() -> None:
    properties = extensions(
        '<camunda:properties><camunda:property name="approver:none" value="skip"/></camunda:properties>'
    )
    model = draw("start > t > z > end", t=step(approver_by="field", approver_of="who"), extra=properties)
    assert Trial(model, host=Company()).waiting == ["z"]


def test_the_group_of_the_settings_is_asked_last(monkeypatch: pytest.MonkeyPatch) -> None:
    from process_server.config import settings

    monkeypatch.setattr(settings(), "administrator_group", "law")
    assert offer(trial(step(approver_by="field", approver_of="who"))) == (None, (), ("law",))


def test_a_step_passed_without_anybody_says_why() -> None:
    task = step(approver_by="field", approver_of="who", approver_none="skip")
    found = trial(task)
    assert found.waiting == ["z"]
    assert found.variables == {"decision": "approve", "t_outcome": "approve"}
    visit = next(visit for visit in found.visits if visit.element == "t")
    assert visit.detail == {"auto": "no_approver", "outcome": "approve"}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("self", ("demo", (), ())), ("head", ("hao", (), ()))],
)
def test_who_started_it_may_not_have_to_decide_it(policy: str, expected: Any) -> None:
    found = trial(step(approver_by="user", approver_of="demo", approver_initiator=policy))
    assert offer(found) == expected
    assert found.wait("t").barred == (() if policy == "self" else ("demo",))


def test_a_step_of_the_initiator_alone_is_passed() -> None:
    found = trial(step(approver_by="user", approver_of="demo", approver_initiator="skip"))
    assert found.waiting == ["z"]
    assert found.variables["decision"] == "approve"


@pytest.mark.parametrize("choice", ["initiator_choice", "previous_choice"])
def test_nobody_gets_round_a_step_by_choosing_the_initiator(choice: str) -> None:
    task = step(approver_by=choice, approver_of="who", approver_initiator="skip", approver_none="user:ann")
    assert offer(trial(task, who="demo")) == ("ann", (), ())


@pytest.mark.parametrize("policy", ["skip", "head"])
def test_of_a_group_the_others_decide(policy: str) -> None:
    task = step(approver_by="group", approver_of="board", approver_initiator=policy)
    found = trial(task, initiator="bob")
    assert offer(found) == (None, (), ("board",))
    assert found.wait("t").barred == ("bob",)


def test_a_head_who_is_missing_is_nobody() -> None:
    found = trial(step(approver_by="user", approver_of="ann", approver_initiator="head"), initiator="ann")
    assert found.incidents == {"t": "no_approver"}


def test_even_the_fallback_must_not_be_the_initiator() -> None:
    found = trial(step(approver_by="user", approver_of="gone", approver_none="user:demo", approver_initiator="skip"))
    assert found.incidents == {"t": "no_approver"}


@pytest.mark.requirement("PE-05")
@pytest.mark.parametrize(("by", "passes"), [("ann", True), ("lea", False)])
def test_who_approved_an_earlier_step_is_not_asked_again(by: str, passes: bool) -> None:
    task = step(approver_by="group", approver_of="board", approver_repeat="pass")
    assert trial(task, Company([by])).waiting == (["z"] if passes else ["t"])


def test_who_approves_for_somebody_else_is_asked_themselves() -> None:
    first = step(approver_by="user", approver_of="ann")
    second = step(approver_by="user", approver_of="demo", approver_repeat="pass")
    found = Trial(draw("start > a > t > end", a=first, t=second), host=Company())
    found.execution.complete(found.wait("a").token, {}, actor="demo", outcome="approve", on_behalf_of="ann")
    found._reload()
    assert found.waiting == ["t"]


def test_an_approval_of_this_very_moment_counts() -> None:
    first = step(approver_by="user", approver_of="ann")
    second = step(approver_by="user", approver_of="ann", approver_repeat="pass")
    found = Trial(draw("start > t > u > z > end", t=first, u=second), host=Company())
    assert sign(found, "ann").waiting == ["z"]
    assert sign(Trial(found.program, host=Company()), "ann", "reject").waiting == ["u"]


def test_what_a_single_step_decided_is_told_to_the_process() -> None:
    found = sign(trial(step(approver_by="user", approver_of="ann")), "ann", "reject")
    assert found.variables == {"decision": "reject", "t_outcome": "reject"}


def test_a_decision_without_a_form_sets_the_variable_the_gateways_read() -> None:
    found = trial(step(approver_by="user", approver_of="ann", approval_approve="ok,fine"))
    found.execution.complete(signers(found)["ann"], {}, actor="ann", outcome="fine")
    assert found.variables == {"decision": "ok", "t_outcome": "approve"}


# --- countersign


def countersign(mode: str = "all", people: str = "ann,bob,cem", host: Any = None, **more: Any) -> Trial:
    properties = {name: more.pop(name) for name in list(more) if name.startswith(("approv",))}
    task = step(approver_by="user", approver_of=people, approval_mode=mode, **properties)
    return trial(task, host, **more)


@pytest.mark.requirement("PE-05")
@pytest.mark.parametrize(
    ("mode", "threshold", "votes", "result"),
    [
        ("all", None, "ann+ bob+ cem+", "approve"),
        ("all", None, "ann+ bob-", "reject"),
        ("any", None, "bob+", "approve"),
        ("any", None, "bob-", "reject"),
        ("count", "2", "ann+ bob- cem+", "approve"),
        ("count", "2", "ann- bob-", "reject"),
        ("ratio", "0.5", "ann+ bob- cem+", "approve"),
        ("ratio", "0.34", "ann- bob+ cem+", "approve"),
        ("ratio", "2/3", "ann+ bob+", "approve"),
        ("ratio", "2/3", "ann- bob-", "reject"),
        ("ratio", "1", "ann+ bob-", "reject"),
    ],
)
def test_votes_decide_as_soon_as_they_can(mode: str, threshold: str | None, votes: str, result: str) -> None:
    found = countersign(mode, **({"approval_threshold": threshold} if threshold else {}))
    assert sorted(signers(found)) == ["ann", "bob", "cem"]
    for vote in votes.split():
        assert found.waiting == ["t"] * len(signers(found))
        sign(found, vote[:3], "approve" if vote[3] == "+" else "reject")
    assert found.waiting == ["z"]
    assert found.variables["decision"] == found.variables["t_outcome"] == result
    assert (found.variables["t_approvals"], found.variables["t_rejections"]) == (votes.count("+"), votes.count("-"))


@pytest.mark.parametrize(("mode", "veto", "over"), [("any", "false", False), ("count", "true", True)])
def test_one_rejection_ends_it_or_does_not(mode: str, veto: str, over: bool) -> None:
    more = {"approval_threshold": "2"} if mode == "count" else {}
    found = sign(countersign(mode, approval_veto=veto, **more), "ann", "reject")
    assert found.waiting == (["z"] if over else ["t", "t"])


def test_decisions_do_not_overwrite_one_another() -> None:
    found = countersign()
    sign(found, "bob", opinion="good")
    assert "opinion" not in found.variables
    assert "decision" not in found.variables
    sign(found, "ann", opinion="fine")
    sign(found, "cem", "reject", opinion="bad")
    assert "opinion" not in found.variables
    assert [(said["approver"], said["verdict"], said["values"]) for said in found.variables["t_decisions"]] == [
        ("bob", "approve", {"decision": "approve", "opinion": "good"}),
        ("ann", "approve", {"decision": "approve", "opinion": "fine"}),
        ("cem", "reject", {"decision": "reject", "opinion": "bad"}),
    ]


def test_the_result_is_written_as_the_forms_write_it() -> None:
    found = countersign("any")
    assert sign(found, "ann", True).variables["decision"] is True


def test_an_abstention_counts_for_neither() -> None:
    found = sign(countersign("count", approval_threshold="2"), "ann", "abstain")
    assert found.waiting == ["t", "t"]
    assert sign(found, "bob", "reject").variables["t_outcome"] == "reject"


@pytest.mark.parametrize("drawn", [False, True])
def test_signers_are_asked_one_after_another(drawn: bool) -> None:
    order = {} if drawn else {"approval_order": "sequential"}
    marker = repeat(sequential=True) if drawn else ""
    found = trial(step(marker, approver_by="user", approver_of="cem,ann", approval_mode="all", **order))
    assert list(signers(found)) == ["cem"]
    sign(found, "cem")
    assert list(signers(found)) == ["ann"]
    assert sign(found, "ann").variables["t_approvals"] == 2


def test_a_threshold_may_be_reckoned() -> None:
    assert sign(countersign("count", approval_threshold="${n - 1}", n=2), "ann").waiting == ["z"]


@pytest.mark.parametrize(("mode", "threshold"), [("count", 4), ("count", "many"), ("ratio", 2), ("ratio", 0)])
def test_a_threshold_nobody_could_reach_is_an_incident(mode: str, threshold: Any) -> None:
    found = countersign(mode, approval_threshold="${n}", n=threshold)
    assert found.incidents == {"t": "expression_failed"}
    found.set(n=1)
    assert found.retry("t").waiting == ["t", "t", "t"]


def test_the_initiators_head_signs_in_their_place() -> None:
    assert sorted(signers(countersign(people="ann,demo", approver_initiator="head"))) == ["ann", "hao"]
    assert sorted(signers(countersign(people="ann,demo", approver_initiator="skip"))) == ["ann"]


def test_who_approved_before_counts_without_being_asked() -> None:
    found = countersign("count", host=Company(["bob"]), approver_repeat="pass", approval_threshold="2")
    assert sorted(signers(found)) == ["ann", "cem"]
    assert sign(found, "cem").variables["t_approvals"] == 2
    whole = countersign("all", "bob", host=Company(["bob"]), approver_repeat="pass")
    assert whole.waiting == ["z"]
    assert whole.variables["decision"] == "approve"
    visit = next(visit for visit in whole.visits if visit.element == "t")
    assert visit.detail == {"auto": "repeat", "outcome": "approve"}


def test_members_of_a_group_sign_each() -> None:
    found = trial(step(approver_by="group", approver_of="board", approval_mode="all"))
    assert sorted(signers(found)) == ["ann", "bob", "cem"]
    plain = user(
        extensions('<camunda:properties><camunda:property name="approval:mode" value="all"/></camunda:properties>'),
        camunda_candidateGroups="board",
    )
    assert sorted(signers(trial(plain))) == ["ann", "bob", "cem"]


@pytest.mark.requirement("PE-05")
def test_a_signer_is_added_and_taken_out() -> None:
    found = countersign()
    found.execution.add_instance(signers(found)["ann"], "lea")
    found._reload()
    assert sorted(signers(found)) == ["ann", "bob", "cem", "lea"]
    with pytest.raises(AlreadySigner):
        found.add("t", "lea")
    found.remove(signers(found)["cem"])
    sign(found, "ann")
    sign(found, "bob")
    assert found.waiting == ["t"]
    assert sign(found, "lea").variables["t_approvals"] == 3


def test_taking_out_who_is_missing_ends_it() -> None:
    found = countersign()
    sign(found, "ann")
    sign(found, "bob")
    assert found.remove(signers(found)["cem"]).variables["t_outcome"] == "approve"


def test_a_sequence_without_who_came_last_is_over() -> None:
    found = countersign("ratio", approval_threshold="0.5", approval_order="sequential")
    sign(found, "ann")
    assert list(signers(found)) == ["bob"]
    found.remove(signers(found)["bob"], "cem")
    assert found.variables["t_outcome"] == "approve"


def test_nobody_is_taken_out_where_too_few_would_be_left() -> None:
    alone = countersign(people="ann")
    with pytest.raises(LastSigner):
        alone.remove(signers(alone)["ann"])
    two = countersign("count", people="ann,bob", approval_threshold="2")
    with pytest.raises(LastSigner):
        two.remove(signers(two)["ann"])
    assert two.waiting == ["t", "t"]


def test_a_returned_countersign_asks_everybody_again() -> None:
    task = step(approver_by="user", approver_of="ann,bob", approval_mode="all")
    found = Trial(draw("start > a > t > z > end", t=task), host=Company()).complete("a")
    sign(found, "ann")
    found.move("t", "a").complete("a")
    assert sorted(signers(found)) == ["ann", "bob"]
    sign(found, "ann")
    sign(found, "bob")
    assert found.waiting == ["z"]


def test_a_step_returned_to_is_asked_of_who_did_it_and_never_passed() -> None:
    task = step(approver_by="group", approver_of="board", approver_repeat="pass")
    found = trial(task).complete("t")
    found = Trial(draw("start > t > z > end", t=task), host=Company()).complete("t")
    found.execution.host.has_approved = ["ann"]  # type: ignore[attr-defined]
    found.move("z", "t", assignee="ann")
    assert offer(found) == ("ann", (), ())
