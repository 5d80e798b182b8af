from datetime import date, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from outreach import spreadsheets
from outreach.spreadsheets import MOST_ROWS, Unreadable
from tests.support.messy_lists import FORMS, HEADER, MessyList

ROWS = (["téléphone", "rôle"], ["+237 699 00 00 01", "creuseur"], ["0699000002", "propriétaire"])


@pytest.fixture(scope="module")
def messy():
    return MessyList(2_000)


def written(separator=",", encoding="utf-8", rows=ROWS):
    return "\r\n".join(separator.join(row) for row in rows).encode(encoding)


def read(body):
    sheet = spreadsheets.opened(BytesIO(body))
    return sheet, list(sheet.rows)


def workbook(rows):
    book, file = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_a_list_is_read_however_a_computer_wrote_it(separator, encoding, told):
    sheet, rows = read(written(separator, encoding))
    assert (sheet.encoding, sheet.separator) == (told, separator)
    assert list(sheet.header) == ROWS[0]
    assert rows == [(2, ROWS[1]), (3, ROWS[2])]


def test_rows_keep_the_number_that_a_spreadsheet_shows():
    _, rows = read(b'phone,how\n\n"1","two\nlines"\n,\n3,x\n')
    assert [number for number, _ in rows] == [3, 5]  # a cell of two lines is in one row


def test_a_workbook_is_read_as_somebody_would_have_typed_it():
    moment = datetime(2026, 5, 1, 12, 30)
    row = [712345678.0, "=1+1", moment, date(2026, 5, 2), None, 3.5, True]
    sheet, rows = read(workbook([["phone", "site"], [], row]))
    assert (sheet.encoding, sheet.separator) == ("", "")
    ((number, cells),) = rows
    assert number == 3
    assert cells[:6] == ["712345678", "=1+1", "2026-05-01", "2026-05-02", "", "3.5"]


@pytest.mark.parametrize("form", [*FORMS, "a workbook"])
def test_a_messy_register_is_read_alike_in_every_form(form, messy, tmp_path):
    if form == "a workbook":
        messy.workbook(path := tmp_path / "list.xlsx")
        body = path.read_bytes()
    else:
        body = messy.text(form)
    sheet, rows = read(body)
    assert tuple(filter(None, sheet.header)) == HEADER
    assert [number for number, _ in rows] == [number for number, *_ in messy.account]
    for number, cells in rows:
        line = [str(cell).strip() for cell in messy.lines[number - 2].cells]
        assert [cell.strip() for cell in cells][: len(line)] == line
        assert not any(cells[len(line) :])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"PK\x03\x04 and then nothing", "broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old_excel"),
        (workbook([]), "empty"),
    ],
)
def test_what_is_no_list_is_told(body, why):
    with pytest.raises(Unreadable, match=why):
        read(body)


def test_a_cell_without_an_end_is_told():
    with pytest.raises(Unreadable, match="broken"):
        read(b'phone\n"' + b"x" * 200_000)


def test_a_file_that_would_fill_the_machine_is_not_unpacked():
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/sharedStrings.xml", b" " * (65 * 1024 * 1024))
    with pytest.raises(Unreadable, match="too_large"):
        read(packed.getvalue())


def test_a_list_has_an_end(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 3)
    assert MOST_ROWS == 100_000
    read(b"phone\n1\n2\n3\n")
    with pytest.raises(Unreadable, match="too_many"):
        read(b"phone\n1\n2\n3\n4\n")


@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_no_list(body):
    try:
        _, rows = read(body)
    except Unreadable:
        return
    assert all(isinstance(cell, str) for _, cells in rows for cell in cells)


def test_a_file_that_says_its_separator_or_begins_with_an_empty_line_is_read():
    for begin, first in ((b"sep=;\r\n", 2), (b'"SEP=;"\n', 2), (b"\n \r\n", 4)):
        sheet, rows = read(begin + b"phone;how\n1;a,b,c\n")
        assert (sheet.separator, list(sheet.header)) == (";", ["phone", "how"])
        assert rows == [(first, ["1", "a,b,c"])]
    assert read("sep=\t\nphone\thow\n1\t2".encode("utf-16"))[0].separator == "\t"


SMALL = workbook([["phone", "site"], ["0712345678", "KB12"], [datetime(2026, 5, 1), 1.5]])


def whole_or_told(body):
    """Read what is left of a workbook; whatever is wrong with it is told in our own words."""
    try:
        read(body)
    except Unreadable as error:
        return str(error)
    return ""


def test_a_workbook_that_was_cut_off_anywhere_is_told():
    assert {whole_or_told(SMALL[:end]) for end in range(4, len(SMALL))} <= {"broken"}


def test_a_workbook_of_which_bits_have_turned_is_read_or_told():
    told = set()
    for place in range(0, len(SMALL), 11):
        body = bytearray(SMALL)
        body[place] ^= 1 << place % 8
        told.add(whole_or_told(bytes(body)))
    assert told <= {"", "broken", "empty", "too_large"}
    assert "broken" in told


def parts_of(body):
    with ZipFile(BytesIO(body)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(parts):
    file = BytesIO()
    with ZipFile(file, "w") as into:
        for name, content in parts.items():
            into.writestr(name, content)
    return file.getvalue()


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
@pytest.mark.parametrize("name", parts_of(SMALL))
def test_a_workbook_with_a_damaged_part_is_read_or_told(name):
    parts = parts_of(SMALL)
    content = parts.pop(name)
    told = {whole_or_told(packed(parts))}
    for place in range(0, len(content), max(1, len(content) // 60)):
        turned = bytearray(content)
        turned[place] ^= 1 << place % 8
        for damaged in (content[:place], bytes(turned)):
            told.add(whole_or_told(packed({**parts, name: damaged})))
    assert told <= {"", "broken", "empty"}


def test_whoever_opened_the_file_closes_it(tmp_path):
    (path := tmp_path / "list.csv").write_bytes(written())
    with path.open("rb") as file:
        assert len(list(spreadsheets.opened(file).rows)) == 2
        assert not file.closed
        begun = spreadsheets.opened(file)
        next(begun.rows)
        del begun
        assert not file.closed


def test_a_quote_without_an_end_does_not_swallow_rows():
    rows = "\n".join(f"07120000{n:02},x" for n in range(30))
    with pytest.raises(Unreadable, match="broken"):
        read(f'phone,name\n0712000000,"Asha\n{rows}\n0712000001,"Juma\n'.encode())
    _, found = read(b'phone,name\n0712000000,"Asha\nJuma\nP.O. Box 1"\n0712000001,x\n')
    assert [number for number, _ in found] == [2, 3]
