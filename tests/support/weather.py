"""What may go wrong between a provider and us, as dice that a ``Carrier`` throws for a request.

In each kind half of the messages are taken all the same, and the sender cannot see which.
"""

import random
import time
from collections.abc import Callable, Sequence

from aiohttp import web

from tests.support.carrier import Loris, Weather
from tests.support.loopback import Fault

#: What a gateway in front of a provider answers when it has lost its nerve.
SERVER_ERRORS = (500, 502, 503, 504)


class Every:
    """Let one first try in *nth* go wrong: evenly, or the sender would think its line is down.

    *fault* makes it, given whether the message is taken all the same; every other one is. *thrown*
    counts them.
    """

    def __init__(self, nth: int, fault: Callable[[bool], Fault]) -> None:
        self.nth, self.fault, self.thrown = nth, fault, 0
        self._tries = 0

    def __call__(self, _request: web.Request, first: bool) -> Fault | None:
        self._tries += first
        if not first or self._tries % self.nth:
            return None
        self.thrown += 1
        return self.fault(self.thrown % 2 == 0)


def takes_and_drops(_taken: bool) -> Fault:
    """Take the message, and break the connection instead of answering."""
    return Fault(drop=True, taken=True)


def drops(taken: bool) -> Fault:
    """Break the connection."""
    return Fault(drop=True, taken=taken)


def fails(taken: bool) -> Fault:
    """Answer with an error of the provider's own."""
    return Fault(status=random.choice(SERVER_ERRORS), code=20500, taken=taken)


def drips(taken: bool) -> Fault:
    """Answer byte after byte, without an end."""
    return Loris(taken=taken)


def foul(dice: random.Random, once_in: int) -> Weather:
    """Let anything go wrong, one request in so many, while we send and while we ask."""
    kinds: Sequence[Callable[[bool], Fault]] = (
        lambda taken: Fault(drop=True, taken=taken),
        lambda taken: Fault(status=503, code=20503, taken=taken),
        lambda _taken: Fault(garbled=True),
        lambda taken: Loris(taken=taken),
        lambda _taken: Fault(status=429, code=20429, retry_after=1),
    )

    def weather(_request: web.Request, _first: bool) -> Fault | None:
        return None if dice.randrange(once_in) else dice.choice(kinds)(_half(dice))

    return weather


class Storms:
    """Answer 429 to everybody now and then, for as many seconds as Retry-After says.

    *early*: requests that came while nothing was wanted, the one that began the storm left out.
    *late*: seconds from the end of each storm to the next request.
    """

    def __init__(self, storms: int, *, every: int, retry_after: int) -> None:
        self.left, self.every, self.retry_after = storms, every, retry_after
        self.early: list[int] = []
        self.late: list[float] = []
        self._calm = every
        self._until = 0.0
        self._over = True

    def __call__(self, _request: web.Request, _first: bool) -> Fault | None:
        now = time.monotonic()
        if now < self._until:
            self.early[-1] += 1
            return self._busy()
        if not self._over:
            self._over = True
            self.late.append(round(now - self._until, 2))
        self._calm -= 1
        return None if self._calm or not self.left else self._break_out(now)

    def _break_out(self, now: float) -> Fault:
        self.left, self._calm, self._over = self.left - 1, self.every, False
        self._until = now + self.retry_after
        self.early.append(0)
        return self._busy()

    def _busy(self) -> Fault:
        return Fault(status=429, code=20429, retry_after=self.retry_after)


def _half(dice: random.Random) -> bool:
    return dice.random() < 1 / 2
