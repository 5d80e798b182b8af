"""Single keys that act on the console's pages, for hands that sort forty cases in a morning.

A page says in ``data-key`` what a key does there, and ``static/keys.js`` does it: nothing that a
click could not do. A member can switch all of them off (WCAG 2.1, 2.1.4).
"""

from collections.abc import Iterable
from string import ascii_lowercase
from typing import Final

from grievances.parties import Answer
from grievances.severity import Severity

#: Up and down a list, back to it, and on to the next case.
DOWN: Final = "j"
UP: Final = "k"
BACK: Final = "u"
NEXT: Final = "n"

#: Whom a report names: nobody, or nobody can tell who.
NAMED: Final = {Answer.NOBODY: "0", Answer.UNKNOWN: "9"}

#: A severity by its digit.
SEVERITIES: Final = {severity: severity.value.removeprefix("S") for severity in Severity}

_TAKEN: Final = frozenset({DOWN, UP, BACK, NEXT})


def letters(names: Iterable[str]) -> dict[str, str]:
    """Return a letter for each name: the first of its own that is free, or else any.

    Who comes first chooses first, so that a name added at the end moves no other. Where there
    are more names than letters, the last have none.
    """
    found: dict[str, str] = {}
    for name in names:
        used = _TAKEN | set(found.values())
        letter = next(
            (each for each in (*name.lower(), *ascii_lowercase) if _free(each, used)), ""
        )
        if letter:
            found[name] = letter
    return found


def _free(letter: str, used: frozenset[str] | set[str]) -> bool:
    return letter in ascii_lowercase and letter not in used
