"""What staff read about voices: whose a translation is, what a voice leads to, what cannot be."""

from collections.abc import Mapping
from typing import Final

from locales import N_
from outreach.unheard import Waits
from outreach.voice_marks import Unfit
from outreach.voice_translations import Origin
from outreach.voices import Linked

ORIGINS: Final[Mapping[Origin, str]] = {
    Origin.HUMAN: N_("Translated by a person"),
    Origin.MACHINE: N_("Translated by a machine, not checked"),
}

#: The same where a voice note was written down in its own language.
WRITTEN_DOWN: Final[Mapping[Origin, str]] = {
    Origin.HUMAN: N_("Written down by a person"),
    Origin.MACHINE: N_("Written down by a machine, not checked"),
}

#: Whose words a quote is made of.
QUOTED: Final[Mapping[str, str]] = {
    "original": N_("As it was told"),
    Origin.HUMAN: N_("Translated by a person"),
    Origin.MACHINE: N_("Words of a machine"),
}

LINKED: Final[Mapping[Linked, str]] = {
    Linked.RULE: N_("A rule change"),
    Linked.AGENDA: N_("An item of an agenda"),
    Linked.NOTHING: N_("Nothing yet"),
}

WAITS: Final[Mapping[Waits, str]] = {
    Waits.ALL: N_("Waits to hear of it"),
    Waits.SOON: N_("Waits, and can be told for less than 60 days"),
}

UNFIT: Final[Mapping[Unfit, str]] = {
    Unfit.LONG: N_("One of these is too long: 40 characters for a tag, 80 for an item."),
    Unfit.MANY: N_("Twelve at most."),
    Unfit.TELLING: N_(
        "This looks like a number or an address. Tags are not sealed: nothing in them may tell "
        "who somebody is."
    ),
}

EMPTY: Final = N_("Write something first.")
TOO_LONG: Final = N_("This is too long. A translation may have 8000 characters.")
CHOOSE: Final = N_("Choose one of these.")
UNNAMED: Final = N_("A theme needs a name of 60 characters at most.")
TAKEN: Final = N_("There is a theme of this name already. Look among the retired ones, too.")

QUOTE_TOO_LONG: Final = N_("This is too long. A quote may have 600 characters.")
NOT_THEIR_WORDS: Final = N_(
    "These words do not stand in the story in this language. Copy them from it, and write [...] "
    "where you leave something out."
)
NOT_CHECKED: Final = N_("Tick this first: somebody has to have read it for what it gives away.")
NOT_ASKED: Final = N_("Tick this first: consent is narrowed because its teller asked for it.")
