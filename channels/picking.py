"""Which of the messages that are due may leave: judged when they would.

Stopped, paused, expired, too soon for its chat, another carrier's, too many: each is decided here,
and nothing is written. Words and addresses are opened in a thread; that takes longest.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import broadcasts, contacts, dispatch, hours, optout, segments, sounds, unreachable
from channels.base import Address, Channel, Envelope, Outbound, Style
from channels.broadcasts import Broadcast
from channels.contacts import SealedRoute
from channels.desk import Desk
from channels.dispatch import Due
from channels.limiter import Limiter
from channels.routing import CALLS, reached
from channels.sealing import open_outbound
from vault.keyring import Keyring
from vault.seals import CannotOpen

log = structlog.get_logger()

#: When to try a message again that this key ring does not open: somebody has to look at the keys.
UNREADABLE_WAIT = timedelta(minutes=5)


#: Given an address and the lines that are open, the one that carries it; None: as it is.
Route: TypeAlias = Callable[[Address, Collection[str]], str | None]

#: What each broadcast says, by part, language and style.
Words: TypeAlias = Mapping[str, Mapping[tuple[int, str, Style], Outbound]]


@dataclass(frozen=True, slots=True)
class Letter:
    """One message, opened: what a provider needs of it."""

    row: Due
    envelope: Envelope
    cost: int
    parts: tuple[Outbound, ...] = ()  # all of it, when it is too long for one message


@dataclass(slots=True)
class Picked:
    """What is to be done with the messages that are due."""

    leaving: list[Letter] = field(default_factory=list)
    put_off: dict[datetime, list[str]] = field(default_factory=lambda: defaultdict(list))
    dropped: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    handed_over: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    full: bool = False  # there may be more than was looked at

    @property
    def nothing(self) -> bool:
        """Whether nothing has to be written."""
        return not (self.leaving or self.put_off or self.dropped or self.handed_over)


@dataclass(frozen=True, slots=True)
class _Opened:
    row: Due
    address: Address | None
    outbound: Outbound | None  # null: a broadcast's
    own: Address | None = None  # the contact's, where *address* is reached by another channel

    @property
    def known_as(self) -> set[Address]:
        """Return the addresses under which its person may have shut the door."""
        return {one for one in (self.address, self.own) if one is not None}


class Picker:
    """Picks for one line. *route*: which line carries an address."""

    def __init__(self, desk: Desk, channel: Channel, limiter: Limiter, route: Route) -> None:
        self._desk = desk
        self._channel = channel
        self._limiter = limiter
        self._route = route
        self.running: Sequence[Broadcast] = ()  # kept up to date by the sender
        self._turn = 0
        self._said: Words = {}  # by the last round's broadcasts; no word of one ever changes
        self._sounds: Collection[str] = ()  # those of its recordings that are there still

    async def pick(self, room: int, share: int, now: datetime, up: Collection[str]) -> Picked:
        """Return what to do with up to *room* messages, of broadcasts up to *share*.

        *up*: the lines that are open. When ours is not among them, messages are handed over to
        those that can carry them, and nothing leaves.
        """
        picked = Picked()
        async with self._desk.database.reading() as reads:
            rows = await dispatch.due(reads, channel=self._channel.name, limit=room, now=now)
            most = len(rows) + max(min(share, room - len(rows)), 0)
            rows += await self._of_broadcasts(reads, most - len(rows), now)
            picked.full = len(rows) >= most
            rows = _by_day(rows, picked, now)
            if not rows:
                return picked
            words = await self._words(reads, rows)
            opened = await self._opened(rows)
            unwanted = await self._unwanted(reads, opened)
        for one in opened:
            if not self._judge(one, picked, words, unwanted, now, up):
                break
        return picked

    async def _of_broadcasts(self, reads: AsyncConnection, room: int, now: datetime) -> list[Due]:
        """Return up to *room* messages of the broadcasts that may leave, in fair shares."""
        if room <= 0:
            return []
        ready = [one for one in self.running if one.may_leave(now)]
        self._turn += 1
        first = self._turn % len(ready) if ready else 0
        rows: list[Due] = []
        for left, one in zip(range(len(ready), 0, -1), ready[first:] + ready[:first], strict=True):
            share = -(-(room - len(rows)) // left)  # what nobody before it needed is shared too
            rows += await self._of(reads, one, share, now)
        return rows

    async def _of(
        self, reads: AsyncConnection, one: Broadcast, limit: int, now: datetime
    ) -> list[Due]:
        if limit <= 0:
            return []
        name = self._channel.name
        return await dispatch.due_of(reads, one.id, channel=name, limit=limit, now=now)

    async def _words(self, reads: AsyncConnection, rows: Iterable[Due]) -> Words:
        wanted = {row.broadcast for row in rows if row.broadcast is not None}
        self._said = {
            one: self._said.get(one) or await broadcasts.texts(reads, one)
            for one in sorted(wanted)
        }
        played = {each.sound for its in self._said.values() for each in its.values() if each.sound}
        self._sounds = await sounds.there(reads, played) if played else ()
        return self._said

    async def _opened(self, rows: Sequence[Due]) -> list[_Opened]:
        async with self._desk.database.reading_routes() as reads:
            routes = await contacts.sealed(reads, {row.route_id for row in rows})
        return await asyncio.to_thread(_open, self._desk.keyring, rows, routes)

    async def _unwanted(
        self, reads: AsyncConnection, opened: Iterable[_Opened]
    ) -> Mapping[str, str]:
        """Return which news goes to nobody, by its id, and why."""
        news = [one for one in opened if one.row.kind == "bulk" and one.address is not None]
        if not news:
            return {}
        away = await unreachable.suppressed(reads, {one.row.route_id for one in news})
        stopped = await self._stopped(reads, news)
        # What failed in a chat says nothing of the telephone with the same number.
        unreached = [one for one in news if one.own is None and one.row.route_id in away]
        why = {one.row.id: "suppressed" for one in unreached}
        why |= dict.fromkeys(await self._told(reads, news), "told")
        return why | dict.fromkeys(stopped, "stopped")

    async def _told(self, reads: AsyncConnection, news: Collection[_Opened]) -> set[str]:
        """Return what of *news* the same telephone gets anyway, under its number's own contact."""
        crossed: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
        for one in news:
            if one.own is not None and one.address is not None and one.row.broadcast is not None:
                number = contacts.pseudonym(self._desk.keyring, one.address)
                crossed[one.row.broadcast][one.row.id] = (number, one.row.part)
        told: set[str] = set()
        for broadcast, its in crossed.items():
            kin = await self._desk.kin(reads, broadcast)
            there = await dispatch.brought(reads, kin, {number for number, _ in its.values()})
            told |= {one for one, (to, part) in its.items() if {(to, part), (to, None)} & there}
        return told

    async def _stopped(self, reads: AsyncConnection, news: Collection[_Opened]) -> set[str]:
        """Return what of *news* is for somebody who wants none of it."""
        doors = {one.row.id: self._doors(one) for one in news}
        shut = await optout.stopped_among(reads, self._desk.keyring, set().union(*doors.values()))
        return {one for one, its in doors.items() if its & shut}

    def _doors(self, one: _Opened) -> set[Address]:
        """Return the addresses at which its person may have stopped news, or these calls."""
        line = self._channel.name
        calls = {Address(line, each.value) for each in one.known_as} if line in CALLS else set()
        return one.known_as | calls

    def _judge(
        self,
        one: _Opened,
        picked: Picked,
        words: Words,
        unwanted: Mapping[str, str],
        now: datetime,
        up: Collection[str],
    ) -> bool:
        """Put a message where it belongs; False: the tokens are used up."""
        row, address = one.row, one.address
        if address is None:
            picked.dropped["no-route"].append(row.id)
            return True
        if row.id in unwanted:
            picked.dropped[unwanted[row.id]].append(row.id)
            return True
        outbound = one.outbound or self._of_broadcast(row, words)
        if outbound is None:
            picked.put_off[now + UNREADABLE_WAIT].append(row.id)
            return True
        line = self._line(address, up)
        if line != self._channel.name:
            picked.handed_over[line].append(row.id)
            return True
        if self._channel.name not in up:
            return True
        return self._let_leave(row, address, outbound, picked, now)

    def _line(self, address: Address, up: Collection[str]) -> str:
        """Return the line that carries a message; a call is carried by no other."""
        own = self._channel.name
        return own if own in CALLS else self._route(address, up) or own

    def _of_broadcast(self, row: Due, words: Words) -> Outbound | None:
        if row.broadcast is None or row.language is None:
            return None
        said = words[row.broadcast].get((row.part, row.language, self._channel.style))
        # What was recorded anew, or is taken back, is not played; its words go all the same.
        silent = said is not None and said.sound is not None and said.sound not in self._sounds
        return replace(said, sound=None) if said is not None and silent else said

    def _let_leave(
        self, row: Due, address: Address, outbound: Outbound, picked: Picked, now: datetime
    ) -> bool:
        free_at = self._limiter.chat_free_at(address.value, now)
        if free_at > now:
            picked.put_off[free_at].append(row.id)
            return True
        parts = (outbound,) if self._fits(row) else self._parts(outbound)
        cost = self._cost(row, parts[0])
        if not self._limiter.take(now, cost):
            return False
        self._limiter.note_chat(address.value, now)
        seconds = int((row.expires_at - now).total_seconds())
        envelope = Envelope(row.id, address, parts[0], seconds)
        picked.leaving.append(Letter(row, envelope, cost, parts if len(parts) > 1 else ()))
        return True

    def _fits(self, row: Due) -> bool:
        """Whether it is known to be one message: counting letters takes longer than the rest."""
        if self._channel.style is not Style.SMS or row.body_context is not None:
            return row.broadcast is not None
        return row.segments <= segments.MAX_SEGMENTS

    def _parts(self, outbound: Outbound) -> tuple[Outbound, ...]:
        texts = segments.split(outbound.text, self._channel.style)
        if len(texts) == 1:
            return (outbound,)
        bare = replace(outbound, buttons=())
        parts = [replace(bare, text=text) for text in texts]
        parts[-1] = replace(parts[-1], buttons=outbound.buttons)
        return tuple(parts)

    def _cost(self, row: Due, outbound: Outbound) -> int:
        if self._channel.style is not Style.SMS:
            return 1
        return row.segments if self._fits(row) else segments.cost(outbound.text)


