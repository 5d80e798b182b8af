"""A list as somebody's computer wrote it, CSV or Excel, read row by row and never as a whole.

A formula is text that begins with ``=``: it is read as that, and nobody reckons it. Which encoding
and separator a file has is found out by a plain ladder, and told to whoever brought it.
"""

import codecs
import csv
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from io import TextIOWrapper
from typing import IO, Any, Final, TypeAlias

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

#: Rows below the header, as many as a country's register of a district has.
MOST_ROWS: Final = 100_000

#: Bytes of a file: a hundred thousand rows of eight columns in UTF-16 are fewer.
LARGEST: Final = 32 * 1024 * 1024

#: Bytes of a workbook once it is unpacked, in all and of the texts that it shares, which alone
#: are held in memory. A file that says more is no list.
_UNPACKED: Final = 400 * 1024 * 1024
_SHARED: Final = 64 * 1024 * 1024

#: Columns beyond these are not read, and neither are characters of a cell beyond.
_COLUMNS: Final = 40
_CELL: Final = 500

#: Lines of one row: a cell may hold an address, and no more.
_LINES: Final = 20

_SEPARATORS: Final = ",;\t"

#: What Excel puts before the header where a computer's own separator is another one.
_SAID: Final = re.compile(r'"?sep=([,;\t])"?\s*', re.IGNORECASE)

#: Whatever openpyxl meets in a damaged workbook it passes on as it comes: from the archive, the
#: compression, the XML, or from a word of that which no workbook has.
_DAMAGE: Final = (
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError),
    *(RuntimeError, SyntaxError, TypeError, ValueError, struct.error, zlib.error),
    *(zipfile.BadZipFile, InvalidFileException),
)
_BLOCK: Final = 64 * 1024

#: A row by the number that a spreadsheet shows beside it.
Row: TypeAlias = tuple[int, Sequence[str]]


class Unreadable(Exception):
    """This is no list that we can read; the text is a key of what staff are told."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list, opened. *encoding* and *separator* are empty for a workbook."""

    header: Sequence[str]
    rows: Iterator[Row]
    encoding: str = ""
    separator: str = ""


def opened(file: IO[bytes]) -> Sheet:
    """Return what is in *file*. Raises ``Unreadable``, also later, while the rows are read."""
    file.seek(0)
    magic = file.read(4)
    file.seek(0)
    if not magic:
        raise Unreadable("empty")
    if magic == b"PK\x03\x04":
        return _workbook(file)
    if magic == b"\xd0\xcf\x11\xe0":
        raise Unreadable("old_excel")
    return _text(file)


# --- CSV -----------------------------------------------------------------------------------------


def _text(file: IO[bytes]) -> Sheet:
    encoding = _encoding(file)
    file.seek(0)
    text = TextIOWrapper(file, encoding, errors="replace", newline="")
    separator = _separator(text)
    rows = _lines(text, separator)
    header = next(rows, None)
    if header is None:
        raise Unreadable("empty")
    return Sheet(header[1], _counted(rows), encoding, separator)


def _separator(text: TextIOWrapper) -> str:
    """Return what stands between cells, by the first line that has words; leave *text* before it.

    A line that only says so is no row: a spreadsheet does not show it, and counts from below it.
    """
    first = "\n"
    while first and not first.strip():
        first = text.readline(_BLOCK)
    said = _SAID.fullmatch(first)
    if said is not None:
        return said[1]
    text.seek(0)
    return max(_SEPARATORS, key=first.count)


def _encoding(file: IO[bytes]) -> str:
    """Go down the ladder: a mark at the beginning, then zeros, then what decodes; cp1252 last.

    In cp1252, Excel's own in the west, everything decodes.
    """
    begin = file.read(_BLOCK)
    if begin.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if begin.count(0) * 3 > len(begin):
        return "utf-16-le" if begin[1::2].count(0) > begin[::2].count(0) else "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    block = begin
    try:
        while block:
            decoder.decode(block)
            block = file.read(_BLOCK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _lines(text: TextIOWrapper, separator: str) -> Iterator[Row]:
    reader = csv.reader(text, delimiter=separator)
    try:
        line = 0
        for number, cells in enumerate(reader, start=1):
            if reader.line_num - line > _LINES:
                raise Unreadable("broken")  # rows are swallowed by a quote without an end
            line = reader.line_num
            if any(cell.strip() for cell in cells):
                yield number, [cell[:_CELL] for cell in cells[:_COLUMNS]]
    except csv.Error as error:  # a cell without an end
        raise Unreadable("broken") from error
    finally:
        # The file is its opener's to close; a wrapper that is forgotten would close it.
        with suppress(ValueError):  # closed already
            text.detach()


# --- Excel ---------------------------------------------------------------------------------------


def _workbook(file: IO[bytes]) -> Sheet:
    _weigh(file)
    try:
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
    except _DAMAGE as error:
        raise Unreadable("broken") from error
    rows = _cells(sheet)
    header = next(rows, None)
    if header is None:
        raise Unreadable("empty")
    return Sheet(header[1], _counted(rows))


def _weigh(file: IO[bytes]) -> None:
    """Raise ``Unreadable`` where unpacking would fill the machine."""
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
    except _DAMAGE as error:
        raise Unreadable("broken") from error
    shared = sum(part.file_size for part in parts if "sharedStrings" in part.filename)
    if sum(part.file_size for part in parts) > _UNPACKED or shared > _SHARED:
        raise Unreadable("too_large")
    file.seek(0)


def _cells(sheet: Any) -> Iterator[Row]:
    try:
        found = sheet.iter_rows(values_only=True, max_col=_COLUMNS)
        for number, values in enumerate(found, start=1):
            cells = [_word(value) for value in values]
            if any(cells):
                yield number, cells
    except _DAMAGE as error:
        raise Unreadable("broken") from error


def _word(value: Any) -> str:
    """Return a cell as somebody would have typed it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a phone number that Excel took for a quantity
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()[:_CELL]


def _counted(rows: Iterator[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows):
        if count >= MOST_ROWS:
            raise Unreadable("too_many")
        yield row
