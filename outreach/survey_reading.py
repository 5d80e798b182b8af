"""Reads numbers and days as people write them: in any script, with words around them. Pure."""

import re
from datetime import date
from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError

from locales import folded, languages

#: The largest number that is believed.
LARGEST: Final = 1_000_000_000

#: A number: digits, perhaps in threes, perhaps with a part of one behind.
_NUMBER: Final = re.compile(r"\d{1,3}(?:[ ,.]\d{3})+(?!\d)|\d+(?:[.,]\d+)?")

_DAY_MONTH: Final = re.compile(r"(\d{1,2})[ ]?[./ -][ ]?(\d{1,2})(?:[ ]?[./ -][ ]?(\d{4}|\d{2}))?")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})")
#: Years of two digits are of this century.
_CENTURY: Final = 2000

#: Digits of a year that is written out.
_FULL_YEAR: Final = 4


def number(text: str) -> float | None:
    """Return the one number that *text* holds; None: there is none, or more than one."""
    found = _NUMBER.findall(folded(text))
    if len(found) != 1:
        return None
    (written,) = found
    if re.fullmatch(r"\d{1,3}(?:[ ,.]\d{3})+", written):
        written = re.sub(r"\D", "", written)
    value = float(written.replace(",", "."))
    return value if value <= LARGEST else None


def day(text: str, today: date) -> date | None:
    """Return the day that *text* names, such as «12 May» or «12/5»; None: it names none.

    The day stands before the month. Without a year it is the one nearest to *today*.
    """
    plain = folded(text)
    if match := _YEAR_FIRST.search(plain):
        year, month, of_month = map(int, match.groups())
        return _made(year, month, of_month)
    if match := _DAY_MONTH.search(plain):
        return _near(int(match[1]), int(match[2]), match[3], today)
    return _with_name(plain, today)


def _with_name(plain: str, today: date) -> date | None:
    """Read «12 May», «May 12» and «12 mai 2026»."""
    words = re.findall(r"[^\W\d_]+", plain)
    month = next((_months()[word] for word in words if word in _months()), None)
    digits = re.findall(r"\d+", plain)
    if month is None or not 1 <= len(digits) <= 2:  # noqa: PLR2004 - the day, perhaps the year
        return None
    year = digits[1] if len(digits) > 1 else None
    return _near(int(digits[0]), month, year, today)


def _near(of_month: int, month: int, year: str | None, today: date) -> date | None:
    if year is not None:
        whole = int(year) if len(year) == _FULL_YEAR else _CENTURY + int(year)
        return _made(whole, month, of_month)
    years = (today.year - 1, today.year, today.year + 1)
    made = [found for one in years if (found := _made(one, month, of_month))]
    return min(made, key=lambda found: abs((found - today).days), default=None)


def _made(year: int, month: int, of_month: int) -> date | None:
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


@cache
def _months() -> dict[str, int]:
    """Return what the months are called, in every language that has names for them."""
    names: dict[str, int] = {}
    for tag in languages():
        try:
            locale = Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue  # many languages of mining regions are not in CLDR
        for width in ("wide", "abbreviated"):
            for month, name in locale.months["format"][width].items():
                names.setdefault(folded(name), month)
    return names
