"""What a list shows as a table to take away: XLSX or CSV, written row by row.

Nothing a person typed may run in a spreadsheet: texts are written as texts, and in CSV a text that a spreadsheet would
take for a formula begins with an apostrophe.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter

from process_server.values import show

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
_BEGINS_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")  # wide ones, too: Excel takes both
_LONGEST = 32_767  # characters of a cell of a spreadsheet
_EXACT = 15  # digits a spreadsheet keeps of a number


def write_xlsx(target: IO[bytes], heads: Sequence[str], rows: Iterable[Sequence[Any]], zone: ZoneInfo) -> None:
    """Write a workbook of one sheet into a file; only one row is held in memory at a time."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd hh:mm",
    }
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, bold)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                _write_cell(sheet, number, column, value, zone)


def _write_cell(sheet: Any, row: int, column: int, value: Any, zone: ZoneInfo) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | Decimal) and len(str(abs(value))) <= _EXACT:
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.astimezone(zone).replace(tzinfo=None))
    elif value is not None:
        sheet.write_string(row, column, text(value, zone)[:_LONGEST])


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[Any]], zone: ZoneInfo) -> Iterator[bytes]:
    """Give the lines of a CSV file, in UTF-8 with the mark by which spreadsheets know it."""
    line = io.StringIO()
    writer = csv.writer(line)
    yield b"\xef\xbb\xbf"
    writer.writerow([guarded(head) for head in heads])
    for row in rows:
        yield _taken(line)
        writer.writerow([_cell(value, zone) for value in row])
    yield _taken(line)


def _taken(line: io.StringIO) -> bytes:
    written = line.getvalue().encode()
    line.seek(0)
    line.truncate()
    return written


def _cell(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return guarded(text(value, zone))


def guarded(written: str) -> str:
    """Return a text as it may stand in a cell of CSV: never as a formula."""
    return f"'{written}" if written.startswith(_BEGINS_FORMULA) else written


def text(value: Any, zone: ZoneInfo) -> str:
    """Return a value as a cell says it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(" ", "minutes")[:16]
    if isinstance(value, list):
        return ", ".join(text(item, zone) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {text(item, zone)}" for name, item in value.items())
    return str(show(value))
