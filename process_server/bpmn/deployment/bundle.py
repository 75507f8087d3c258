"""A set of files deployed together, read: processes, decisions, forms, figures, and what is wrong with them."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from process_server.bpmn.deployment.report import shortened
from process_server.bpmn.diagram.compile import examine_processes
from process_server.bpmn.diagram.xml import BPMN
from process_server.bpmn.program import Program
from process_server.errors import InvalidProcess, Problem
from process_server.expressions.dmn import read_decisions
from process_server.expressions.dmn.model import DecisionModel
from process_server.faults import fault
from process_server.forms.components import FormSchema
from process_server.forms.schema import read_form
from process_server.i18n import gettext_noop

MODELS = (".bpmn", ".bpmn20.xml", ".bpmn2")
ARCHIVES = (
    *(".zip", ".jar", ".war", ".ear", ".bar", ".kjar", ".7z", ".rar"),
    *(".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst"),
)
_ARCHIVED = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"7z\xbc\xaf\x27\x1c", b"Rar!"),
    *(b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"),
)
MAX_PARAMETERS = 256 * 1024
MAX_NAME = 255


@dataclass
class Bundle:
    """What the files hold. Lists of (file, ...) in the order given."""

    files: dict[str, bytes]
    programs: list[tuple[str, Program]] = field(default_factory=list)
    decisions: list[tuple[str, str, str | None]] = field(default_factory=list)  # (file, key, name)
    models: list[DecisionModel] = field(default_factory=list)
    forms: list[tuple[str, FormSchema]] = field(default_factory=list)
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_bundle(files: Mapping[str, bytes], *, drafts: bool = False) -> Bundle:
    """Read files by their endings: .bpmn, .dmn, .form, parameters.toml. Problems are gathered, not raised.

    With `drafts`, processes that are drawn as not executable are read as well.
    """
    bundle = Bundle(dict(files))
    if not files:
        bundle.problems.append(fault("no_files", gettext_noop("There is nothing to deploy."), file=None))
    for name, content in files.items():
        problem = _unfit(name, content)
        if problem is None:
            _read_file(bundle, name, content, drafts)
        else:
            bundle.problems.append(problem)
    _refuse_twins(bundle)
    bundle.problems = shortened(bundle.problems)
    return bundle


def _unfit(name: str, content: bytes) -> Problem | None:
    """Say why a file is not looked into."""
    if name.lower().endswith(ARCHIVES) or content.startswith(_ARCHIVED):
        return fault(
            "archive",
            gettext_noop("{file} is an archive: it is not opened."),
            file=name,
            hint=gettext_noop("Unpack it and deploy the files in it."),
        )
    if ".." in name.split("/") or not name.isprintable() or len(name) > MAX_NAME:
        text = gettext_noop("{name} is no name for a file here.")
        return fault("bad_file_name", text, file=name[:80], name=ascii(name[:80]))
    return None


def _read_file(bundle: Bundle, name: str, content: bytes, drafts: bool) -> None:
    lower = name.lower()
    if lower.endswith(MODELS) or (lower.endswith(".xml") and _holds_bpmn(content)):
        _read_model(bundle, name, content, drafts)
    elif lower.endswith(".dmn"):
        _read_decisions(bundle, name, content)
    elif lower.endswith(".form"):
        _read_form(bundle, name, content)
    elif lower.endswith("parameters.toml"):
        _read_parameters(bundle, name, content)
    else:
        text = gettext_noop("{file} is kept as it is: nothing here reads such a file.")
        bundle.problems.append(fault("unknown_file", text, file=name, severity="warning"))


def _holds_bpmn(content: bytes) -> bool:
    return any(BPMN.encode(encoding) in content for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


def _read_model(bundle: Bundle, name: str, content: bytes, drafts: bool) -> None:
    try:
        programs, problems = examine_processes(content, name, drafts=drafts)
    except InvalidProcess as error:
        bundle.problems += error.problems
        return
    bundle.problems += problems
    bundle.programs += [(name, program) for program in programs]
    for program in programs:
        for identity, text in program.embedded_forms.items():
            _read_form(bundle, name, _named(identity, text))
    if not programs:
        bundle.problems.append(
            fault(
                "no_process",
                gettext_noop("{file} holds no executable process."),
                file=name,
                severity="warning",
                hint=gettext_noop("Mark the process as executable, or deploy the drawing as a draft."),
            )
        )


def _read_form(bundle: Bundle, name: str, content: bytes) -> None:
    form, problems = read_form(content, name)
    bundle.problems += problems
    if form is not None:
        bundle.forms.append((name, form))


def _named(identity: str, text: str) -> bytes:
    """Return a form that stands in a model under the id it has there; what is no JSON is left for the reader."""
    try:
        source = json.loads(text)
    except (ValueError, RecursionError):
        return text.encode()
    return json.dumps({**source, "id": identity}).encode() if isinstance(source, dict) else text.encode()


def _read_decisions(bundle: Bundle, name: str, content: bytes) -> None:
    try:
        model, problems = read_decisions(content, name)
    except InvalidProcess as error:
        bundle.problems += error.problems
        return
    bundle.problems += problems
    bundle.models.append(model)
    bundle.decisions += [(name, decision.id, decision.name) for decision in model.decisions.values()]
    bundle.decisions += [(name, service.id, service.name) for service in model.services.values()]


def _read_parameters(bundle: Bundle, name: str, content: bytes) -> None:
    if len(content) > MAX_PARAMETERS:
        bundle.problems.append(
            fault("too_large", gettext_noop("{file} is larger than {limit} bytes."), file=name, limit=MAX_PARAMETERS)
        )
        return
    try:
        held = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        bundle.problems.append(
            fault("bad_parameters", gettext_noop("{file} is not TOML: {reason}"), file=name, reason=str(error))
        )
        return
    for key, entry in held.items():
        if isinstance(entry, dict) and "value" in entry:
            bundle.parameters[key] = entry
        else:
            bundle.problems.append(
                fault("bad_parameters", gettext_noop("The parameter {key} has no value."), file=name, key=key)
            )


_TWINS = {
    "process": gettext_noop("The process {key} is in {first} and in {file}."),
    "decision": gettext_noop("The decision {key} is in {first} and in {file}."),
    "form": gettext_noop("The form {key} is in {first} and in {file}."),
}


def _refuse_twins(bundle: Bundle) -> None:
    """Two files of one deployment may not define the same thing."""
    named = [("process", program.key, file) for file, program in bundle.programs]
    named += [("decision", key, file) for file, key, _ in bundle.decisions]
    named += [("form", form.id, file) for file, form in bundle.forms]
    seen: dict[tuple[str, str], str] = {}
    for kind, key, file in named:
        first = seen.setdefault((kind, key), file)
        if first != file:
            bundle.problems.append(fault("twin", _TWINS[kind], file=file, element=key, key=key, first=first))
