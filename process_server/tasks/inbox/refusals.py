"""Why a list cannot be shown as it was asked for, as sentences by code."""

from collections.abc import Mapping

from process_server.i18n import gettext_noop

TEXTS: Mapping[str, str] = {
    "unknown_column": gettext_noop("This list has no column “{column}”."),
    "not_sortable": gettext_noop("A list cannot be sorted by “{column}”."),
    "too_many_to_sort": gettext_noop(
        "More than {maximum} rows cannot be sorted by “{column}”. Narrow the list first, for instance by process."
    ),
    "too_many": gettext_noop("At most {maximum}."),
    "not_a_filter": gettext_noop("“{value}” is no filter: write <column>:<what>."),
    "invalid_filter": gettext_noop("“{value}” cannot be compared with “{column}”."),
    "other_order": gettext_noop("The list is sorted otherwise by now. Start again at its first page."),
    "count": gettext_noop("Choose {minimum} to {maximum}."),
}
