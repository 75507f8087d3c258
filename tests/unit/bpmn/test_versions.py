"""What two versions of a process differ in."""

from process_server.bpmn.diagram.reader import read_file
from process_server.bpmn.diagram.versions import Change, compare
from tests.bpmn_drawing import boundary, draw, inside, message, repeat, script, service, timer, user

BEFORE = draw(
    "start > a > xor1",
    "xor1 > b [${amount > 5}]",
    "xor1 > c [default]",
    a=user(name="Enter", camunda_assignee="demo", camunda_formKey="lead"),
    t=boundary("a", timer("PT1H")),
)


def changes(before: bytes, after: bytes) -> dict[str, Change]:
    (old,), (new,) = read_file(before, "m.bpmn"), read_file(after, "m.bpmn")
    return {change.element: change for change in compare(old, new)}


def told(change: Change) -> list[tuple[str, str, str]]:
    return [(each.field, each.before, each.after) for each in change.differences]


def test_the_same_process_has_no_changes_wherever_it_stands_in_the_file() -> None:
    assert changes(BEFORE, BEFORE.replace(b"<bpmn:startEvent", b"\n\n\n<bpmn:startEvent")) == {}


def test_a_moved_drawing_is_no_change() -> None:
    drawn = '<x:d xmlns:x="urn:drawing" id="{}"/></bpmn:definitions>'
    files = [BEFORE.replace(b"</bpmn:definitions>", drawn.format(name).encode()) for name in "ab"]
    assert changes(*files) == {}


def test_added_and_removed_elements_and_flows() -> None:
    found = changes(draw("start > a > end"), draw("start > b > end"))
    assert {identity: change.kind for identity, change in found.items()} == {
        "b": "added",
        "start_b": "added",
        "b_end": "added",
        "a": "removed",
        "start_a": "removed",
        "a_end": "removed",
    }
    assert (found["b"].type, found["start_a"].type) == ("userTask", "sequenceFlow")


def test_what_changed_is_told_with_both_values() -> None:
    after = (
        BEFORE.replace(b"Enter", b"Enter the lead")
        .replace(b'"demo"', b'"${initiator}"')
        .replace(b'"lead"', b'"lead-2"')
        .replace(b"PT1H", b"PT2H")
        .replace(b"amount &gt; 5", b"amount &gt; 50")
    )
    found = changes(BEFORE, after)
    assert told(found["a"]) == [
        ("name", "Enter", "Enter the lead"),
        ("assignee", "demo", "${initiator}"),
        ("form_key", "lead", "lead-2"),
    ]
    assert told(found["t"]) == [("timer", "PT1H", "PT2H")]
    assert told(found["xor1_b"]) == [("condition", "${amount > 5}", "${amount > 50}")]
    assert set(found) == {"a", "t", "xor1_b"}


def test_a_flow_led_elsewhere_and_another_default() -> None:
    after = BEFORE.replace(b'targetRef="b"', b'targetRef="c"').replace(b'default="xor1_c"', b'default="xor1_b"')
    found = changes(BEFORE, after)
    assert told(found["xor1_b"]) == [("target", "b", "c")]
    assert told(found["xor1"]) == [("default", "xor1_c", "xor1_b")]


def test_an_element_that_became_another_kind_of_element() -> None:
    found = changes(draw("start > a"), draw("start > a", a=service("mail")))
    assert ("type", "userTask", "serviceTask") in told(found["a"])
    assert ("topic", "", "mail") in told(found["a"])


def test_loops_scripts_events_and_what_stands_in_subprocesses() -> None:
    before = draw("start > s > a", s=inside("start1 > b > t", t=script("x = 1")), m=boundary("a", message(1)))
    after = draw(
        "start > s > a",
        s=inside("start1 > b > t", b=user(repeat("<bpmn:loopCardinality>3</bpmn:loopCardinality>")), t=script("x = 2")),
        m=boundary("a", message(2), interrupting=False),
    )
    found = changes(before, after)
    assert ("loop.cardinality", "", "3") in told(found["b"])
    assert told(found["t"]) == [("script", "x = 1", "x = 2")]
    assert told(found["m"]) == [("interrupting", "yes", "no"), ("message", "M1", "M2")]


def test_properties_of_the_process_itself() -> None:
    after = BEFORE.replace(b'<bpmn:process id="P"', b'<bpmn:process id="P" name="Sale" camunda:versionTag="2"')
    assert told(changes(BEFORE, after)["P"]) == [("name", "", "Sale"), ("version_tag", "", "2")]
