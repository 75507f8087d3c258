"""Decisions in DMN 1.1 to 1.5: read, compiled and checked once, evaluated with the evidence of why."""

from process_server.expressions.dmn.model import Decision, DecisionModel, DecisionResult
from process_server.expressions.dmn.reader import read_decisions
from process_server.expressions.dmn.results import map_result

__all__ = ["Decision", "DecisionModel", "DecisionResult", "map_result", "read_decisions"]
