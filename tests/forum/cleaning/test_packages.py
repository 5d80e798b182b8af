from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from lxml import etree

from forum.cleaning import CannotClean, Reason, packages
from tests.support.planted import found_in
from tests.support.planted_documents import zipped


def refused(work, *args):
    with pytest.raises(CannotClean) as raised:
        work(*args)
    return raised.value.reason


def test_what_is_taken_apart_is_put_together_again():
    parts = {"mimetype": b"one", "b/two.xml": b"two" * 500}
    made = packages.packed(parts, stored="mimetype")
    assert packages.unpacked(made) == parts
    with ZipFile(BytesIO(made)) as opened:
        entries = opened.infolist()
    assert [one.compress_type for one in entries] == [ZIP_STORED, ZIP_DEFLATED]
    assert {one.date_time for one in entries} == {(1980, 1, 1, 0, 0, 0)}


def test_the_comments_of_entries_are_gone():
    content = zipped({"one": "1"})
    assert found_in(content)
    assert found_in(packages.packed(packages.unpacked(content))) == set()


def test_a_bomb_is_not_unpacked():
    with BytesIO() as out:
        with ZipFile(out, "w", ZIP_DEFLATED) as made:
            made.writestr("word/document.xml", bytes(packages.MAX_UNPACKED + 1))
        bomb = out.getvalue()
    assert len(bomb) < 200_000
    assert refused(packages.unpacked, bomb) is Reason.TOO_MUCH


def test_too_many_parts_are_not_looked_at():
    many = zipped({str(n): "" for n in range(packages.MAX_PARTS + 1)})
    assert refused(packages.unpacked, many) is Reason.TOO_MUCH


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_not_believed():
    out = BytesIO()
    with ZipFile(out, "w") as made:
        made.writestr("a", "1")
        made.writestr("a", "2")
    assert refused(packages.unpacked, out.getvalue()) is Reason.BROKEN


def test_what_is_locked_says_so():
    locked = bytearray(zipped({"a": "1"}))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        locked[locked.index(mark) + at] |= 1
    assert refused(packages.unpacked, bytes(locked)) is Reason.LOCKED


@pytest.mark.parametrize("content", [b"PK\3\4", b"PK\3\4" + bytes(100)])
def test_what_is_no_package_is_broken(content):
    assert refused(packages.unpacked, content) is Reason.BROKEN


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<a>", Reason.BROKEN),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', Reason.ACTIVE),
        (b'<!DOCTYPE a SYSTEM "http://example.org/x.dtd"><a/>', Reason.ACTIVE),
    ],
)
def test_only_plain_xml_is_read(content, reason):
    assert refused(packages.parse, content) is reason


def test_comments_and_instructions_are_not_written_again():
    content = b"<?who me?><!-- me --><a><!-- me --><b/><?who me?></a>"
    assert b"me" not in packages.written(packages.parse(content))


@pytest.mark.parametrize(
    ("content", "left"),
    [
        ("<a>x<b>y</b>z</a>", "<a>xz</a>"),
        ("<a><c/>x<b>y</b>z</a>", "<a><c/>xz</a>"),
        ("<a><b/></a>", "<a/>"),
    ],
)
def test_an_element_goes_and_the_text_behind_it_stays(content, left):
    root = etree.fromstring(content)
    packages.drop(root.find("b"))
    assert etree.tostring(root).decode() == left


def test_a_name_is_known_without_its_namespace():
    assert (packages.local("{urn:x}a"), packages.local("a")) == ("a", "a")
