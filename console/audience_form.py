"""What an audience can be chosen by, as the forum is now: values of each criterion, and names."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from aiohttp import web

from channels import broadcasts
from console import outreach_words as words
from console.access import VISIT
from console.services import Services, services_of
from console.times import full_date
from console.words import CHANNELS, in_words
from forum import bodies
from locales import languages
from outreach import subscribers
from storage.unit_of_work import Reads

#: The name of each value, in the reader's language, by criterion.
Offer: TypeAlias = Mapping[str, Mapping[str, str]]


async def offer(request: web.Request, db: Reads) -> Offer:
    """Return what can be chosen."""
    services, language = services_of(request), request[VISIT].language
    every = await bodies.all_sites(db)
    told = {one.id: _day(one.made_at, services, language) for one in await broadcasts.recent(db)}
    return {
        "sites": {site.id: f"{site.code} · {site.name}" for site in every},
        "districts": _plain(site.district for site in every),
        "minerals": _plain(site.mineral for site in every),
        "methods": translated(words.METHODS, language),
        "deposits": translated(words.DEPOSITS, language),
        "scales": translated(words.SCALES, language),
        "phases": translated(words.PHASES, language),
        "roles": translated(words.ROLES, language),
        "languages": {tag: one.name for tag, one in languages().items()},
        "genders": translated(words.GENDERS, language),
        "formalities": translated(words.FORMALITIES, language),
        "channels": translated(CHANNELS, language),
        "heard": translated(words.HEARD, language),
        "answered": told,
        "not_reached": told,
        "cohorts": _plain(await subscribers.cohorts(db)),
    }


def translated(texts: Mapping[str, str], language: str) -> Mapping[str, str]:
    """Return the msgids of *texts* in words."""
    return {key: in_words(text, language) for key, text in texts.items()}


def _plain(names: Iterable[str]) -> Mapping[str, str]:
    return {name: name for name in sorted(set(names))}


def _day(moment: datetime, services: Services, language: str) -> str:
    there = moment.astimezone(services.zone)
    return f"{full_date(there.date(), language)}, {there:%H:%M}"
