from io import BytesIO

import pytest
from PIL import Image

from forum.cleaning import CannotClean
from forum.cleaning.jpeg import bare
from tests.support import planted_pictures
from tests.support.planted import found_in
from tests.support.planted_pictures import drawn


def points(content):
    return Image.open(BytesIO(content)).convert("RGB").tobytes()


def test_segments_that_draw_nothing_go_and_no_point_changes():
    photo = planted_pictures.jpeg()
    assert found_in(bare(photo)) == set()
    assert points(bare(photo)) == points(photo)


@pytest.mark.parametrize("more", [{"progressive": True}, {"restart_marker_blocks": 2}], ids=str)
def test_a_picture_in_several_scans_or_with_marks_between_stays_whole(more):
    out = BytesIO()
    drawn().save(out, "JPEG", comment="Zebulon Quixworth", **more)
    assert points(bare(out.getvalue())) == points(out.getvalue())
    assert found_in(bare(out.getvalue())) == set()


def test_colours_for_print_are_still_told():
    out = BytesIO()
    drawn().convert("CMYK").save(out, "JPEG")
    assert b"Adobe" in bare(out.getvalue())
    assert points(bare(out.getvalue())) == points(out.getvalue())


@pytest.mark.parametrize("content", [b"", b"nothing", b"\xff\xd8\xff\xe0"[:2] + b"1234567"])
def test_what_is_no_jpeg_is_not_taken(content):
    with pytest.raises(CannotClean):
        bare(content)
