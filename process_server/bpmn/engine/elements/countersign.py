"""Countersigning (会签, 或签): each approver has a task of their own, and the votes together decide.

It is a loop over the approvers. Each instance keeps what its form gave to itself; what comes out of the whole are
`<element>_outcome`, `_approvals`, `_rejections`, `_decisions` and the outcome variable.
"""

from decimal import ROUND_CEILING, Decimal
from typing import Any

from process_server.bpmn.approval import Approval, Verdict, threshold_of
from process_server.bpmn.engine.approving import pass_by
from process_server.bpmn.engine.elements.loops import ACTIVE, DONE, TOTAL, Loop, TooManyInstances
from process_server.bpmn.engine.formulas import Evaluable
from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.waits import Passed
from process_server.config import settings
from process_server.errors import AlreadySigner, ExpressionFailed, LastSigner, NotFound
from process_server.expressions.limits import Fault, because

APPROVER = "approver"  # the variable that says whose task it is


def votes_beside(token: Token) -> tuple[frozenset[str], frozenset[str]]:
    """Return of the countersign a token is a vote of who is asked, and who has voted, for themselves or others."""
    if not isinstance(getattr(token.task_spec, "loop", None), Countersign):
        return frozenset(), frozenset()
    votes = token.run_.tokens[token._parent].internal_data["votes"]
    return frozenset(votes["people"]), frozenset(said["by"] for said in votes["said"])


def votes_apart(token: Token) -> frozenset[str]:
    """Return who votes in the countersign of a token at another time: has done so, or comes later in the sequence."""
    loop: Any = token.task_spec.loop
    body = token.run_.tokens[token._parent]
    votes = body.internal_data["votes"]
    asked = {said[APPROVER] for said in votes["said"]}
    passed = (person for person in votes["approve"] if person not in asked)
    return frozenset([*(said["by"] for said in votes["said"]), *passed, *loop.to_come(body)])


def was_added(token: Token) -> bool:
    """Say whether a token is the vote of somebody who was added while the countersign ran."""
    if not isinstance(getattr(token.task_spec, "loop", None), Countersign):
        return False
    return token.data[APPROVER] in _added(token)


def added_later(token: Token) -> list[str]:
    """Return who was added to the sequence a token is a vote of, and has not had their turn."""
    loop = getattr(token.task_spec, "loop", None)
    if not isinstance(loop, Countersign) or not loop.sequential:
        return []
    added = _added(token)
    return [person for person in loop.to_come(token.run_.tokens[token._parent]) if person in added]


def _added(token: Token) -> list[str]:
    found: list[str] = token.run_.tokens[token._parent].internal_data["votes"].get("added", [])
    return found


