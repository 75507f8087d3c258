"""What the processes of one file tell of one another, as the tools that draw pools write it down."""

from process_server.bpmn.diagram.compile import read_processes
from process_server.bpmn.program import Program
from tests.bpmn_drawing import NAMESPACES, Trial, body, catch, end, node, start, throw

MESSAGE = "<bpmn:messageEventDefinition/>"
SIGNAL = "<bpmn:signalEventDefinition/>"


def drawing(around: str, *processes: str) -> bytes:
    """A file with the processes P1, P2 .. and what stands around them."""
    inside = "".join(f'<bpmn:process id="P{number}">{text}</bpmn:process>' for number, text in enumerate(processes, 1))
    return f'<bpmn:definitions {NAMESPACES} targetNamespace="t">{around}{inside}</bpmn:definitions>'.encode()


def flows(*given: tuple[str, str, str]) -> str:
    """Message flows by their name, source and target."""
    return "".join(
        f'<bpmn:messageFlow id="{source}-{target}" name="{name}" sourceRef="{source}" targetRef="{target}"/>'
        for name, source, target in given
    ).join(("<bpmn:collaboration>", "</bpmn:collaboration>"))


def read(model: bytes) -> tuple[list[Program], set[tuple[str, str | None]]]:
    """The programs, and the codes and places of the warnings."""
    programs, problems = read_processes(model, "m.bpmn")
    return programs, {(problem["code"], problem["element"]) for problem in problems}


def test_flows_written_down_in_the_process_of_another_pool_come_home() -> None:
    stray = node("sequenceFlow", sourceRef="start2", targetRef="b").xml("f")
    (_, program), warnings = read(drawing("", body("start1 > a") + stray, body(start2=start(), b=node("userTask"))))
    assert (Trial(program).waiting, warnings) == (["b"], set())


def test_message_flows_name_the_messages_of_both_ends() -> None:
    model = drawing(
        flows(("Order", "send", "start2"), ("", "end2", "got")),
        body("start1 > send > got", send=node("sendTask"), got=node("receiveTask")),
        body("start2 > work > end2", start2=start(MESSAGE), end2=end(MESSAGE)),
    )
    (buyer, seller), warnings = read(model)
    (begin,) = seller.starts
    asked, answered = Trial(buyer), Trial(seller, start_element="start2").complete("work")
    assert (
        [thrown.name for thrown in (*asked.thrown, *answered.thrown)]
        == [begin.name, "end2-got"]
        == ["Order", "end2-got"]
    )
    assert asked.message("end2-got").ended
    assert warnings == set()


def test_a_message_keeps_its_own_name_and_several_flows_give_none() -> None:
    named = '<bpmn:message id="M" name="Bill"/>' + flows(("x", "t", "c"), ("one", "", "r"), ("two", "", "r"))
    own = catch('<bpmn:messageEventDefinition messageRef="M"/>')
    model = drawing(named, body("start1 > t", t=throw(MESSAGE)), body("c > r", c=own, r=node("receiveTask")))
    (sender, _), warnings = read(model)
    assert ([thrown.name for thrown in Trial(sender).thrown], warnings) == (["Bill"], {("no_message", "r")})


def test_a_task_that_sends_to_a_pool_nobody_runs_stays_work() -> None:
    pools = flows(("Letter", "send", "Customer"))
    (program,), warnings = read(drawing(pools, body("start1 > send", send=node("sendTask"))))
    assert (Trial(program).waiting, warnings) == (["send"], {("no_implementation", "send")})


def test_events_that_name_nothing_throw_and_catch_by_what_stands_beside_them() -> None:
    unnamed = throw(MESSAGE), throw(SIGNAL, name="Paid"), catch(SIGNAL.replace("/", ' id="s"/'))
    model = drawing("", body("start1 > m > s > c", m=unnamed[0], s=unnamed[1], c=unnamed[2]))
    (program,), warnings = read(model)
    assert [thrown.name for thrown in Trial(program).thrown] == ["m", "Paid"]
    assert warnings == {("no_message", "m"), ("undefined_signal", "s"), ("no_signal", "c")}


def test_a_call_of_a_task_beside_the_processes_is_that_task() -> None:
    tasks = (
        '<bpmn:globalUserTask id="G" name="Check"><bpmn:potentialOwner><bpmn:resourceAssignmentExpression>'
        "<bpmn:formalExpression>clerks</bpmn:formalExpression></bpmn:resourceAssignmentExpression>"
        '</bpmn:potentialOwner></bpmn:globalUserTask><bpmn:globalScriptTask id="S" scriptLanguage="plain">'
        "<bpmn:script>x = 1</bpmn:script></bpmn:globalScriptTask>"
    )
    called = {name: node("callActivity", calledElement=name.upper()) for name in ("g", "s")}
    (program,), _ = read(drawing(tasks, body("start1 > s > g", **called)))
    trial = Trial(program)
    assert (trial.wait("g").candidate_groups, trial.wait("g").name, trial.variables) == (("clerks",), "Check", {"x": 1})
    assert program.called_processes == ()


def test_the_data_of_a_process_are_variables_and_data_without_a_name_has_that_of_its_source() -> None:
    own = (
        '<bpmn:ioSpecification><bpmn:dataInput id="d1" name="Badge Number"/><bpmn:dataOutput id="d2" name="Verdict"/>'
        "</bpmn:ioSpecification>"
    )
    task = (
        '<bpmn:ioSpecification><bpmn:dataInput id="i1" name="badge"/><bpmn:dataInput id="i2"/>'
        '<bpmn:dataOutput id="o1" name="answer"/></bpmn:ioSpecification>'
        + "".join(
            f"<bpmn:dataInputAssociation><bpmn:sourceRef>d1</bpmn:sourceRef><bpmn:targetRef>{target}</bpmn:targetRef>"
            "</bpmn:dataInputAssociation>"
            for target in ("i1", "i2")
        )
        + "<bpmn:dataOutputAssociation><bpmn:sourceRef>o1</bpmn:sourceRef><bpmn:targetRef>d2</bpmn:targetRef>"
        "</bpmn:dataOutputAssociation>"
    )
    (program,), _ = read(drawing("", own + body("start1 > t > a", t=node("serviceTask", task))))
    trial = Trial(program, {"Badge Number": 7})
    assert trial.wait("t").payload == {"badge": 7}
    assert trial.complete("t", answer="yes").variables["Verdict"] == "yes"
