"""What a mail to a member says: numbers, and where the console is.

A mail lies in many hands on its way. It never says a reference, a category, a place or a name.
"""

from dataclasses import dataclass
from functools import partial

from grievances.pending import Calls, Waiting
from locales import N_, ngettext, translate

DAILY = N_("Baraza: what waits for you today")
AT_ONCE = N_("Baraza: something cannot wait")
WHY = N_("You wished for this e-mail. To stop it, open the page of your account in Baraza.")


@dataclass(frozen=True, slots=True)
class Words:
    """A mail before it has an address."""

    subject: str
    text: str


def daily(waits: Waiting, address: str, language: str) -> Words:
    """Return the mail of the morning. *address*: where the console is."""
    lines = [
        ngettext(
            "%(count)s case waits for you.",
            "%(count)s cases wait for you.",
            waits.cases,
            language,
        )
        % {"count": waits.cases}
    ]
    if waits.today:
        said = ngettext(
            "%(count)s of them is due today.", "%(count)s are due today.", waits.today, language
        )
        lines.append(said % {"count": waits.today})
    if waits.passed:
        said = ngettext(
            "%(count)s of them is past its date.",
            "%(count)s are past their date.",
            waits.passed,
            language,
        )
        lines.append(said % {"count": waits.passed})
    return _words(DAILY, lines, address, language)


def at_once(called: Calls, address: str, language: str) -> Words:
    """Return the mail about what cannot wait."""
    lines = []
    if called.near:
        said = ngettext(
            "%(count)s of your cases is near its date.",
            "%(count)s of your cases are near their date.",
            called.near,
            language,
        )
        lines.append(said % {"count": called.near})
    if called.come:
        said = ngettext(
            "%(count)s case has been escalated to you.",
            "%(count)s cases have been escalated to you.",
            called.come,
            language,
        )
        lines.append(said % {"count": called.come})
    return _words(AT_ONCE, lines, address, language)


def _words(subject: str, lines: list[str], address: str, language: str) -> Words:
    say = partial(translate, language=language, domain="console")
    return Words(say(subject), "\n".join([*lines, "", address, "", say(WHY), ""]))
