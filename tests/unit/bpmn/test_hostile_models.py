"""What hostile files meet at deploy: refused with their place, quickly, and before they have become large in memory."""

import gc
import time
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from process_server.bpmn.deployment.bundle import read_bundle
from process_server.bpmn.deployment.crosscheck import crosscheck
from process_server.config import settings
from process_server.errors import Problem, TooLarge
from tests.bpmn_drawing import draw, user

PLAIN = draw("start > a").decode()
DMN = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">{}</definitions>'
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>{}'


def filled(piece: str) -> bytes:
    """The plain process with as many pieces in it as the largest model has room for."""
    room = settings().max_model - len(PLAIN)
    return PLAIN.replace("</bpmn:process>", piece * (room // len(piece)) + "</bpmn:process>").encode()


def crowd(piece: str, count: int) -> bytes:
    pieces = "".join(piece.format(number) for number in range(count))
    return PLAIN.replace("</bpmn:process>", pieces + "</bpmn:process>").encode()


HOSTILE: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "tags": ("m.bpmn", "too_many_elements", lambda: filled("<x/>")),
    "texts between tags": ("m.bpmn", "too_many_elements", lambda: filled("<x/>y")),
    "attributes": (
        "m.bpmn",
        "too_many_elements",
        lambda: ("<x" + "".join(f' a{number}=""' for number in range(400_000)) + "/>").encode(),
    ),
    "comments": ("m.bpmn", "too_many_elements", lambda: b"<!---->" * 400_000 + b"<x/>"),
    "instructions": ("m.bpmn", "too_many_elements", lambda: b"<?x?>" * 400_000 + b"<x/>"),
    "tasks": ("m.bpmn", "too_many_elements", lambda: crowd('<bpmn:task id="x{}"/>', 5_001)),
    "flows": ("m.bpmn", "too_many_elements", lambda: crowd('<bpmn:sequenceFlow id="f{}"/>', 20_001)),
    "processes": (
        "m.bpmn",
        "too_many_elements",
        lambda: PLAIN.replace("</bpmn:definitions>", '<bpmn:process id="x"/>' * 501 + "</bpmn:definitions>").encode(),
    ),
    "joins": (
        "m.bpmn",
        "too_complex",
        lambda: draw(*(f"or{number} > or{number + 1} > or{number + 2}" for number in range(1_200)), "start > or0"),
    ),
    "long name": ("m.bpmn", "too_long", lambda: draw("start > a", a=user(name="x" * 4_000_000))),
    "decision tags": ("m.dmn", "too_many_elements", lambda: DMN.format("<x/>" * 400_000).encode()),
    "decisions": ("m.dmn", "too_many_elements", lambda: DMN.format('<decision id="x"/>' * 2_001).encode()),
    "deep decision": ("m.dmn", "too_deep", lambda: DMN.format("<x>" * 200 + "</x>" * 200).encode()),
    "deeper decision": ("m.dmn", "not_xml", lambda: DMN.format("<x>" * 9_000 + "</x>" * 9_000).encode()),
    "long decision name": ("m.dmn", "too_long", lambda: DMN.format(f'<decision id="{"x" * 300}"/>').encode()),
    "decision doctype": ("m.dmn", "doctype", lambda: BOMB.format(DMN.format("&b;")).encode()),
    "decision utf-16 doctype": ("m.dmn", "doctype", lambda: BOMB.format(DMN.format("")).encode("utf-16")),
    "decision external entity": (
        "m.dmn",
        "doctype",
        lambda: b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + DMN.format("&a;").encode(),
    ),
    "decision utf-7": ("m.dmn", "bad_encoding", lambda: b'<?xml version="1.0" encoding="UTF-7"?><x/>'),
    "external dtd": ("m.bpmn", "doctype", lambda: b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>'),
    "public dtd": ("m.bpmn", "doctype", lambda: b'<!doctype x PUBLIC "-//x" "http://127.0.0.1:9/x.dtd"><x/>'),
    "entity nobody declared": ("m.bpmn", "not_xml", lambda: crowd("&x;", 1)),
    "NUL": ("m.bpmn", "not_xml", lambda: PLAIN.replace('id="a"', 'id="a\0"').encode()),
    "NUL by number": ("m.bpmn", "not_xml", lambda: PLAIN.replace('id="a"', 'id="a&#0;"').encode()),
    "encoding that lies": ("m.bpmn", "not_xml", lambda: PLAIN.encode() + b"<!-- \xff\xfe -->"),
    "deep form": ("f.form", "not_json", lambda: b'{"components":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "form of groups": (
        "f.form",
        "too_deep",
        lambda: b'{"type":"default","components":' + b'[{"type":"group","components":' * 50 + b"[]" + b"}]" * 50 + b"}",
    ),
    "large form": ("f.form", "too_large", lambda: b" " * 1_100_000),
    "form with a long number": ("f.form", "not_json", lambda: b"[" + b"9" * 900_000 + b"]"),
    "components": (
        "f.form",
        "too_many",
        lambda: b'{"type":"default","components":[' + b",".join([b'{"type":"separator"}'] * 1_001) + b"]}",
    ),
    "deep parameters": ("parameters.toml", "bad_parameters", lambda: b"a=" + b"[" * 100_000),
    "large parameters": ("parameters.toml", "too_large", lambda: b"#" * 300_000),
    "zip": ("x.zip", "archive", lambda: b"PK\x03\x04"),
    "zip in disguise": ("x.bpmn", "archive", lambda: b"PK\x03\x04"),
    "zip bomb": ("x.png", "archive", lambda: b"\x1f\x8b" + zlib.compress(b"\0" * 1_000_000)),
    "archive of an application": ("shop.bar", "archive", lambda: b"anything"),
    "way out of the folder": ("../../etc/x.bpmn", "bad_file_name", lambda: PLAIN.encode()),
    "name with a line break": ("x\r\nSet-Cookie: y.bpmn", "bad_file_name", lambda: PLAIN.encode()),
    "long file name": ("x" * 300 + ".bpmn", "bad_file_name", lambda: PLAIN.encode()),
}  # fmt: skip


def refused(file: str, content: bytes) -> list[Problem]:
    return [problem for problem in read_bundle({file: content}).problems if problem["severity"] == "error"]


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_quickly_and_in_little_memory(kind: str) -> None:
    file, code, make = HOSTILE[kind]
    content = make()
    gc.disable()  # what the tests before left behind is not this file's burden
    try:
        began = time.process_time()
        problems = refused(file, content)
        took = time.process_time() - began
    finally:
        gc.enable()
    assert took < 1
    assert code in {problem["code"] for problem in problems}
    for problem in problems:
        assert problem["file"] == file[:80]
        assert problem["message"]
        assert len(problem["message"]) < 500


@pytest.mark.parametrize("kind", ["tasks", "long name", "joins", "deep form", "decisions"])
def test_refusing_takes_little_memory(kind: str) -> None:
    file, _, make = HOSTILE[kind]
    content = make()
    tracemalloc.start()
    try:
        assert refused(file, content)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("file", ["m.bpmn", "m.dmn"])
def test_a_model_too_large_is_not_even_looked_at(file: str) -> None:
    with pytest.raises(TooLarge):
        read_bundle({file: b"<" * (settings().max_model + 1)})


def test_a_report_about_a_long_name_is_short() -> None:
    (problem,) = refused("m.bpmn", draw("start > a", a=user(name="x" * 1_000_000)))
    assert len(str(problem)) < 2_000


TABLE = """<decision id="d"><decisionTable id="t"><input id="i"><inputExpression id="e"><text>a</text></inputExpression>
</input><output id="o" name="o"/>{}</decisionTable></decision>"""
RULE = """<rule id="r{0}"><inputEntry id="i{0}"><text>] [</text></inputEntry>
<outputEntry id="o{0}"><text>1</text></outputEntry></rule>"""


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("m.bpmn", crowd('<bpmn:boundaryEvent id="x{}"/>', 3_000)),
        ("m.dmn", DMN.format(TABLE.format("".join(RULE.format(number) for number in range(450)))).encode()),
    ],
)
def test_a_report_about_thousands_of_faults_names_the_first_ones(file: str, content: bytes) -> None:
    problems = refused(file, content)
    assert 400 < len(problems) <= 500
    assert problems[-1]["code"] == "more_problems"


def test_a_report_about_hundreds_of_missing_forms_names_the_first_ones(session: Session) -> None:
    form = '<bpmn:extensionElements><zeebe:formDefinition formId="none"/></bpmn:extensionElements>'
    bundle = read_bundle({"m.bpmn": crowd(f'<bpmn:userTask id="x{{}}">{form}</bpmn:userTask>', 450)})
    problems = crosscheck(session, bundle)
    assert len(problems) == 401
    assert {problem["code"] for problem in problems} == {"missing_form", "more_problems"}
