import csv
import re
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import sheets

FORMULAS = [
    "=1+1",
    "+255700000001",
    "-2+3",
    "@SUM(A1:A9)",
    '=HYPERLINK("https://example.org","click")',
    "=cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\uff1d1+1",
    "\uff20SUM(A1)",
]

#: What a workbook can hold: XML knows no control characters and no half surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
ROWS = st.lists(st.lists(TEXT | st.integers(0, 10**6), min_size=3, max_size=3), min_size=1)


def read_csv(body):
    return list(csv.reader(StringIO(body.decode("utf-8-sig"), newline="")))


def parts(body):
    with ZipFile(BytesIO(body)) as book:
        return {name: book.read(name).decode() for name in book.namelist()}


def test_a_csv_file_is_read_back_as_it_was():
    grid = [["District", "Wages"], ["Ulaya «North»", 12], ['a "quoted", one', 0]]
    body = sheets.as_csv(grid)
    assert body.startswith("\ufeff".encode())
    assert read_csv(body) == [[str(value) for value in row] for row in grid]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_in_a_csv_file_is_text(text):
    ((cell, number),) = read_csv(sheets.as_csv([[text, -5]]))
    assert cell == f"'{text}"
    assert number == "-5"


@given(ROWS)
def test_no_text_in_a_csv_file_begins_like_a_formula(rows):
    for given_row, row in zip(rows, read_csv(sheets.as_csv(rows)), strict=True):
        for value, cell in zip(given_row, row, strict=True):
            assert not (isinstance(value, str) and cell.lstrip().startswith(("=", "+", "-", "@")))


@pytest.mark.parametrize("text", [*FORMULAS[:6], "https://example.org", "{=1}", "12"])
def test_a_formula_in_a_workbook_is_text(text):
    found = parts(sheets.as_xlsx([["District"], [text]], "2026-Q1"))
    sheet = found["xl/worksheets/sheet1.xml"]
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet.lower()
    assert sheet.count('t="s"') == 2
    texts = found["xl/sharedStrings.xml"]
    assert re.sub(r"<[^>]+>", "", texts).strip().endswith(text.replace('"', "&quot;")) or (
        text.replace('"', "") in re.sub(r'<[^>]+>|"|&quot;', "", texts)
    )


def test_a_workbook_holds_numbers_as_numbers():
    found = parts(sheets.as_xlsx([["District", "Wages"], ["North", 12]], "2026-Q1"))
    assert "<v>12</v>" in found["xl/worksheets/sheet1.xml"]
    assert 'name="2026-Q1"' in found["xl/workbook.xml"]


def test_the_same_table_is_the_same_bytes_on_another_day():
    grid = [["District", "Wages"], ["North", 12]]
    first, again = sheets.as_xlsx(grid, "2026-Q1"), sheets.as_xlsx(grid, "2026-Q1")
    assert first == again
    assert "2000-01-01T00:00:00Z" in parts(first)["docProps/core.xml"]
    with ZipFile(BytesIO(first)) as book:
        assert {one.date_time for one in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_file_names_nobody():
    core = parts(sheets.as_xlsx([["a"]], "x"))["docProps/core.xml"]
    assert "<dc:creator></dc:creator>" in core or "<dc:creator/>" in core


def test_no_other_module_writes_a_table_for_a_spreadsheet():
    """What makes words harmless stands in one place, so nobody writes a file beside it."""
    root = Path(sheets.__file__).parents[1]
    packages = {path.parent.name for path in root.glob("*/__init__.py")} - {"tests"}
    writers = [
        path.relative_to(root).as_posix()
        for package in packages
        for path in (root / package).rglob("*.py")
        if re.search(
            r"\bcsv\.(writer|DictWriter)\b|\bxlsxwriter\b|openpyxl import (?!load_)",
            path.read_text(),
        )
    ]
    assert writers == ["console/sheets.py"]


def test_a_table_that_is_written_in_pieces_is_the_same_table():
    grid = [["Site", "n"], ["=1+1", 5], ["a much longer cell", 7]]
    for kind in (sheets.CsvFile, lambda file: sheets.XlsxFile(file, "S")):
        written = []
        for pieces in ([grid], [[row] for row in grid]):
            table = kind(file := BytesIO())
            for piece in pieces:
                table.add(piece)
            table.finish()
            written.append(file.getvalue())
        assert written[0] == written[1]
    sheet = parts(written[0])["xl/worksheets/sheet1.xml"]
    assert "<f>" not in sheet
    assert ">=1+1<" in sheet
