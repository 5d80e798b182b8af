from io import BytesIO
from pathlib import Path

import reportlab
from PIL import Image

from bots.poster_picture import DOTS, Picture

FONT = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"


def seen(picture):
    return Image.open(BytesIO(picture.png())).convert("L")


def test_squares_that_touch_on_paper_leave_no_gap():
    picture = Picture(72, 72)
    for n in range(7):
        picture.square(10 + n * 3.3, 20, 3.3)
    row = [seen(picture).getpixel((x, round((72 - 21) * DOTS / 72))) for x in range(DOTS)]
    begin, end = round(10 * DOTS / 72), round((10 + 7 * 3.3) * DOTS / 72)
    assert [x for x, shade in enumerate(row) if shade == 0] == list(range(begin, end))


def test_words_stand_on_their_line_around_their_middle():
    picture = Picture(144, 72)
    picture.words("HH", 72, 36, FONT, 20)
    left, top, right, bottom = seen(picture).point(lambda shade: 255 - shade).getbbox()
    assert bottom == DOTS / 2
    assert top > 0
    assert abs((left + right) / 2 - DOTS) <= 2
