"""A stretch of time: two dates in one object, the second not before the first."""

from collections.abc import Iterator, Mapping
from typing import Any

from process_server.forms.components import Group
from process_server.forms.controls.behaviour import Behaviour
from process_server.forms.limits import Broken


class Period(Behaviour):
    """A group of two dates, `from` and `to`."""

    def broken_group(self, group: Group, held: Mapping[str, Any]) -> Iterator[tuple[str, Broken]]:
        """Give what is wrong between the fields of a group, each with the name of the field that is to blame."""
        start, end = held.get("from"), held.get("to")
        if type(start) is type(end) and start is not None and end is not None and end < start:
            yield "to", ("period", {})
