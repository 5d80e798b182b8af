"""What an audience can be chosen by, as the forum is now: values of each criterion, and names."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from aiohttp import web

from console import outreach_words as words
from console.access import VISIT
from console.services import Services, services_of
from console.times import full_date
from console.words import CHANNELS, in_words
from forum import bodies
from locales import N_, languages
from outreach import subscribers, titles
from outreach.audiences import Audience
from outreach.titles import Titled
from storage.unit_of_work import Reads

GONE: Final = N_("A broadcast that is not known any more")

#: The name of each value, in the reader's language, by criterion.
Offer: TypeAlias = Mapping[str, Mapping[str, str]]


async def offer(request: web.Request, db: Reads, *chosen: Audience) -> Offer:
    """Return what can be chosen, and what is *chosen*, even where it is not on offer any more.

    A form that left it out would take it away by whatever else is changed in it.
    """
    offered = await _offered(request, db, chosen)
    return {
        name: {**texts, **{one: texts.get(one, one) for one in _chosen(chosen, name)}}
        for name, texts in offered.items()
    }


def _chosen(audiences: Iterable[Audience], *names: str) -> Sequence[str]:
    """Return the values that are chosen in some fields."""
    return sorted({value for one in audiences for name in names for value in one.chosen()[name]})


async def _offered(request: web.Request, db: Reads, chosen: Sequence[Audience]) -> Offer:
    language = request[VISIT].language
    every = await bodies.all_sites(db)
    left, titled = await _left(request, db, _chosen(chosen, "answered", "not_reached"))
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
        "answered": {**left, **_those(chosen, "answered", titled)},
        "not_reached": {**left, **_those(chosen, "not_reached", titled)},
        "cohorts": _plain(await subscribers.cohorts(db)),
    }


def _those(chosen: Sequence[Audience], name: str, titled: Mapping[str, str]) -> Mapping[str, str]:
    return {one: titled[one] for one in _chosen(chosen, name)}


async def _left(
    request: web.Request, db: Reads, chosen: Sequence[str]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the names of what has left and is on offer, and of what is chosen of it."""
    services, language = services_of(request), request[VISIT].language
    offered = {one.id: _title(one, services, language) for one in await titles.offered(db)}
    known = await titles.of(db, chosen) if chosen else {}
    gone = in_words(GONE, language)
    named = {
        one: _title(known[one], services, language) if one in known else gone for one in chosen
    }
    return offered, named


def _title(one: Titled, services: Services, language: str) -> str:
    if one.began_at is None:
        return one.title
    day = full_date(one.began_at.astimezone(services.zone).date(), language)
    return " · ".join(filter(None, (one.title, day, one.zone)))


def translated(texts: Mapping[str, str], language: str) -> Mapping[str, str]:
    """Return the msgids of *texts* in words."""
    return {key: in_words(text, language) for key, text in texts.items()}


def _plain(names: Iterable[str]) -> Mapping[str, str]:
    return {name: name for name in sorted(set(names))}
