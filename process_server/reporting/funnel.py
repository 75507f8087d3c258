"""The funnel: of the cases started in a period, how many passed each milestone of their process.

Milestones are the elements a model marks with the extension property `funnel`, in the order of the diagram.
"""

from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from process_server.bpmn import queries
from process_server.bpmn.definitions import definition
from process_server.errors import NotFound
from process_server.reporting.period import Period

_COHORT = text("""
    SELECT count(*) AS started, count(*) FILTER (WHERE state = 'active') AS open,
           count(*) FILTER (WHERE state = 'cancelled') AS cancelled
    FROM report_case WHERE process = :process AND started_at >= :from AND started_at < :to
""")
_PASSED = text("""
    SELECT v.element_id, count(DISTINCT v.process_instance_id) AS passed,
           extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY v.left_at - c.started_at))::float AS median
    FROM report_visit v JOIN report_case c ON c.id = v.process_instance_id
    WHERE c.process = :process AND c.started_at >= :from AND c.started_at < :to
      AND v.outcome <> 'cancelled' AND v.element_id IN :elements
    GROUP BY v.element_id
""").bindparams(bindparam("elements", expanding=True))


def funnel(session: Session, period: Period, process: str, language: str = "zh-CN") -> dict[str, Any]:
    """Return the cohort funnel of a process.

    {process, started, open, cancelled, stages: [{key, element_id, name, passed, of_started, of_previous, median}]};
    `median` is seconds from the start of a case to passing the milestone. The stage with the greatest loss against the
    one before it is marked `bottleneck`. Raises NotFound.
    """
    newest = queries.list_definitions(session, key=process)
    if not newest:
        raise NotFound(kind="process definition", id=process)
    elements = definition(session, newest[0]["id"]).program.elements.values()
    milestones = [element for element in elements if "funnel" in element.properties]
    cohort = {**period.parameters, "process": process}
    totals = dict(session.execute(_COHORT, cohort).mappings().one())
    passed = {
        row.element_id: row
        for row in session.execute(_PASSED, {**cohort, "elements": [element.id for element in milestones] or [""]})
    }
    stages: list[dict[str, Any]] = []
    previous = totals["started"]
    for element in milestones:
        row = passed.get(element.id)
        count = row.passed if row else 0
        stages.append(
            {
                "key": element.properties["funnel"],
                "element_id": element.id,
                "name": element.localised_name(language),
                "passed": count,
                "of_started": count / totals["started"] if totals["started"] else None,
                "of_previous": count / previous if previous else None,
                "median": row.median if row else None,
                "bottleneck": False,
            }
        )
        previous = count
    _mark_bottleneck(stages, totals["started"])
    return {"process": process, **totals, "stages": stages}


def _mark_bottleneck(stages: list[dict[str, Any]], started: int) -> None:
    before = [started, *(stage["passed"] for stage in stages)]
    losses = [(earlier - stage["passed"], stage) for earlier, stage in zip(before, stages, strict=False)]
    if losses and max(loss for loss, _ in losses) > 0:
        max(losses, key=lambda pair: pair[0])[1]["bottleneck"] = True
