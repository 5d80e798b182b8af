"""Pages from templates: one environment a language, escaping always on."""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, Final, Protocol

from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from console import assets, times
from console.notices import COUNTED, Notice
from console.words import in_words
from locales import languages, ngettext, translate

FOLDER: Final = Path(__file__).parent / "templates"


class Timed(Protocol):
    """Something with a deadline."""

    @property
    def warn_at(self) -> datetime | None:
        """From when on it presses."""

    @property
    def due_at(self) -> datetime | None:
        """From when on it is late."""


@cache
def environment(language: str) -> Environment:
    """Return the environment whose texts are in *language*."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,  # a misspelt name is a failed test, not an empty page
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        partial(translate, language=language, domain="console"),
        _plural_in(language),
        newstyle=True,
    )
    made.globals.update(asset=assets.address, language=language)
    made.filters.update(
        time_left=_with_now(times.time_left, language),
        ago=_with_now(times.ago, language),
        waited=_with_now(times.waited, language),
        moment=_with_zone(times.moment, language),
        day=_with_zone(times.day, language),
        calendar_day=_with_zone(times.calendar_day, language),
        lasted=partial(_lasted, language=language),
        full_date=partial(times.full_date, language=language),
        year_date=partial(times.year_date, language=language),
        month_name=partial(times.month_name, language=language),
        weekday=partial(times.weekday, language=language),
        sentence=partial(in_words, language=language),
        said=partial(_said, language=language),
        tone=_tone,
        language_name=language_name,
        number=partial(_number, language=language),
        share=partial(_share, language=language),
        paragraphs=paragraphs,
    )
    return made


def render(template: str, language: str, **values: Any) -> str:
    """Return the page *template* in *language*; *values* must hold ``now`` and ``zone``."""
    return environment(language).get_template(template).render(**values)


# A page of results has a thousand numbers, most of them small and many the same.


@lru_cache(maxsize=8192, typed=True)
def _number(value: float, language: str) -> str:
    return format_decimal(value, locale=language)


def _share(value: float, language: str) -> str:
    """Return *value*, 1 for all, in whole percent."""
    return _percent(round(Decimal(str(value)) * 100), language)


@lru_cache(maxsize=2048)
def _percent(percent: int, language: str) -> str:
    return format_percent(Decimal(percent) / 100, locale=language)


def language_name(tag: str) -> str:
    """Return what the speakers of *tag* call their language; the tag itself if it is unknown."""
    known = languages().get(tag)
    return known.name if known else tag


def paragraphs(text: str) -> Markup:
    """Return what somebody wrote as paragraphs, with their own line breaks."""
    parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n")]
    kept = [escape(part).replace("\n", Markup("<br>")) for part in parts if part]
    return Markup("").join(Markup("<p>{}</p>").format(part) for part in kept)


def _lasted(minutes: float, language: str) -> str:
    return times.lasted(timedelta(minutes=minutes), language)


def _said(notice: Notice, language: str) -> str:
    words = {name: in_words(msgid, language) for name, msgid in notice.words.items()}
    if notice.key in COUNTED:
        count = int(notice.params["count"])
        text = ngettext(*COUNTED[notice.key], count, language, domain="console")
    else:
        text = in_words(notice.msgid, language)
    return text % {**notice.params, **words}


@pass_context
def _tone(context: Context, deadline: Timed) -> str:
    """Return how a deadline looks: ``over``, ``soon`` or ``calm``."""
    now = context["now"]
    if deadline.due_at is None or deadline.warn_at is None:
        return "calm"
    if deadline.due_at <= now:
        return "over"
    return "soon" if deadline.warn_at <= now else "calm"


def _plural_in(language: str) -> Callable[[str, str, int], str]:
    def plural(singular: str, several: str, n: int) -> str:
        return ngettext(singular, several, n, language, domain="console")

    return plural


def _with_now(
    phrase: Callable[[datetime, datetime, str], str], language: str
) -> Callable[[Context, datetime], str]:
    @pass_context
    def filtered(context: Context, at: datetime) -> str:
        return phrase(at, context["now"], language)

    return filtered


def _with_zone(
    phrase: Callable[[datetime, tzinfo, str], str], language: str
) -> Callable[[Context, datetime], str]:
    @pass_context
    def filtered(context: Context, at: datetime) -> str:
        return phrase(at, context["zone"], language)

    return filtered
