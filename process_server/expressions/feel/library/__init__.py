"""FEEL's built-in functions (DMN 1.4, 10.3.4), a module for each of the standard's groups."""

from process_server.expressions.dialect import Function
from process_server.expressions.feel.library import contexts, general, lists, numeric, ranges, strings, times

FUNCTIONS: dict[str, Function] = {
    **general.library.functions(),
    **strings.library.functions(),
    **numeric.library.functions(),
    **lists.library.functions(),
    **contexts.library.functions(),
    **times.library.functions(),
    **ranges.library.functions(),
}
