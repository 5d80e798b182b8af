"""A day in the words of who reads it, for a chat and for a basic phone."""

import unicodedata
from datetime import date
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from channels import segments
from locales import chain

#: What stands for the date where it has its year and where it is in the year that we are in.
_WITH_YEAR: Final = "d MMM y"
_THIS_YEAR: Final = "d MMM"


def told(day: date, language: str, today: date, *, sms: bool) -> str:
    """Return a day as people say it, «12 May»; with its year, where that is not this one.

    The month is in the nearest language of the chain that the calendar's tables know. An SMS
    gets it in plain letters: «1 aout».
    """
    pattern = _THIS_YEAR if day.year == today.year else _WITH_YEAR
    text = format_date(day, pattern, locale=_locale(language))
    return _plain(text) if sms and segments.foreign(text) else text


def _locale(language: str) -> Locale:
    for tag in chain(language):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(each for each in parts if unicodedata.category(each) != "Mn")
