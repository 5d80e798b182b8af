"""A table as a file for a spreadsheet, CSV or an Excel workbook: the same table, the same bytes.

A spreadsheet takes text that begins with = + - or @ for a formula, and runs it. In a workbook a
cell says that it is text; in a CSV file an apostrophe before it does (OWASP, «CSV injection»).
"""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO, StringIO
from typing import Final, TypeAlias

from xlsxwriter import Workbook

#: A cell: a number, or words.
Value: TypeAlias = int | float | str
Grid: TypeAlias = Sequence[Sequence[Value]]

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: What turns words into a formula, by itself or once a spreadsheet has trimmed what stands before;
#: in the wide forms, too, where somebody works in an East Asian script.
_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_TRIMMED: Final = ("\t", "\r", "\n")

#: A workbook carries the day on which it was made; one day for all, so that it tells nothing.
_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)

#: The widest column, in characters.
_WIDEST: Final = 40


def as_csv(grid: Grid) -> bytes:
    """Return *grid* as UTF-8 with a byte order mark, without which Excel misreads accents."""
    written = StringIO()
    csv.writer(written).writerows([[_harmless(value) for value in row] for row in grid])
    return written.getvalue().encode("utf-8-sig")


def _harmless(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    formula = value.startswith(_TRIMMED) or value.lstrip().startswith(_FORMULA)
    return f"'{value}" if formula else value


def as_xlsx(grid: Grid, name: str) -> bytes:
    """Return *grid* as a workbook with one sheet called *name*, of at most 31 characters."""
    written = BytesIO()
    with Workbook(written, {"in_memory": True}) as book:
        book.set_properties({"created": _DAY})
        sheet = book.add_worksheet(name)
        for row, values in enumerate(grid):
            for column, value in enumerate(values):
                if isinstance(value, str):
                    # Not ``write``, which would look at the text and make formulas and links.
                    sheet.write_string(row, column, value)
                else:
                    sheet.write_number(row, column, value)
        for column, width in enumerate(_widths(grid)):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 1)
    return written.getvalue()


def _widths(grid: Grid) -> list[int]:
    longest = [max(len(str(value)) for value in values) for values in zip(*grid, strict=True)]
    return [min(length + 2, _WIDEST) for length in longest]
