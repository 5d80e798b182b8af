"""A poster as a picture, for whoever has no printer: it is passed on, or shown on a screen."""

from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

#: Dots of an inch: sharp on A4, and small enough to be sent on.
DOTS: Final = 200

#: Points of an inch, in which a page is measured.
_POINTS: Final = 72

_WHITE: Final = 255
_BLACK: Final = 0


class Picture:
    """A sheet of *width* and *height*, in points; places are measured from below and the left."""

    def __init__(self, width: float, height: float) -> None:
        self._height = height
        size = (round(_dots(width)), round(_dots(height)))
        self._image = Image.new("L", size, _WHITE)
        self._pen = ImageDraw.Draw(self._image)

    def words(self, text: str, middle: float, base: float, font: Path, size: float) -> None:
        """Write *text* with its middle and its base line there, by the letters in *font*."""
        # The plain engine: the other one is not there on every machine, and places otherwise.
        basic = ImageFont.Layout.BASIC
        letters = ImageFont.truetype(str(font), _dots(size), layout_engine=basic)
        place = (_dots(middle), _dots(self._height - base))
        self._pen.text(place, text, fill=_BLACK, font=letters, anchor="ms")

    def square(self, left: float, bottom: float, side: float) -> None:
        """Fill a square; two that touch on paper touch here."""
        right, top = left + side, self._height - bottom - side
        edges = (left, top, right, self._height - bottom)
        begin_x, begin_y, end_x, end_y = (round(_dots(edge)) for edge in edges)
        self._pen.rectangle((begin_x, begin_y, end_x - 1, end_y - 1), fill=_BLACK)

    def png(self) -> bytes:
        """Return it; the same strokes give the same bytes."""
        file = BytesIO()
        self._image.save(file, "PNG", dpi=(DOTS, DOTS))
        return file.getvalue()


def _dots(points: float) -> float:
    return points * DOTS / _POINTS
