import pytest

from forum.cleaning import CannotClean, Reason, office
from forum.cleaning.packages import parse, unpacked
from tests.support import planted_documents
from tests.support.planted import found_in
from tests.support.planted_documents import TEXT, docx_parts
from tests.support.planted_pictures import is_the_drawing

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def cleaned(content):
    made = office.clean(unpacked(content))
    assert found_in(made.content) == set()
    return made, unpacked(made.content)


@pytest.fixture
def document():
    return cleaned(planted_documents.docx())


def test_what_was_written_stays(document):
    made, parts = document
    assert made.mime == DOCX
    body = parts["word/document.xml"].decode()
    assert TEXT in body
    assert "and more" in body
    assert b"Look at this" in parts["word/comments.xml"]
    assert is_the_drawing(parts["word/media/image1.jpeg"])


def test_one_sitting_cannot_be_told_from_another(document):
    whole = b"".join(document[1].values())
    for trace in (b"rsid", b"paraId", b"2026-05-12", b"docVar", b"ZQ"):
        assert trace not in whole


def test_what_pointed_to_a_part_that_is_gone_is_gone(document):
    _, parts = document
    assert set(parts) == {
        "[Content_Types].xml",
        "_rels/.rels",
        "word/document.xml",
        "word/comments.xml",
        "word/settings.xml",
        "word/_rels/settings.xml.rels",
        "word/_rels/document.xml.rels",
        "word/media/image1.jpeg",
    }
    ids = {one.get("Id") for one in parse(parts["word/_rels/document.xml.rels"])}
    assert ids == {"rId5", "rId6", "rId7"}
    named = [one.get("PartName") for one in parse(parts["[Content_Types].xml"])]
    assert [name for name in named if name] == ["/word/document.xml"]


def test_a_link_can_be_followed_and_nothing_is_fetched_unasked(document):
    relations = parse(document[1]["word/_rels/document.xml.rels"])
    targets = {one.get("Id"): one.get("Target") for one in relations}
    assert targets == {
        "rId5": "media/image1.jpeg",
        "rId6": "about:blank",
        "rId7": "https://example.org/mine",
    }


def test_every_prefix_is_as_it_was(document):
    """A reader looks for some by their prefix: ``mc:Ignorable`` names it in a value."""
    body = document[1]["word/document.xml"]
    assert b"xmlns:w14=" in body
    assert b'mc:Ignorable="w14"' in body


def test_a_sheet_keeps_its_cells_and_forgets_its_printer():
    made, parts = cleaned(planted_documents.xlsx())
    assert made.mime == XLSX
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert TEXT.encode() in sheet
    assert b"r:id" not in sheet
    assert b"authors" in parts["xl/comments1.xml"]
    assert not any("printer" in name or "person" in name for name in parts)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("word/vbaProject.bin", b"x", Reason.ACTIVE),
        ("word/activeX/activeX1.xml", b"<x/>", Reason.ACTIVE),
        ("word/embeddings/oleObject1.bin", b"x", Reason.UNKNOWN),
        ("word/media/image2.emf", b"\1\0\0\0", Reason.UNKNOWN),
        ("word/media/image2.bmp", b"BM" + bytes(60), None),
        ("word/header1.xml", b"<w:hdr>", Reason.BROKEN),
        ("word/header1.xml", b"<!DOCTYPE a><a/>", Reason.ACTIVE),
    ],
)
def test_what_cannot_be_cleaned_holds_back_the_whole(name, content, reason):
    parts = {**docx_parts(), name: content}
    with pytest.raises(Exception) as raised:  # noqa: PT011 - a library's own for a broken picture
        office.clean(unpacked(planted_documents.zipped(parts)))
    if reason is not None:
        assert isinstance(raised.value, CannotClean)
        assert raised.value.reason is reason


def test_a_package_of_something_else_is_not_known():
    with pytest.raises(CannotClean) as raised:
        office.clean({"[Content_Types].xml": b"<Types/>", "other/a.xml": b"<a/>"})
    assert raised.value.reason is Reason.UNKNOWN
