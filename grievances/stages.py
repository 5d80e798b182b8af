"""How long a case has spent where: its time in each state, which together are all of its time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from grievances.case import Move
from grievances.states import ENDED, State


@dataclass(frozen=True, slots=True)
class Stage:
    """A time that a case spent in one state; *ended* is when it went on, or now."""

    state: State
    begun: datetime
    ended: datetime

    @property
    def length(self) -> timedelta:
        """How long it was."""
        return self.ended - self.begun


def stages(received: datetime, moves: Sequence[Move], now: datetime) -> Sequence[Stage]:
    """Return the stages of a case, one after the other, from when it was received to *now*.

    Where it has ended its time stands still, until it is reopened. Where a clock was put back
    between two moves, the stage between them took no time.
    """
    found, state, begun = [], State.RECEIVED, received
    for move in moves:
        ended = max(move.at, begun)
        found.append(Stage(state, begun, ended))
        state, begun = move.state, ended
    found.append(Stage(state, begun, max(now, begun)))
    return [stage for stage in found if stage.state not in ENDED]


def spent(found: Sequence[Stage]) -> Mapping[State, timedelta]:
    """Return the step clocks: how long a case was in each state, over all of its stages there."""
    clocks: dict[State, timedelta] = defaultdict(timedelta)
    for stage in found:
        clocks[stage.state] += stage.length
    return clocks


def total(found: Sequence[Stage]) -> timedelta:
    """Return the total clock: how long the case was open. It never starts again."""
    return sum((stage.length for stage in found), timedelta(0))
