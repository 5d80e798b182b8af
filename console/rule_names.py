"""What staff read for rule changes: how good a practice is, where a change stands, days, parts."""

from collections.abc import Mapping
from typing import Final

from locales import N_
from outreach import recordings
from outreach.rule_changes import Practice, State
from outreach.rule_texts import Fault, Part, Variant

PRACTICES: Final[Mapping[Practice, str]] = {
    Practice.UNACCEPTABLE: N_("Unacceptable practice: it ends"),
    Practice.POOR: N_("Poor practice: it is phased out"),
    Practice.GOOD: N_("Good practice: it is asked for"),
}

STATES: Final[Mapping[State, str]] = {
    State.DRAFT: N_("Draft"),
    State.PUBLISHED: N_("Published"),
    State.WITHDRAWN: N_("Withdrawn"),
}

#: The days in their order, by their fields.
DATES: Final[Mapping[str, str]] = {
    "announced_on": N_("Law announced"),
    "outreach_from": N_("Outreach starts"),
    "in_force_on": N_("In force"),
    "grace_until": N_("Grace period until"),
    "enforcement_from": N_("Enforcement starts"),
}

DATE_HINTS: Final[Mapping[str, str]] = {
    "announced_on": N_("From this day on, whoever asks hears of it."),
    "outreach_from": N_("From this day on, miners are told."),
    "in_force_on": "",
    "grace_until": N_(
        "The last day on which nobody is punished. Leave it empty if there is none."
    ),
    "enforcement_from": N_("After outreach has started, and after the grace period."),
}

PARTS: Final[Mapping[Part, str]] = {
    Part.TITLE: N_("Title"),
    Part.WHY: N_("Why"),
    Part.WHAT: N_("What changes"),
    Part.RULES: N_("The rules"),
    Part.HELP: N_("Who helps"),
    Part.HOW: N_("How to get it"),
}

PART_HINTS: Final[Mapping[Part, str]] = {
    Part.TITLE: N_("A few words: it stands in lists, beside the day."),
    Part.WHY: N_("What it is good for, for miners and their families."),
    Part.WHAT: N_("What was allowed until now, and what is from when on."),
    Part.RULES: N_("What to do and what to leave, in the order of the work."),
    Part.HELP: N_("Training, tools, money or time that there is to comply."),
    Part.HOW: N_("Who may have that help, where to go, and what to bring."),
}

VARIANTS: Final[Mapping[Variant, str]] = {
    Variant.FULL: N_("Full, for chats"),
    Variant.SMS: N_("Short, for an SMS"),
}

FAULTS: Final[Mapping[Fault, str]] = {
    Fault.TITLE: N_("A title may have %(most)s characters here."),
    Fault.LINES: N_("A title is one line."),
    Fault.CHAT: N_("This is longer than one message: a chat takes 4096 characters."),
    Fault.SMS: N_("This is longer than one message: a telephone takes 10 SMS in a row."),
}

#: What a recording is, and why a file is none for us.
SOUNDS: Final[Mapping[str, str]] = {
    "audio/mpeg": N_("MP3"),
    "audio/ogg": N_("OGG (Opus)"),
    "audio/wav": N_("WAV"),
}
RECORDING_FAULTS: Final[Mapping[recordings.Fault, str]] = {
    recordings.Fault.NONE: N_("Choose a file."),
    recordings.Fault.LARGE: N_("This file is too large: 2 MB at most. Save it as MP3."),
    recordings.Fault.LONG: N_("This lasts too long: two minutes at most."),
    recordings.Fault.KIND: N_(
        "This is no recording that every phone can play, or it is damaged. Save it as MP3."
    ),
    recordings.Fault.WORDS: N_("Nothing is written in this language yet. Write it first."),
    recordings.Fault.CALLS: N_("A telephone call cannot play this file. Save it as MP3 or WAV."),
    recordings.Fault.IN_USE: N_(
        "A broadcast that calls telephones up with these recordings is approved or under way. "
        "They stay as they were approved until it has ended or is cancelled."
    ),
}

#: The work of those for whom a rule is, as it is kept of people (``outreach.profiles``).
ROLES: Final[Mapping[str, str]] = {
    "digger": N_("Diggers"),
    "washer": N_("Washers and panners"),
    "hauler": N_("Haulers"),
    "processor": N_("Crushers and processors"),
    "service": N_("Cooks and services"),
    "leader": N_("Pit and gang leaders"),
    "owner": N_("Land owners"),
    "buyer": N_("Buyers"),
    "licence": N_("Licence holders"),
    "community": N_("Community members"),
    "other": N_("Other work"),
}
