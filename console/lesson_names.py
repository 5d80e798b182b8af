"""What staff read about lessons: how far a series is, what a text is, what is wrong with it."""

from collections.abc import Mapping
from typing import Final

from locales import N_
from outreach.lessons import Flaw, Part, State

STATES: Final[Mapping[State, str]] = {
    State.DRAFT: N_("Not open yet"),
    State.OPEN: N_("Open"),
    State.CLOSED: N_("Closed to new people"),
}

PARTS: Final[Mapping[Part, str]] = {
    Part.TITLE: N_("Title"),
    Part.LESSON: N_("The lesson"),
    Part.QUESTION: N_("Its question, with the answers"),
    Part.WRONG: N_("Said to a wrong answer"),
}

FLAWS: Final[Mapping[Flaw, str]] = {
    Flaw.MISSING: N_("This is missing."),
    Flaw.HALF: N_("The lesson is half written in this language, and is told in the first one."),
    Flaw.LONG: N_("This is too long."),
}

NO_NAME: Final = N_("Give it a name of at most 80 characters.")
DAYS: Final = N_("Write a number of days, from 1 to 30.")
CHOOSE: Final = N_("Choose one of these.")
MEND: Final = N_("Something must be mended first; it stands below.")
FULL: Final = N_("Four series are open already. Close one first.")
WORDS: Final = N_("Write the lesson in at least one language.")