class Countersign(Loop):
    """The votes stand with the body: who is asked, what they said, how many approvals are needed."""

    def __init__(self, element: str, approval: Approval, threshold: Evaluable | None, *, sequential: bool) -> None:
        super().__init__(element, multi=True, sequential=sequential)
        self.approval = approval
        self.threshold = threshold
        self.item = APPROVER

    def begin(self, body: Token) -> bool:
        """Ask the approvers; True when the step is passed without them."""
        spec: Any = body.task_spec
        asked = spec.ask(body)
        votes: dict[str, Any] = {"people": [*asked.people, *asked.approved], "approve": [], "reject": [], "said": []}
        votes["approve"] += asked.approved
        body.data = {TOTAL: len(asked.people), ACTIVE: 0, DONE: 0}
        body.internal_data |= {"votes": votes, "results": None, "removed": 0}
        if asked.passed is not None:
            return self._pass(body, asked.passed, asked.approved)
        self._count_needed(body, votes)
        if self._verdict(votes) is not None:
            return self._pass(body, "repeat", asked.approved)
        if asked.approved:
            body.run_.passed.append(Passed(body.id, self.element, "repeat", asked.approved))
        if len(asked.people) > settings().max_tokens:
            raise TooManyInstances(element=self.element, count=len(asked.people), limit=settings().max_tokens)
        if self.sequential:
            body.internal_data["items"] = list(asked.people)
        for index, person in enumerate(asked.people[: 1 if self.sequential else None]):
            self._instance(body, index, person)
        return False

    def collect(self, token: Token) -> None:
        """Count a vote."""
        run = token.run_
        votes = run.tokens[token._parent].internal_data["votes"]
        verdict, values = token.internal_data["vote"]
        said = {APPROVER: token.data[APPROVER], "by": token.actor, "verdict": verdict, "values": values}
        run.admit({"": said})
        votes["said"].append(said)
        if verdict is not None:
            votes[verdict].append(said[APPROVER])
        token.internal_data["enough"] = self._verdict(votes) is not None

    def conclude(self, body: Token) -> None:
        """Tell the process what came out."""
        votes = body.internal_data["votes"]
        verdict = "approve" if "passed" in votes else self._verdict(votes) or "reject"
        values = {
            f"{self.element}_outcome": verdict,
            f"{self.element}_approvals": len(votes["approve"]),
            f"{self.element}_rejections": len(votes["reject"]),
            f"{self.element}_decisions": votes["said"],
        }
        if self.approval.outcome_variable:
            values[self.approval.outcome_variable] = self._value(votes, verdict)
        body.run_.assign_outside(body, values)

    def add(self, body: Token, item: Any) -> Token | None:
        """Ask one more."""
        votes = body.internal_data["votes"]
        if item in votes["people"]:
            raise AlreadySigner(person=item)
        votes["people"].append(item)
        votes.setdefault("added", []).append(item)
        return super().add(body, item)

    def remove(self, body: Token, token: Token | None, item: Any) -> None:
        """Ask one less; those who are left have to be enough."""
        votes = body.internal_data["votes"]
        person = item if token is None else token.data[APPROVER]
        rest = {**votes, "people": [other for other in votes["people"] if other != person]}
        too_few = self.approval.mode == "count" and self._verdict(rest) == "reject" != self._verdict(votes)
        if not rest["people"] or too_few:
            raise LastSigner(person=person)
        try:
            body.internal_data["votes"] = rest
            super().remove(body, token, item)
        except NotFound:
            body.internal_data["votes"] = votes
            raise

    def take_out(self, body: Token, token: Token, outcome: str) -> None:
        """Nobody waits for the vote of who is taken out."""
        votes = body.internal_data["votes"]
        votes["people"] = [person for person in votes["people"] if person != token.data[APPROVER]]
        super().take_out(body, token, outcome)

    def _enough(self, body: Token) -> bool:
        return self._verdict(body.internal_data["votes"]) is not None

    def _has_items(self) -> bool:
        return True

    def _pass(self, body: Token, reason: Any, people: tuple[str, ...]) -> bool:
        body.internal_data["votes"]["passed"] = reason
        pass_by(body, self.approval, reason, people)
        body.run_.tell(body, "completed")
        return True

    def _count_needed(self, body: Token, votes: dict[str, Any]) -> None:
        """Evaluate what the model asks for. Raises ExpressionFailed for what these people could never reach."""
        if self.threshold is None:
            return
        value = self.threshold.evaluate(body.run_.scope(body))
        try:
            number = threshold_of(value)
            share = self.approval.mode == "ratio"
            good = 0 < number <= 1 if share else number == number.to_integral_value() and number >= 1
        except ArithmeticError:
            good = False
        if not good:
            fault = Fault("{value} is no threshold", value=str(value)[:60])
            raise ExpressionFailed(expression=self.approval.threshold, **because(fault))
        votes["threshold"] = number
        if self._needed(votes) > len(votes["people"]):
            asked = len(votes["people"])
            fault = Fault("{value} approvals are asked for, of {other} people", value=number, other=asked)
            raise ExpressionFailed(expression=self.approval.threshold, **because(fault))

    def _needed(self, votes: dict[str, Any]) -> int:
        people = len(votes["people"])
        match self.approval.mode:
            case "count":
                return int(votes["threshold"])
            case "ratio":
                return int((Decimal(votes["threshold"]) * people).to_integral_value(ROUND_CEILING))
            case "any":
                return 1
            case _:
                return people

    def _verdict(self, votes: dict[str, Any]) -> Verdict | None:
        """Return what is decided; None while it is open."""
        needed, approvals, rejections = self._needed(votes), len(votes["approve"]), len(votes["reject"])
        silent = sum(1 for said in votes["said"] if said["verdict"] is None)
        if approvals >= needed:
            return "approve"
        if self.approval.veto and rejections:
            return "reject"
        out_of_reach = len(votes["people"]) - rejections - silent < needed
        return "reject" if out_of_reach else None

    def _value(self, votes: dict[str, Any], verdict: Verdict) -> Any:
        """Return the result as the forms write it."""
        name = self.approval.outcome_variable
        given = (said["values"].get(name) for said in votes["said"] if said["verdict"] == verdict)
        return next((value for value in given if value is not None), self.approval.value_of(verdict))
