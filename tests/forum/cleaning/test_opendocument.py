import pytest

from forum.cleaning import CannotClean, Reason, opendocument
from forum.cleaning.packages import unpacked
from tests.support import planted_documents
from tests.support.planted import found_in
from tests.support.planted_documents import TEXT, odt_parts, zipped
from tests.support.planted_pictures import is_the_drawing

ODT = "application/vnd.oasis.opendocument.text"


@pytest.fixture
def document():
    made = opendocument.clean(unpacked(planted_documents.odt()))
    assert found_in(made.content) == set()
    return made, unpacked(made.content)


def test_what_was_written_stays(document):
    made, parts = document
    assert made.mime == ODT
    content = parts["content.xml"].decode()
    for words in (TEXT, "Look", " at once"):
        assert words in content
    assert is_the_drawing(parts["Pictures/1.jpeg"])


def test_what_it_is_stands_first_and_can_be_read(document):
    made, parts = document
    assert next(iter(parts)) == "mimetype"
    assert made.content[30:38] == b"mimetype"
    assert made.content[38:].startswith(ODT.encode())


def test_parts_that_tell_of_the_author_are_gone_and_not_listed(document):
    _, parts = document
    assert set(parts) == {"mimetype", "content.xml", "Pictures/1.jpeg", "META-INF/manifest.xml"}
    assert b"meta.xml" not in parts["META-INF/manifest.xml"]
    assert b"Thumbnails" not in parts["META-INF/manifest.xml"]


def test_the_writers_disk_is_not_pointed_to(document):
    content = document[1]["content.xml"]
    assert b"file:///" not in content
    assert b'xlink:href="Pictures/1.jpeg"' in content
    assert b"rsid" not in content


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("Basic/Standard/Module1.xml", b"<x/>", Reason.ACTIVE),
        ("Scripts/python/a.py", b"", Reason.ACTIVE),
        ("Object 1/content.xml", b"<x/>", None),
        ("Object 2", b"ole", Reason.UNKNOWN),
        ("mimetype", b"text/plain", Reason.UNKNOWN),
        (
            "META-INF/manifest.xml",
            b"<manifest><file-entry><encryption-data/></file-entry></manifest>",
            Reason.LOCKED,
        ),
    ],
)
def test_what_cannot_be_cleaned_holds_back_the_whole(name, content, reason):
    parts = unpacked(zipped({**odt_parts(), name: content}))
    if reason is None:
        assert name in unpacked(opendocument.clean(parts).content)
        return
    with pytest.raises(CannotClean) as raised:
        opendocument.clean(parts)
    assert raised.value.reason is reason


@pytest.mark.parametrize(
    ("target", "of", "may"),
    [
        ("https://example.org", "a", True),
        ("https://example.org/spy.png", "image", False),
        ("#here", "a", True),
        ("Pictures/1.jpeg", "image", True),
        ("./Object 1", "object", True),
        ("file:///home/me", "a", False),
        ("../other.odt", "section-source", False),
    ],
)
def test_a_link_leads_to_a_part_or_where_somebody_wants_to_go(target, of, may):
    kept = {"Pictures/1.jpeg": b"", "Object 1/content.xml": b""}
    assert opendocument._may_point_to(target, of, kept) is may
