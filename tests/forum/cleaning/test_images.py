import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from forum.cleaning import CannotClean, Reason, images
from tests.support import planted_pictures
from tests.support.planted import found_in
from tests.support.planted_pictures import HEIGHT, WIDTH, drawn, is_the_drawing

FILES = {
    "image/jpeg": (planted_pictures.jpeg, "JPEG"),
    "image/png": (planted_pictures.png, "PNG"),
    "image/webp": (planted_pictures.webp, "WEBP"),
    "image/gif": (planted_pictures.gif, "GIF"),
    "image/heic": (planted_pictures.heic, "JPEG"),
    "image/avif": (planted_pictures.avif, "JPEG"),
    "image/tiff": (planted_pictures.tiff, "PNG"),
    "image/bmp": (planted_pictures.bmp, "PNG"),
}


@pytest.mark.parametrize("mime", FILES)
def test_the_picture_stays_and_nothing_else(mime):
    make, becomes = FILES[mime]
    content = make()
    assert found_in(content)
    cleaned = images.clean(content, mime)
    assert found_in(cleaned.content) == set()
    assert is_the_drawing(cleaned.content)
    shown = Image.open(BytesIO(cleaned.content))
    assert (shown.format, cleaned.mime) == (becomes, Image.MIME[becomes])
    assert not shown.getexif()
    assert {"icc_profile", "exif", "xmp", "comment", "photoshop"} & set(shown.info) == set()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_the_right_way_up(orientation):
    """Each way that a phone can be held, and what would bring its picture upright."""
    held = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = drawn()
    taken = image.transpose(held[orientation]) if orientation in held else image
    content = planted_pictures.jpeg(orientation, taken)
    assert is_the_drawing(images.clean(content, "image/jpeg").content)


def test_a_moving_picture_still_moves():
    shown = Image.open(BytesIO(images.clean(planted_pictures.gif(3), "image/gif").content))
    assert shown.n_frames == 3
    times, tones = [], []
    for n in range(3):
        shown.seek(n)
        times.append(shown.info["duration"])
        tones.append(shown.convert("RGB").getpixel((50, 40))[2])
    assert times == [40, 80, 120]
    assert tones == sorted(set(tones))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_colour_is_kept(mode):
    form = "TIFF" if mode == "CMYK" else "PNG"
    image = drawn("L").convert("I;16") if mode == "I;16" else drawn().convert(mode)
    out = BytesIO()
    image.save(out, form)
    cleaned = images.clean(out.getvalue(), f"image/{form.lower()}")
    assert Image.open(BytesIO(cleaned.content)).size == (WIDTH, HEIGHT)


def test_what_can_be_seen_through_stays_so():
    image = Image.new("RGBA", (WIDTH, HEIGHT), (10, 20, 30, 0))
    out = BytesIO()
    image.save(out, "PNG")
    shown = Image.open(BytesIO(images.clean(out.getvalue(), "image/png").content))
    assert shown.getpixel((3, 3))[3] == 0


def bomb(width, height):
    """A small picture that says of itself that it is a large one."""
    content = bytearray(planted_pictures.png())
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


@pytest.mark.parametrize("size", [(20_000, 20_000), (10_000, 9_500), (8000, 6500)])
def test_a_bomb_is_not_unpacked(size):
    content = bomb(*size)
    with pytest.raises(CannotClean) as raised:
        images.clean(content, "image/png")
    assert raised.value.reason is Reason.TOO_MUCH


def test_too_many_frames_are_not_unpacked():
    content = planted_pictures.gif(images.MAX_FRAMES + 1)
    with pytest.raises(CannotClean) as raised:
        images.clean(content, "image/gif")
    assert raised.value.reason is Reason.TOO_MUCH


def test_a_scan_of_several_pages_is_not_cut_down_to_one():
    out = BytesIO()
    drawn().save(out, "TIFF", save_all=True, append_images=[drawn()])
    with pytest.raises(CannotClean) as raised:
        images.clean(out.getvalue(), "image/tiff")
    assert raised.value.reason is Reason.UNKNOWN
