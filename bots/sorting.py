"""The menu of what a report is about, made of the forum's taxonomy, and whether it fits a phone.

The conversation is handed the finished menu with the event that a case is filed; here alone meet
the taxonomy, which knows categories, and the catalogues, which know what miners call them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from bots.conversation import Branch, Choice, Prompt
from bots.rendering import render
from bots.report import first_menu, second_menu
from channels import segments
from channels.base import Style
from grievances.category import Category, Group, Names, own_words
from grievances.taxonomy import Taxonomy
from locales import N_, folded, languages

#: What a miner reads for a group's digit, and for a category's key, where the forum says nothing
#: else. What the forum added has words of its own.
GROUPS: Final[Mapping[int, str]] = {
    1: N_("Danger"),
    2: N_("Work or abuse"),
    3: N_("Soldiers or bribes"),
    4: N_("Land or moving"),
    5: N_("Chemicals or water"),
    6: N_("Price or left out"),
    0: N_("Other"),
}
KINDS: Final[Mapping[str, str]] = {
    "DANGER": N_("Danger"),
    "CHILD": N_("Children at work"),
    "FORCED": N_("Forced to work"),
    "PAY": N_("Pay or hard conditions"),
    "ABUSE": N_("Sexual or family violence"),
    "SOLDIERS": N_("Soldiers, police or guards"),
    "GUNS": N_("Armed groups or roadblocks"),
    "BRIBE": N_("Bribes or licences"),
    "LAND": N_("Land, or a big mine"),
    "MOVING": N_("Moving people, closing a mine"),
    "MERCURY": N_("Mercury or chemicals"),
    "WATER": N_("Water, forest or dust"),
    "PRICE": N_("Price or cheating"),
    "LEFTOUT": N_("Left out, or treated badly"),
    "OTHER": N_("Other"),
}

#: What the lines of a menu may take, in GSM-7 (domain, section 2): one SMS of 160 less the
#: shortest question above them.
MENU_UNITS: Final = 149

#: Words by which Twilio and carriers unsubscribe, subscribe or answer in our place. Whoever sees
#: one in a menu types it. Source: Twilio's opt-out keywords with its commonly reserved additions.
RESERVED: Final = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
    | {"start", "unstop", "yes", "help", "info"}
)


class Fault(StrEnum):
    """What can be wrong with a menu."""

    LONG = "long"  # it takes more than one SMS
    FOREIGN = "foreign"  # it has letters that a basic phone cannot show
    TAKEN = "taken"  # a carrier would take a word of it for a command
    ALIKE = "alike"  # two of its choices read the same


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu as an SMS shows it. *digit* None: the first level. *room* and *units* in septets."""

    language: str
    digit: int | None
    text: str
    units: int
    room: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with which menu; *what* is the count, the letters, the word or the choice."""

    fault: Fault
    language: str
    digit: int | None
    what: str
    room: int


class Unfit(Exception):
    """A change would make a menu that does not reach a basic phone as one plain SMS."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__(*(flaw.fault for flaw in flaws))
        self.flaws = flaws


@lru_cache(maxsize=256)
def offered(taxonomy: Taxonomy, language: str) -> tuple[Branch, ...]:
    """Return the menu of *taxonomy* for a miner who speaks *language*.

    Where one category stands alone behind a digit, the digit chooses it.
    """
    return tuple(
        _branch(group, taxonomy.behind(group.digit), language)
        for group in taxonomy.groups
        if taxonomy.behind(group.digit)
    )


def named(group: Group, language: str) -> Choice:
    """Return what a miner who speaks *language* reads for a line of the first level."""
    return _line(str(group.digit), "", group, language)


def _branch(group: Group, behind: Sequence[Category], language: str) -> Branch:
    digit = str(group.digit)
    if len(behind) == 1:
        return Branch(_line(digit, behind[0].key, group, language))
    kinds = (
        _choice(str(place), one.key, one.names, KINDS.get(one.key, ""), language)
        for place, one in enumerate(behind, start=1)
    )
    return Branch(_line(digit, f"group{digit}", group, language), tuple(kinds))


