"""What the list keeps of somebody, told in words: for the page, and to take away."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Final, TypeAlias

from console import outreach_words as words
from console.times import year_date
from console.words import CHANNELS, in_words
from locales import N_, languages
from outreach.known import Entry, Known, Learning, Person
from outreach.learners import State as Learns
from outreach.subscribers import State

#: What is called what, and said how.
Facts: TypeAlias = list[tuple[str, str]]

#: A heading, and what stands below it.
Sections: TypeAlias = list[tuple[str, Facts]]

STATES: Final[Mapping[State, str]] = {
    State.PENDING: N_("On a file that is being put on the list"),
    State.ACTIVE: N_("News comes"),
    State.STOPPED: N_("Has stopped news"),
}

LEARNS: Final[Mapping[Learns, str]] = {
    Learns.ACTIVE: N_("Lessons come"),
    Learns.STOPPED: N_("Has stopped the lessons"),
    Learns.DONE: N_("Has had all of them"),
}

ON_THE_LIST: Final = N_("On the list")
SOMEBODY: Final = N_("Who listens there")
SOMEBODY_ELSE: Final = N_("Somebody else who listens there")
LESSONS: Final = N_("Lessons: %(name)s")
OWN_WORD: Final = N_("By their own word, from this telephone")
LISTED: Final = N_("By a file that was brought")
COUNTER: Final = N_("At the counter")
NO_CALLS: Final = N_("Wants no calls")
STOP: Final = N_("Sent STOP")
YES: Final = N_("Yes")


def sections(known: Known, zone: tzinfo, language: str) -> Sections:
    """Return all that is known of one address; days that were kept as days stay what they are."""

    def said(text: str) -> str:
        return in_words(text, language)

    def day(moment: datetime) -> str:
        return year_date(moment.astimezone(zone).date(), language)

    told: Sections = []
    if known.entry or known.stopped_at:
        told.append((said(ON_THE_LIST), _entry(known, said, day, language)))
    for number, person in enumerate(known.people):
        head = said(SOMEBODY_ELSE if number else SOMEBODY)
        told.append((head, _person(person, said, day, language)))
    for one in known.learning:
        told.append((said(LESSONS) % {"name": one.series}, _learning(one, said, language)))
    return told


def _entry(
    known: Known, said: Callable[[str], str], day: Callable[[datetime], str], language: str
) -> Facts:
    facts = [(said(N_("Channel")), said(CHANNELS.get(known.channel, known.channel)))]
    if known.entry is not None:
        facts += _row(known.entry, said, day, language)
    if known.stopped_at is not None:
        facts.append((said(STOP), day(known.stopped_at)))
    return facts


def _row(
    entry: Entry, said: Callable[[str], str], day: Callable[[datetime], str], language: str
) -> Facts:
    tongue = languages().get(entry.language)
    facts = [
        (said(N_("State")), said(STATES[entry.state])),
        (said(N_("Since")), day(entry.since)),
        (said(N_("Language")), tongue.name if tongue else entry.language),
        (said(N_("How they came")), said(_how_they_came(entry))),
    ]
    facts += _agreed(entry, said, language)
    if entry.cohort:
        facts.append((said(N_("Pilot")), entry.cohort))
    if entry.heard_at:
        last = year_date(entry.heard_at.date(), language)
        facts.append((said(N_("Last word about news")), last))
    return [*facts, *([(said(NO_CALLS), said(YES))] if entry.uncalled else [])]


def _agreed(one: Entry | Person, said: Callable[[str], str], language: str) -> Facts:
    if not one.consent_how or not one.consent_at:
        return []
    day = year_date(one.consent_at.date(), language)
    return [(said(N_("How they agreed")), one.consent_how), (said(N_("On which day")), day)]


def _how_they_came(entry: Entry) -> str:
    if entry.listed:
        return LISTED
    return COUNTER if entry.consent_how else OWN_WORD


def _person(
    person: Person, said: Callable[[str], str], day: Callable[[datetime], str], language: str
) -> Facts:
    profile, facts = person.profile, []
    for label, value, names in (
        (N_("Site"), person.site, {}),
        (N_("Work"), profile.role, words.ROLES),
        (N_("Gender"), profile.gender, words.GENDERS),
        (N_("Registration of the work"), profile.formality, words.FORMALITIES),
        (N_("Phase of the value chain"), profile.phase, words.PHASES),
    ):
        known = said(names.get(value, value)) if value else said(N_("Not told"))
        facts.append((said(label), known))
    if person.told_at:
        facts.append((said(N_("Told on")), day(person.told_at)))
    return [*facts, *_agreed(person, said, language)]


def _learning(one: Learning, said: Callable[[str], str], language: str) -> Facts:
    return [
        (said(N_("State")), said(LEARNS[one.state])),
        (said(N_("Since")), year_date(one.since.date(), language)),
        (said(N_("Lessons that were sent")), str(one.sent)),
        (said(N_("Questions that were answered")), str(one.answered)),
        (said(N_("Answered rightly")), str(one.right)),
    ]
