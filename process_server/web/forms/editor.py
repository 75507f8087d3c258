"""The page on which a form is drawn: palette, checks beside the canvas, the preview, and saving a new version."""

import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Body, Form, Query
from fastapi.responses import Response

from process_server.bpmn import commands, queries
from process_server.bpmn.commands.forms import InvalidFormKey, check_key, written
from process_server.errors import InvalidInput, NotFound
from process_server.faults import told
from process_server.forms import comparing, directory, entry, files, gallery
from process_server.forms.components import FormSchema
from process_server.forms.entry import OpenForm
from process_server.forms.policy import FieldPolicy
from process_server.forms.rendering import initial_data, render
from process_server.forms.schema import read_form
from process_server.forms.submission import validate
from process_server.i18n import LANGUAGES, gettext_noop
from process_server.web.forms import palette as form_palette
from process_server.web.forms.listing import DesignerVisit, name_of_use
from process_server.web.ground import naming
from process_server.web.ground.headers import POLICY
from process_server.web.ground.visit import Visit
from process_server.web.tasks import form_page

router = APIRouter()

# CodeMirror, in which form-js has its expressions edited, writes its styles into the page.
_EDITOR_POLICY = POLICY.replace("style-src-elem 'self'", "style-src-elem 'self' 'unsafe-inline'")
_FRAMED_POLICY = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")


@router.get("/forms/open")
def begin(visit: DesignerVisit, key: str, template: str = "blank") -> Response:
    """Go to the editor with a new form, or back where its id cannot be."""
    try:
        check_key(key.strip())
    except InvalidFormKey:
        return visit.go(f"/forms/new?key={quote(key)}&problem=form")
    return visit.go(f"/forms/{key.strip()}?template={quote(template)}")


@router.get("/forms/{key}")
def show(
    visit: DesignerVisit,
    key: str,
    version: Annotated[int | None, Query()] = None,
    template: Annotated[str, Query()] = "",
) -> Response:
    """Open a form in the editor: the newest version, an earlier one to save anew, or a template under a new id."""
    versions = queries.form_versions(visit.session, key)
    if template:
        check_key(key)
        if versions:
            return visit.go(f"/forms/new?key={key}&problem=taken")
        schema = gallery.schema(template)
    else:
        schema = queries.get_form(visit.session, key, version)["form_schema"]
    uses = [name_of_use(visit, use) for use in queries.uses_of_forms(visit.session, key)]
    base = versions[0]["version"] if versions else 0
    response = visit.page(
        "form_editor.html",
        key=key,
        base=base,
        opened=version or base,
        versions=versions,
        uses=uses,
        names=naming.people(visit, [row["deployed_by"] or row["source"] for row in versions]),
        languages=LANGUAGES,
        props={
            "schema": {**schema, "id": key},
            "base": base,
            "fresh": not versions,
            "language": visit.language,
            "address": f"/forms/{key}",
            "uses": uses,
            "palette": form_palette.groups(visit),
            "words": form_palette.words(visit),
        },
    )
    response.headers["Content-Security-Policy"] = _EDITOR_POLICY
    return response


@router.post("/forms/{key}/check")
def check(
    visit: DesignerVisit, key: str, form_schema: Annotated[dict[str, Any], Body(alias="schema", embed=True)]
) -> Response:
    """Tell what is wrong with the drawing, and what is otherwise than in the version saved last."""
    versions = queries.form_versions(visit.session, key)
    before = queries.get_form(visit.session, key)["form_schema"] if versions else gallery.BLANK
    changes = [_sentence(visit, change) for change in comparing.compare(before, form_schema)]
    problems = commands.check_form(visit.session, key, form_schema)
    newest = versions[0]["version"] if versions else 0
    since = visit.say("Changes since version {number}", number=newest) if newest else visit.say("What is new")
    found = told(problems, visit.language)
    return visit.json({"problems": found, "changes": changes, "newest": newest, "since": since})


