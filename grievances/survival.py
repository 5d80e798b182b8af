"""How long something takes, where some have not come to it yet.

The product-limit estimate of Kaplan and Meier (1958): a case that still waits counts as «not yet»
for as long as it was seen to wait. Leaving it out would make a secretariat look fast that answers
what is easy and lets the rest lie. It is thirty lines, and a library for it brings numpy along.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

#: Half of all, and nine in ten (domain: median and p90).
MEDIAN = 0.5
P90 = 0.9

#: Products of fractions are off by a little; a share of a case in a thousand million is no share.
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Waited:
    """*n* cases that waited for so many whole minutes; *done*: and then it came.

    Those not done wait still, or ended without it. *week* tells apart when they were received.
    """

    week: int
    minutes: int
    done: bool
    n: int


def quantile(waits: Iterable[Waited], share: float) -> int | None:
    """Return after how many whole minutes *share* of all cases, from 0 to 1, had come to it.

    None: fewer than that had, as far as can be seen. A case that was last seen waiting at the very
    minute at which another's wait ended was waiting still.
    """
    done, gone = _by_minute(waits)
    waiting = sum(done.values()) + sum(gone.values())
    left = 1.0
    for minute in sorted({*done, *gone}):
        left *= 1 - done[minute] / waiting
        if done[minute] and left <= 1 - share + _CLOSE:
            return minute
        waiting -= done[minute] + gone[minute]
    return None


def _by_minute(waits: Iterable[Waited]) -> tuple[defaultdict[int, int], defaultdict[int, int]]:
    done: defaultdict[int, int] = defaultdict(int)
    gone: defaultdict[int, int] = defaultdict(int)
    for each in waits:
        (done if each.done else gone)[each.minutes] += each.n
    return done, gone