def _line(digit: str, key: str, group: Group, language: str) -> Choice:
    return _choice(digit, key, group.names, GROUPS.get(group.digit, ""), language)


def _choice(digit: str, key: str, names: Names, msgid: str, language: str) -> Choice:
    """Return a choice in the forum's own words, or else in those of the catalogues."""
    own = {tag: tag for tag, name in names.items() if name.choice or (name.label and not msgid)}
    tag = own_words(own, language, known=bool(msgid))
    if tag is None:
        return Choice(digit, key, msgid or key)
    name = names[tag]
    return Choice(digit, key, name.choice or name.label, name.short)


def menus(taxonomy: Taxonomy, language: str) -> list[Menu]:
    """Return every menu as an SMS shows it, the first level first."""
    return [_menu(prompt, language, digit) for digit, prompt in _prompts(taxonomy, language)]


def _prompts(taxonomy: Taxonomy, language: str) -> list[tuple[int | None, Prompt]]:
    branches = offered(taxonomy, language)
    deeper = [
        (int(branch.choice.digit), second_menu(branch)) for branch in branches if branch.behind
    ]
    return [(None, first_menu(branches)), *deeper]


def _menu(prompt: Prompt, language: str, digit: int | None) -> Menu:
    text = render(prompt, language, Style.SMS, tag="").text
    question, _, lines = text.partition("\n")
    above = segments.count(f"{question}\n").units
    room = min(MENU_UNITS, segments.GSM_ALONE - above)
    return Menu(language, digit, text, segments.count(lines).units, room)


def check(before: Taxonomy, after: Taxonomy) -> None:
    """Refuse a change that makes a menu worse than it was. Raises ``Unfit``.

    What was wrong before does not stand in the way of other changes.
    """
    known = {_what(flaw): flaw for flaw in flaws(before)}
    worse = [flaw for flaw in flaws(after) if _worse(flaw, known.get(_what(flaw)))]
    if worse:
        raise Unfit(worse)


def _what(flaw: Flaw) -> tuple[Fault, str, int | None, str]:
    told = "" if flaw.fault is Fault.LONG else flaw.what
    return flaw.fault, flaw.language, flaw.digit, told


def _worse(flaw: Flaw, before: Flaw | None) -> bool:
    if before is None:
        return True
    return flaw.fault is Fault.LONG and int(flaw.what) > int(before.what)


def flaws(taxonomy: Taxonomy) -> list[Flaw]:
    """Return everything that is wrong with the menus of *taxonomy*, in every language."""
    return [
        Flaw(fault, tag, digit, what, menu.room)
        for tag in languages()
        for digit, prompt in _prompts(taxonomy, tag)
        for menu in [_menu(prompt, tag, digit)]
        for fault, what in _wrong(prompt, menu)
    ]


def _wrong(prompt: Prompt, menu: Menu) -> list[tuple[Fault, str]]:
    found = []
    if guilty := segments.foreign(menu.text):
        found.append((Fault.FOREIGN, " ".join(guilty)))
    elif menu.units > menu.room:
        found.append((Fault.LONG, str(menu.units)))
    labels = [c.text(menu.language, sms=sms) for sms in (False, True) for c in prompt.choices]
    words = {word for label in labels for word in _words(label)}
    found += [(Fault.TAKEN, word) for word in sorted(words & RESERVED)]
    for sms in (False, True):
        several = Counter(folded(c.text(menu.language, sms=sms)) for c in prompt.choices)
        found += [(Fault.ALIKE, label) for label, count in several.items() if count > 1]
    return list(dict.fromkeys(found))


def _words(text: str) -> set[str]:
    return set(folded("".join(c if c.isalnum() else " " for c in folded(text))).split())