def _by_day(rows: Sequence[Due], picked: Picked, now: datetime) -> list[Due]:
    """Return what may leave at this hour; the rest is put off until the morning where it goes."""
    zones = {row.by_day for row in rows if row.by_day is not None}
    begins = {zone: hours.decent(ZoneInfo(zone), now) for zone in zones}
    here = []
    for row in rows:
        at = now if row.by_day is None else begins[row.by_day]
        if at > now:
            picked.put_off[at].append(row.id)
        else:
            here.append(row)
    return here


def _open(
    keyring: Keyring, rows: Iterable[Due], routes: Mapping[str, SealedRoute]
) -> list[_Opened]:
    return [_open_one(keyring, row, routes.get(row.route_id)) for row in rows]


def _open_one(keyring: Keyring, row: Due, route: SealedRoute | None) -> _Opened:
    if route is None:
        return _Opened(row, None, None)
    try:
        own = contacts.opened(keyring, route)
        address = reached(own, row.channel)
        if row.broadcast is not None:
            return _Opened(row, address, None, None if address == own else own)
        return _Opened(row, address, open_outbound(keyring, row.id, row.body, row.body_context))
    except CannotOpen:
        log.exception("sender.cannot_open", channel=row.channel, kind=row.kind)
        return _Opened(row, Address(row.channel, ""), None)
