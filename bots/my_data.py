"""Say what the list of news keeps of this phone, and how to have it erased. Nothing of reports."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from bots.conversation import Conversation, Dialogue, Outcome, Prompt, Said
from bots.effects import FindKnown, KnownFound
from locales import N_

my_data = Conversation("my_data")

FIRST = Prompt(
    N_("You, for news. Place: {site}. Work: {work}. Gender: {gender}. Registered: {papers}.")
)
OTHER = Prompt(
    N_(
        "Another on this phone. Place: {site}. Work: {work}. "
        "Gender: {gender}. Registered: {papers}."
    )
)

#: Since when, and how they came.
SINCE: Final[Mapping[str, Prompt]] = {
    "own": Prompt(
        N_(
            "On the list since {date} by your own word, in {language}. "
            "To erase it, send FORGET ME."
        )
    ),
    "counter": Prompt(
        N_(
            "On the list since {date} as was agreed at a counter, in {language}. "
            "To erase it, send FORGET ME."
        )
    ),
    "file": Prompt(
        N_(
            "On the list since {date} by a file that was brought, in {language}. "
            "To erase it, send FORGET ME."
        )
    ),
}
LESSONS = Prompt(N_("Also kept: which lessons you got, and what you answered."))
STOPPED = Prompt(N_("You have sent STOP. That is kept, so that no news comes."))
NOTHING = Prompt(N_("We keep nothing of this phone for news."))


@my_data.opening
def opened(dialogue: Dialogue, _said: Said) -> Outcome:
    """Look it up."""
    return Outcome(dialogue, do=FindKnown())


@my_data.on(KnownFound)
def told(_dialogue: Dialogue, event: KnownFound) -> Outcome:
    """Say all of it, one message for each person; last how it came, and how it is erased."""
    beside = (*((STOPPED,) if event.stopped else ()), *((LESSONS,) if event.lessons else ()))
    if not event.people:
        return Outcome(None, say=beside or (NOTHING,))
    people = (
        (OTHER if number else FIRST).filled(**asdict(person))
        for number, person in enumerate(event.people)
    )
    since = SINCE[event.how].filled(date=event.date, language=event.language)
    return Outcome(None, say=(*people, *beside, since))
