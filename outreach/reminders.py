"""What a reminder says before the words of its broadcast: which day is meant, and how far off.

A reminder that repeats the same words for the third time leaves its reader to guess whether the
day has moved. So its first message begins with a line from the catalogue, in the language of the
words. The line is part of the message: whoever approves the broadcast sees it and what it costs.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from locales import N_, translate
from outreach.announcements import Texts, Words
from outreach.day_words import told
from outreach.schedules import Schedule

#: No number governs a word here, so that no language needs a plural, and the line stays short.
LEFT: Final = N_("Days until {day}: {count}.")
TODAY: Final = N_("Today, {day}:")


def days(schedule: Schedule) -> Sequence[date]:
    """Return the days on which reminders leave, the first one first."""
    if schedule.day is None:
        return []
    return [schedule.day - timedelta(days=n) for n in sorted(set(schedule.before), reverse=True)]


def line(schedule: Schedule, on: date, language: str, *, sms: bool) -> str:
    """Return the line of the reminder that leaves on *on*; empty: there are no reminders.

    *sms*: in letters of a basic phone. The year is said where it is not that of *on*.
    """
    if schedule.day is None:
        return ""
    left = (schedule.day - on).days
    text = translate(LEFT if left else TODAY, language, sms=sms)
    return text.format(day=told(schedule.day, language, on, sms=sms), count=left)


def led(texts: Texts, schedule: Schedule, on: date) -> Texts:
    """Return *texts* as the reminder that leaves on *on* says them: its line before the first."""
    return {key: _led(words, schedule, on, *key) for key, words in texts.items()}


def at_its_times(texts: Texts, schedule: Schedule) -> Sequence[Texts]:
    """Return what each time of a broadcast says: *texts* as they are, and each reminder's."""
    plain = [texts] if schedule.leaves_plainly else []
    return [*plain, *(led(texts, schedule, on) for on in days(schedule))] or [texts]


def firsts(texts: Texts, schedule: Schedule) -> Mapping[date, Mapping[str, Words]]:
    """Return the first message of each reminder, by its day and language."""
    return {
        on: {tag: words for (part, tag), words in led(texts, schedule, on).items() if part == 0}
        for on in days(schedule)
    }


def _led(words: Words, schedule: Schedule, on: date, part: int, language: str) -> Words:
    if part or not words.short:
        return words
    short, full = (line(schedule, on, language, sms=sms) for sms in (True, False))
    if short == full and not words.full:
        return Words(f"{short} {words.short}")
    return Words(f"{short} {words.short}", f"{full} {words.full or words.short}")