@router.post("/forms/{key}")
def save(
    visit: DesignerVisit,
    key: str,
    form_schema: Annotated[dict[str, Any], Body(alias="schema")],
    base: Annotated[int, Body(ge=0)],
    comment: Annotated[str, Body(max_length=255)] = "",
) -> Response:
    """Save the drawing as a new version; the page opens anew on it."""
    saved = commands.save_form(
        visit.session, key, form_schema, base=base, actor=visit.principal, comment=comment
    ).forms[0]
    word = gettext_noop("Nothing had changed; version {number} stays.")
    if saved["new"]:
        word = gettext_noop("Saved as version {number}. Steps that take the newest form show it at once.")
    return visit.leave_word(visit.json({"redirect": f"/forms/{key}"}), visit.say(word, number=saved["version"]))


@router.post("/forms/{key}/preview")
def preview(
    visit: DesignerVisit,
    key: str,
    form_schema: Annotated[str, Form(alias="schema")],
    step: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "",
) -> Response:
    """Show the drawing as a person at a step gets it: by the same code, in a frame of its own."""
    visit.language = language if language in LANGUAGES else visit.language
    drawn = _drawn(form_schema)
    schema, problems = read_form(written({**drawn, "id": key}), f"{key}.form")
    opened = None
    if schema:
        policy = _policy(visit, key, step)
        lookup = directory.lookup(visit.session, None, visit.language)
        shown = render(schema, language=visit.language, policy=policy, data={}, lookup=lookup)
        opened = OpenForm(schema.id, shown, initial_data(schema, {}, policy=policy))
    form = form_page.properties(visit, opened, action=f"/forms/{key}/try", draft="", editable=True)
    form["extra"] = {"schema": drawn, "step": step}
    errors = [problem for problem in problems if problem["severity"] == "error"]
    response = visit.page("form_preview.html", form=form, problems=told(errors, visit.language))
    response.headers["Content-Security-Policy"] = _FRAMED_POLICY
    return response


@router.post("/forms/{key}/try")
def try_out(
    visit: DesignerVisit,
    key: str,
    form_schema: Annotated[dict[str, Any], Body(alias="schema")],
    variables: Annotated[dict[str, Any], Body()],
    step: Annotated[str, Body()] = "",
) -> Response:
    """Check what was filled into the preview as the server checks a task; nothing is kept."""
    schema, problems = read_form(written({**form_schema, "id": key}), f"{key}.form")
    if schema is None:
        raise InvalidInput([{"field": "schema", "code": "invalid", "params": {}} for _ in problems[:1]])
    accepted = _accepted(visit, schema, variables, _policy(visit, key, step))
    return visit.json({"message": visit.say("The server takes this. Values set: {count}.", count=len(accepted))})


def _accepted(
    visit: Visit, schema: FormSchema, variables: dict[str, Any], policy: FieldPolicy | None
) -> dict[str, Any]:
    uploads = files.usable_files(visit.session, entry.file_ids(schema, variables), user_id=visit.principal.user_id)
    lookup = directory.lookup(visit.session, visit.principal, visit.language)
    checked = validate(
        schema, variables, variables={}, policy=policy, files=uploads, language=visit.language, lookup=lookup
    )
    return checked.values


def _drawn(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise InvalidInput([{"field": "schema", "code": "invalid", "params": {}}])
    return read


def _policy(visit: Visit, key: str, step: str) -> FieldPolicy | None:
    """Return what a step, named `process:element`, may do with the fields; None where none is named."""
    if not step:
        return None
    for use in queries.uses_of_forms(visit.session, key):
        if use.element and step == f"{use.definition.key}:{use.element.id}":
            return FieldPolicy.from_properties(use.element.properties)
    raise NotFound(kind="step", id=step)


_SENTENCES = {
    "added": gettext_noop("Added: {label}"),
    "removed": gettext_noop("Removed: {label}"),
    "moved": gettext_noop("Moved: {label}"),
    "changed": "{label}: {setting}",
}


def _sentence(visit: Visit, change: comparing.Change) -> dict[str, Any]:
    text = visit.say(_SENTENCES[change.kind], label=change.label, setting=change.setting)
    before, after = (None if value is None else str(value)[:200] for value in (change.before, change.after))
    return {"kind": change.kind, "text": text, "before": before, "after": after}
