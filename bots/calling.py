"""A call that tells of a rule: what is played and said, and what each key does. Pure.

The parts that it was made for are played one after the other; a key chooses. A part counts as
heard when it was played to its end and somebody has pressed a key in that call: a mailbox listens
to all of it, and presses none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from channels.base import Address, Arrival, Inbound, Stopped
from channels.calls import Line, Next, Place, Play, Say, Script, Turn
from locales import N_, translate
from outreach.call_phrases import Phrase, Words
from outreach.called import Told
from outreach.rule_texts import DIGITS

#: The keys that do something else than to play a part.
STOP, LEAVE, CALL = "0", "8", "9"

GREETING = N_("Good day. This is about a rule that changes: {title}.")
#: The same for somebody who reads it aloud once for all rules.
ANY_RULE = N_("Good day. This is about a rule that changes.")
PARTS = N_(
    "To hear a part, press its number: 1 why, 2 what changes, 3 the rules, 4 who helps, 5 how to "
    "get it."
)
OTHERS = N_(
    "To leave a message, press 8. To be called back, press 9. For no more of these calls, press 0."
)
UNRECORDED = N_("There is no recording of that part.")
WRONG = N_("That key does nothing here.")
SPEAK = N_("Speak after the tone. When you have said it, press any key.")
KEPT = N_("Thank you. We have your message. More comes by SMS.")
WILL_CALL = N_("Thank you. Somebody will call you.")
NO_CALLS = N_("We do not call this number any more. Goodbye.")
GOODBYE = N_("Thank you for listening. Goodbye.")

#: What is said, as it is read aloud for a recording.
PHRASES: Final[Mapping[Phrase, str]] = {
    Phrase.GREETING: ANY_RULE,
    Phrase.PARTS: PARTS,
    Phrase.OTHERS: OTHERS,
    Phrase.UNRECORDED: UNRECORDED,
    Phrase.WRONG: WRONG,
    Phrase.SPEAK: SPEAK,
    Phrase.KEPT: KEPT,
    Phrase.WILL_CALL: WILL_CALL,
    Phrase.NO_CALLS: NO_CALLS,
    Phrase.GOODBYE: GOODBYE,
}

#: Seconds, rather too many than too few: a part that comes after it has begun by then.
GREETING_TAKES = 10

#: Seconds of silence after a part, and after the menu.
AFTER_A_PART = 2
AFTER_THE_MENU = 7

#: How often the menu is said to somebody who presses nothing.
MOST_SILENCES = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said next. *heard*: digits of the parts that have been heard for certain."""

    script: Script
    heard: str = ""


def words(language: str) -> Words:
    """Return what is to be read aloud in *language* for a recording of each sentence."""
    return {phrase: translate(text, language) for phrase, text in PHRASES.items()}


def arrivals(turn: Turn) -> Sequence[Arrival]:
    """Return what somebody wishes by a key, or has said: it is kept before it is answered.

    Each has an id that is the same however often the provider asks.
    """
    if turn.spoken_id:
        media = () if turn.spoken is None else (turn.spoken,)
        return [Inbound(turn.phone, turn.spoken_id, turn.words, media=media)]
    if turn.key == CALL:
        return [Inbound(turn.phone, f"{turn.call}:{CALL}", rang=True)]
    if turn.key == STOP:
        return [Stopped(Address(turn.line, turn.phone.value), f"{turn.call}:{STOP}")]
    return []


def answer(turn: Turn, told: Told | None, now: int) -> Answer:
    """Return what is said next. *now*: seconds since 1970. *told* None: nothing any more."""
    if told is None:
        return Answer(Script((), Next.END))
    if turn.place is None:
        greeting = _greeting(told)
        takes = greeting.seconds if isinstance(greeting, Play) else GREETING_TAKES
        return Answer(_play(Place(), told, told.tells[0], now + takes, (greeting,)))
    if turn.spoken_id:
        return Answer(_menu(turn.place, told, Phrase.KEPT, parts=False))
    place, heard = _heard(turn.place, turn.key, told, now)
    script = _keyed(place, turn.key, told, now) if turn.key else _silent(place, told, now)
    return Answer(script, heard)


def _greeting(told: Told) -> Line:
    recorded = told.phrases.get(Phrase.GREETING)
    if recorded is not None:
        return recorded
    return Say(translate(GREETING, told.language).format(title=told.title), told.language)


def _heard(before: Place, key: str, told: Told, now: int) -> tuple[Place, str]:
    """Return where the call stands by now, and which parts have been heard for certain."""
    part = told.sounds.get(before.playing)
    ended = part is not None and (not key or now - before.since >= part.seconds)
    played = before.played + (before.playing if ended else "")
    if not (before.pressed or key):
        return replace(before, played=played), ""
    return replace(before, played="", pressed=True), played


def _silent(place: Place, told: Told, now: int) -> Script:
    """Go on with the next part until somebody presses a key; then say the menu, twice at most."""
    if place.playing:
        after = told.tells.partition(place.playing)[2]
        if after and not place.pressed:
            return _play(place, told, after[0], now)
        return _menu(place, told)
    if place.silences < MOST_SILENCES:
        return _menu(place, told)
    return _end(told, Phrase.GOODBYE)


def _keyed(place: Place, key: str, told: Told, now: int) -> Script:
    here = replace(place, silences=0)
    if key in told.sounds:
        return _play(here, told, key, now)
    match key:
        case "0":
            return _end(told, Phrase.NO_CALLS)
        case "8":
            said = _said(told, Phrase.SPEAK)
            return Script(said, Next.WORDS, replace(here, playing=""))
        case "9":
            return _menu(here, told, Phrase.WILL_CALL, parts=False)
    return _menu(here, told, Phrase.UNRECORDED if key in DIGITS else Phrase.WRONG)


def _play(place: Place, told: Told, digit: str, now: int, before: tuple[Line, ...] = ()) -> Script:
    sound: Play = told.sounds[digit]
    here = replace(place, playing=digit, since=now, silences=0)
    return Script((*before, sound), Next.KEY, here, AFTER_A_PART)


def _menu(place: Place, told: Told, before: Phrase | None = None, *, parts: bool = True) -> Script:
    """Say what the keys do; *before*: what is said first. *parts*: those of the parts as well."""
    first = () if before is None else (before,)
    phrases = (*first, *((Phrase.PARTS,) if parts else ()), Phrase.OTHERS)
    here = replace(place, playing="", silences=place.silences + 1)
    return Script(_said(told, *phrases), Next.KEY, here, AFTER_THE_MENU)


def _end(told: Told, phrase: Phrase) -> Script:
    return Script(_said(told, phrase), Next.END)


def _said(told: Told, *phrases: Phrase) -> tuple[Line, ...]:
    """Return sentences as the forum recorded them, or else for the provider's machine to read."""
    return tuple(
        told.phrases.get(one) or Say(translate(PHRASES[one], told.language), told.language)
        for one in phrases
    )
