"""How it goes with a line after each answer: when it rests, and for how long.

A provider that says «too fast» is believed. One that does not answer, or does not take anything,
opens the breaker: the line rests, then one message tries, and the rest doubles while that fails.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from channels.errors import Ambiguous, Busy, Refused
from channels.lines import Line
from channels.settling import Result

#: How long a line rests when its provider said «too fast» and not for how long.
REST = timedelta(seconds=5)

#: So many troubles in a row open the breaker.
TROUBLES = 5
BREAKER_RESTS = tuple(timedelta(seconds=seconds) for seconds in (10, 20, 40, 80, 160, 300))

#: A line that has to rest longer than this is down.
DOWN = timedelta(seconds=30)

#: How exactly ``last_sent_at`` is kept.
NOTED_EVERY = timedelta(seconds=5)


def after(state: Line, result: Result, now: datetime) -> Line:
    """Return how it goes with a line after one more answer."""
    match result:
        case Busy() if result.whole_channel:
            rest = timedelta(seconds=result.retry_after) if result.retry_after else REST
            return _rests(replace(state, last_error=result.code, last_error_at=now), now + rest)
        case Busy() | Ambiguous():
            state = replace(state, last_error=str(result)[:64], last_error_at=now)
            if state.troubles >= TROUBLES and not state.open(now):
                return state  # it left before the breaker opened, and says nothing new
            state = replace(state, troubles=state.troubles + 1)
            return state if state.troubles < TROUBLES else _rests(state, now + _breaker(state))
        case Refused():  # the provider works: it is this message that it does not take
            return replace(state, troubles=0, last_error=result.code, last_error_at=now)
        case _ if state.troubles == 0 and state.last_sent_at == now:
            return state  # as many others of the same batch
        case _:
            return replace(state, troubles=0, last_sent_at=now)


def failing(state: Line) -> bool:
    """Whether the breaker opened, and no message went well since."""
    return state.troubles >= TROUBLES


def down(state: Line, now: datetime) -> bool:
    """Whether another line had better carry what this one should."""
    return failing(state) or (state.rests_until is not None and state.rests_until > now + DOWN)


def blamed(state: Line, result: Result) -> Result:
    """Return *result* as it counts: what a failing line does not take is no message's fault."""
    if isinstance(result, Busy) and failing(state):
        return Busy(result.code, retry_after=result.retry_after, whole_channel=True)
    return result


def _breaker(state: Line) -> timedelta:
    return BREAKER_RESTS[min(state.troubles - TROUBLES, len(BREAKER_RESTS) - 1)]


def _rests(state: Line, until: datetime) -> Line:
    """A rest is never shortened."""
    longer = until if state.rests_until is None else max(until, state.rests_until)
    return replace(state, rests_until=longer)


def worth_noting(before: Line, after: Line) -> bool:
    """Whether a page should know: anything but that one more message went well just now."""
    if replace(after, last_sent_at=before.last_sent_at) != before:
        return True
    if after.last_sent_at is None or before.last_sent_at is None:
        return after.last_sent_at is not None
    return after.last_sent_at - before.last_sent_at >= NOTED_EVERY


def noted(state: Line) -> dict[str, Any]:
    """Return the columns of ``lines`` that tell it."""
    names = ("rests_until", "troubles", "last_error", "last_error_at", "last_sent_at")
    return {name: getattr(state, name) for name in names}
