"""FEEL, the expression language of the DMN standard."""

from process_server.expressions.dialect import Dialect
from process_server.expressions.functions import FUNCTIONS
from process_server.expressions.juel import read_plain
from process_server.expressions.operators import OPERATORS

FEEL = Dialect("feel", read_plain, OPERATORS, FUNCTIONS, missing_is_null=False)
