"""What stands on a poster at a site: the words to send, and codes that a phone reads.

A page of A4 for a printer, the same as a picture, and each code alone for whoever draws a poster
of their own. The letters are in the file, so that every printer has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final, Protocol

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from bots.poster_picture import Picture
from bots.router import JOIN
from locales import BASE, N_, languages, translate

TITLE: Final = N_("Hear of new rules before they change")
BY_SMS: Final = N_("Send these words by SMS:")
TO: Final = N_("to this number:")
BY_TELEGRAM: Final = N_("Or on Telegram: read this with your phone.")
BY_CAMERA: Final = N_("Or read this with your phone.")
LEAVE: Final = N_("It is your choice. To get no more news, send STOP.")

#: Bitstream Vera comes with ReportLab. It has the letters of Western Europe and of Swahili.
_FONT: Final = "Vera"
_BOLD: Final = "VeraBd"

_MARGIN: Final = 20 * mm

#: Modules of white around a code, as its standard asks; pixels of a module in a picture, so that
#: it is sharp on a page of A4.
_QUIET: Final = 4
_PIXELS: Final = 20


@dataclass(frozen=True, slots=True)
class Poster:
    """A poster for one site in one language. *number*, *bot*: empty where there is none."""

    site: str
    code: str
    language: str
    number: str = ""
    bot: str = ""

    @property
    def words(self) -> str:
        """What is sent to be on the list: JOIN KB12."""
        known = languages()
        own = known[self.language].words.get("join") or known[BASE].words["join"]
        return f"{own[0]} {self.code}"

    def codes(self) -> Mapping[str, str]:
        """Return what the codes say: for an SMS, for Telegram.

        Telegram takes letters without accents, digits, - and _ in a link; a site whose code has
        others has no such code.
        """
        found = {}
        if self.number:
            found["sms"] = f"SMSTO:{self.number}:{self.words}"
        if self.bot and self.code.isascii():
            payload = f"{JOIN}-{self.code}-{self.language}"
            found["telegram"] = f"https://t.me/{self.bot}?start={payload}"
        return found


def as_png(said: str) -> bytes:
    """Return one code as a picture."""
    picture = BytesIO()
    _code(said).save(picture, kind="png", scale=_PIXELS, border=_QUIET)
    return picture.getvalue()


def as_pdf(poster: Poster) -> bytes:
    """Return the poster as one page of A4; the same poster gives the same bytes."""
    _load_fonts()
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1)
    canvas.setTitle(f"Baraza {poster.code}")
    _draw(_Paper(canvas), poster)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def as_picture(poster: Poster) -> bytes:
    """Return the poster as a picture of the same page, PNG."""
    _load_fonts()
    picture = Picture(*A4)
    _draw(_Screen(picture), poster)
    return picture.png()


def missing(poster: Poster) -> frozenset[str]:
    """Return those letters of *poster* that its font does not have: it cannot be printed so."""
    _load_fonts()
    said = (translate(each, poster.language) for each in _TEXTS)
    text = "".join((*said, poster.words, poster.site, poster.number))
    glyphs = pdfmetrics.getFont(_FONT).face.charToGlyph
    return frozenset(letter for letter in text if ord(letter) not in glyphs)


class _Sheet(Protocol):
    """What a poster is drawn on: in points, from below and the left."""

    def words(self, text: str, middle: float, base: float, font: str, size: float) -> None: ...

    def square(self, left: float, bottom: float, side: float) -> None: ...


class _Paper:
    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def words(self, text: str, middle: float, base: float, font: str, size: float) -> None:
        self._canvas.setFont(font, size)
        self._canvas.drawCentredString(middle, base, text)

    def square(self, left: float, bottom: float, side: float) -> None:
        self._canvas.rect(left, bottom, side, side, stroke=0, fill=1)


class _Screen:
    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def words(self, text: str, middle: float, base: float, font: str, size: float) -> None:
        file = Path(pdfmetrics.getFont(font).face.filename)
        self._picture.words(text, middle, base, file, size)

    def square(self, left: float, bottom: float, side: float) -> None:
        self._picture.square(left, bottom, side)


def _draw(sheet: _Sheet, poster: Poster) -> None:
    said, codes = {text: translate(text, poster.language) for text in _TEXTS}, poster.codes()
    top = A4[1] - _MARGIN
    top = _line(sheet, said[TITLE], top, 34, bold=True)
    top = _line(sheet, f"{poster.code} · {poster.site}", top - 4 * mm, 22)
    if poster.number:
        top = _line(sheet, said[BY_SMS], top - 10 * mm, 20)
        top = _line(sheet, poster.words, top - 4 * mm, 64, bold=True)
        top = _line(sheet, said[TO], top - 2 * mm, 20)
        top = _line(sheet, poster.number, top - 4 * mm, 64, bold=True)
    if codes:
        hint = said[BY_TELEGRAM] if "telegram" in codes else said[BY_CAMERA]
        top = _line(sheet, hint, top - 8 * mm, 18)
        bottom = _MARGIN + 16 * mm
        side = min(top - bottom - 8 * mm, (A4[0] - 2 * _MARGIN) / len(codes) - 6 * mm)
        step = A4[0] / (len(codes) + 1)
        for place, (name, payload) in enumerate(codes.items(), start=1):
            left = step * place - side / 2
            _squares(sheet, payload, left, bottom + 8 * mm, side)
            sheet.words(_NAMES[name], step * place, bottom + 2 * mm, _FONT, 12)
    _line(sheet, said[LEAVE], _MARGIN + 8 * mm, 16)


_TEXTS: Final = (TITLE, BY_SMS, TO, BY_TELEGRAM, BY_CAMERA, LEAVE)
_NAMES: Final = {"sms": "SMS", "telegram": "Telegram"}


def _line(sheet: _Sheet, text: str, top: float, size: float, *, bold: bool = False) -> float:
    """Write *text* in the middle, smaller where it is too long; return where the next begins."""
    font = _BOLD if bold else _FONT
    room = A4[0] - 2 * _MARGIN
    size = min(size, size * room / max(pdfmetrics.stringWidth(text, font, size), 1))
    sheet.words(text, A4[0] / 2, top - size, font, size)
    return top - size * 1.2


def _squares(sheet: _Sheet, said: str, left: float, bottom: float, side: float) -> None:
    rows = [list(row) for row in _code(said).matrix_iter(border=_QUIET)]
    module = side / len(rows)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                x, y = left + across * module, bottom + side - (down + 1) * module
                sheet.square(x, y, module)


def _code(said: str) -> segno.QRCode:
    # A poster gets dirty: a quarter of it may be unreadable.
    return segno.make(said, error="q", micro=False)


@cache
def _load_fonts() -> None:
    for name in (_FONT, _BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
