"""What the list of news keeps of somebody, in the words in which the bot asked for it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from bots import effects as wish
from bots.conversation import Listener, Prompt
from bots.phrases import SKIP
from bots.subscribe import FORMALITY, GENDER, ROLE
from channels.base import Style
from locales import N_, languages, translate
from outreach.day_words import told
from outreach.known import Entry, Known, Person
from outreach.subscribers import State

NOT_TOLD: Final = N_("not told")


def _labels(prompt: Prompt) -> dict[str, str]:
    told = (choice for choice in prompt.choices if choice != SKIP)
    return {choice.key.removeprefix("role_"): choice.label for choice in told}


#: The bot asks with most of them; the others come with a file.
WORK: Final[Mapping[str, str]] = {
    **_labels(ROLE),
    "leader": N_("Leader of a group"),
    "licence": N_("Licence holder"),
    "community": N_("Community member"),
}
GENDERS: Final[Mapping[str, str]] = _labels(GENDER)
PAPERS: Final[Mapping[str, str]] = _labels(FORMALITY)


def found(known: Known, language: str, style: Style, today: date) -> wish.KnownFound:
    """Return all that is kept, for who reads *language* in *style*. *today*: the forum's own."""
    sms, entry = style is Style.SMS, known.entry
    stopped = known.stopped_at is not None or (entry is not None and entry.state is State.STOPPED)
    beside = wish.KnownFound(stopped=stopped, lessons=bool(known.learning))
    if entry is None:
        return beside
    spoken = languages().get(entry.language)
    name = entry.language if spoken is None else spoken.plain if sms else spoken.name
    since = told(entry.since.date(), language, today, sms=sms)
    people = tuple(_listener(person, language, sms=sms) for person in known.people)
    return replace(beside, people=people, language=name, date=since, how=_how(entry))


def _how(entry: Entry) -> str:
    if entry.listed:
        return "file"
    return "counter" if entry.consent_how else "own"


def _listener(person: Person, language: str, *, sms: bool) -> Listener:
    def said(names: Mapping[str, str], value: str | None) -> str:
        return translate(names.get(value or "", NOT_TOLD), language, sms=sms)

    profile = person.profile
    return Listener(
        person.place or translate(NOT_TOLD, language, sms=sms),
        said(WORK, profile.role),
        said(GENDERS, profile.gender),
        said(PAPERS, profile.formality),
    )
