"""Reads numbers and days as people write them: in any script, with words around them. Pure.

What can be read in two ways is read in none: whoever wrote it is asked again.
"""

import re
from datetime import date
from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.numbers import get_group_symbol

from locales import BASE, folded, languages

#: The largest number that is believed.
LARGEST: Final = 1_000_000_000

#: A number: digits, perhaps in threes, perhaps with a part of one behind.
_NUMBER: Final = re.compile(
    r"\d{1,3}(?P<mark>[ ,.'])\d{3}(?:(?P=mark)\d{3})*(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?"
)
_THREES: Final = re.compile(r"(\d{1,3}(?:([ ,.'])\d{3})(?:\2\d{3})*)(?:([.,])(\d+))?")

#: «-5», but neither «5-6» nor a dash with a space behind it.
_BELOW_ZERO: Final = re.compile(r"(?<!\w)[-\u2212\u2013]\d")
#: «.5»
_NO_UNITS: Final = re.compile(r"(?<![\w.,])[.,](?=\d)")

_MARK: Final = r"[ ]?[./ -][ ]?"
_DAY_MONTH: Final = re.compile(
    rf"(?<!\d)(\d{{1,2}}){_MARK}(\d{{1,2}})(?:{_MARK}(\d{{4}}|\d{{2}}))?(?!\d)"
)
_YEAR_FIRST: Final = re.compile(r"(?<!\d)(\d{4})[./-](\d{1,2})(?:[./-](\d{1,2}))?(?!\d)")
_MONTH_YEAR: Final = re.compile(rf"(?<!\d)(\d{{1,2}}){_MARK}(\d{{4}})(?!\d)")

#: Digits of a year that is written out.
_FULL_YEAR: Final = 4

#: Years to come that «98» may mean; further ahead it is of the last century.
_AHEAD: Final = 20

#: Years of a life: nobody tells of a day further away from today.
_LIFE: Final = 100


def number(text: str, language: str = BASE, *, again: bool = False) -> float | None:
    """Return the one number that *text* holds; None: none, more than one, or it is not clear.

    «1,200» is clear in a *language* that writes thousands so, and «1.125» in none: it is taken for
    a part of one by who was asked *again*. Nobody has less than nothing.
    """
    if _BELOW_ZERO.search(text):
        return None
    found = [match[0] for match in _NUMBER.finditer(folded(_NO_UNITS.sub("0.", text)))]
    if len(found) != 1:
        return None
    (written,) = found
    threes = _THREES.fullmatch(written)
    value = (
        float(written.replace(",", "."))
        if threes is None
        else _whole(threes, language, again=again)
    )
    return value if value is not None and value <= LARGEST else None


def _whole(threes: re.Match[str], language: str, *, again: bool) -> float | None:
    """Return a number that is written in threes; None: that may mean something else."""
    written, mark, point, part = threes.groups()
    if point == mark:
        return None
    if written.count(mark) == 1 and point is None and mark in ",.":
        if written.startswith("0") or (mark != _thousands(language) and again):
            return float(written.replace(mark, "."))
        if mark != _thousands(language):
            return None
    if written.startswith("0"):
        return None
    return float(f"{re.sub(r'[^0-9]', '', written)}.{part or 0}")


def day(text: str, today: date, language: str = BASE) -> date | None:
    """Return the day that *text* names, such as «12 May» or «12/5»; None: it names none.

    The day stands before the month. Without a year it is the one nearest to *today*.
    """
    plain = folded(text)
    if match := _YEAR_FIRST.search(plain):
        return None if match[3] is None else _made(*map(int, match.groups()))
    if match := _DAY_MONTH.search(plain):
        return _near(int(match[1]), int(match[2]), match[3], today)
    month, digits = _named(plain, language)
    if month is None or not 1 <= len(digits) <= 2:  # noqa: PLR2004 - the day, perhaps the year
        return None
    of_month, *year = sorted(digits, key=len) if len(digits[0]) == _FULL_YEAR else digits
    return _near(int(of_month), month, year[0] if year else None, today)


def period(text: str, today: date, language: str = BASE) -> str | None:
    """Return the month or the year that *text* names alone: «2024-03», «2019»; None: neither."""
    plain = folded(text)
    month, digits = _named(plain, language)
    if match := _YEAR_FIRST.fullmatch(plain):
        return None if match[3] else _month(int(match[1]), int(match[2]), today)
    if match := _MONTH_YEAR.search(plain):
        return _month(int(match[2]), int(match[1]), today)
    if len(digits) != 1 or len(digits[0]) != _FULL_YEAR:
        return None
    year = int(digits[0])
    if month is not None:
        return _month(year, month, today)
    return digits[0] if abs(year - today.year) <= _LIFE else None


def _month(year: int, month: int, today: date) -> str | None:
    first = _made(year, month, 1)
    return None if first is None or abs(year - today.year) > _LIFE else f"{first:%Y-%m}"


def _named(plain: str, language: str) -> tuple[int | None, list[str]]:
    """Return the month that is called by its name, and the digits beside it."""
    words, months = re.findall(r"[^\W\d_]+", plain), _months(language)
    month = next((months[word] for word in words if word in months), None)
    return month, re.findall(r"\d+", plain)


def _near(of_month: int, month: int, year: str | None, today: date) -> date | None:
    if year is not None:
        return _made(_year(year, today), month, of_month)
    years = (today.year - 1, today.year, today.year + 1)
    made = [found for one in years if (found := _made(one, month, of_month))]
    return min(made, key=lambda found: abs((found - today).days), default=None)


def _year(written: str, today: date) -> int:
    """Return a year of four digits, or of two: then of this century, or of the last."""
    if len(written) == _FULL_YEAR:
        return int(written)
    year = today.year - today.year % 100 + int(written)
    return year if year <= today.year + _AHEAD else year - 100


def _made(year: int, month: int, of_month: int) -> date | None:
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


@cache
def _thousands(language: str) -> str:
    """Return what stands between thousands in *language*; empty: nobody has told."""
    locale = _locale(language)
    return "" if locale is None else get_group_symbol(locale)


@cache
def _months(language: str) -> dict[str, int]:
    """Return what the months are called, in every language that has names for them.

    Shortened only in *language* and in English: «des» is Swahili for December, and French for
    much else.
    """
    names: dict[str, int] = {}
    for width, tags in (("wide", (language, *languages())), ("abbreviated", (language, BASE))):
        for tag in tags:
            locale = _locale(tag)
            for month, name in locale.months["format"][width].items() if locale else ():
                names.setdefault(folded(name), month)
    return names


def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None  # many languages of mining regions are not in CLDR
