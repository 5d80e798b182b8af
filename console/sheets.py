"""A table as a file for a spreadsheet, CSV or an Excel workbook: the same table, the same bytes.

A spreadsheet takes text that begins with = + - or @ for a formula, and runs it. In a workbook a
cell says that it is text; in a CSV file an apostrophe before it does (OWASP, «CSV injection»).
"""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO, TextIOWrapper
from itertools import zip_longest
from typing import IO, Final, TypeAlias

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

#: Rows of a sheet in Excel, the heads counted (support.microsoft.com, «Excel specifications and
#: limits»).
MOST_ROWS: Final = 1_048_576

#: The widest column, in characters.
_WIDEST: Final = 40


def as_csv(grid: Grid) -> bytes:
    """Return *grid* as UTF-8 with a byte order mark, without which Excel misreads accents."""
    written = BytesIO()
    table = CsvFile(written)
    table.add(grid)
    table.finish()
    return written.getvalue()


class CsvFile:
    """A table that is written some rows at a time, as ``as_csv`` would write the whole."""

    def __init__(self, file: IO[bytes]) -> None:
        self._text = TextIOWrapper(file, "utf-8-sig", newline="")
        self._rows = csv.writer(self._text)

    def add(self, rows: Grid) -> None:
        """Write *rows* below what is there."""
        self._rows.writerows([[_harmless(value) for value in row] for row in rows])

    def finish(self) -> None:
        """Leave the whole table in the file, which stays open."""
        self._text.detach()


def _harmless(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    formula = value.startswith(_TRIMMED) or value.lstrip().startswith(_FORMULA)
    return f"'{value}" if formula else value


def as_xlsx(grid: Grid, name: str) -> bytes:
    """Return *grid* as a workbook with one sheet called *name*, of at most 31 characters."""
    written = BytesIO()
    table = XlsxFile(written, name, small=True)
    table.add(grid)
    table.finish()
    return written.getvalue()


class XlsxFile:
    """A workbook that is written some rows at a time; no more of it is in memory than a row.

    At most ``MOST_ROWS``, the heads counted. A *small* one is all in memory, and touches no disk.
    """

    def __init__(self, file: IO[bytes], name: str, *, small: bool = False) -> None:
        self._book = Workbook(file, {"in_memory" if small else "constant_memory": True})
        self._book.set_properties({"created": _DAY})
        self._sheet = self._book.add_worksheet(name)
        self._row = 0
        self._longest: list[int] = []

    def add(self, rows: Grid) -> None:
        """Write *rows* below what is there."""
        for values in rows:
            for column, value in enumerate(values):
                if isinstance(value, str):
                    # Not ``write``, which would look at the text and make formulas and links.
                    self._sheet.write_string(self._row, column, value)
                else:
                    self._sheet.write_number(self._row, column, value)
            lengths = [len(str(value)) for value in values]
            self._longest = [
                max(both) for both in zip_longest(self._longest, lengths, fillvalue=0)
            ]
            self._row += 1

    def finish(self) -> None:
        """Leave the whole workbook in the file, which stays open."""
        for column, length in enumerate(self._longest):
            self._sheet.set_column(column, column, min(length + 2, _WIDEST))
        self._sheet.freeze_panes(1, 1)
        self._book.close()
