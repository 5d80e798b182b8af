"""Answers a provider that has somebody on the telephone: what to say, and the recordings."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from app.wiring import House
from bots import call_turns, calling
from channels import sound_links, sounds
from channels.base import Arrival, Hook
from channels.calls import Calling, Next, Script, Turn

log = structlog.get_logger()

#: How long the database may take over one turn, in seconds. Twilio waits for 15, with somebody who
#: hears nothing meanwhile.
PATIENCE = 5.0


class Ringing:
    """What is said in calls. *receive* keeps what arrives (``Reception.receive``)."""

    def __init__(self, house: House, receive: Callable[[Arrival], Awaitable[None]]) -> None:
        self._house = house
        self._receive = receive

    async def answer(self, channel: Calling, hook: Hook) -> str:
        """Return what is said next, as the provider reads it.

        What was wished or said is kept first. Raises ``Forged`` and ``Malformed``, and ``OSError``
        where it cannot be kept.
        """
        turn = channel.turn(hook)
        for arrival in calling.arrivals(turn):
            await self._receive(arrival)
        script, now = await self._script(turn), datetime.now(UTC)
        keyring = self._house.keyring
        return channel.written(turn, script, lambda sound: sound_links.link(keyring, sound, now))

    async def _script(self, turn: Turn) -> Script:
        """Take the turn; while the database is away we can only hang up."""
        now = datetime.now(UTC)
        try:
            async with asyncio.timeout(PATIENCE), self._house.database.transaction() as db:
                return await call_turns.take(db, self._house.keyring, turn, now)
        except (SQLAlchemyError, OSError, TimeoutError):
            log.exception("call.no_database")
            return Script((), Next.END)

    async def sound(self, request: web.Request) -> web.Response:
        """Hand out a recording to whoever has an address of it that we made lately; else 404."""
        sound_id, query = request.match_info["sound"], request.query
        until, key = query.get("until", ""), query.get("key", "")
        keyring, now = self._house.keyring, datetime.now(UTC)
        if not sound_links.opens(keyring, sound_id, until, key, now):
            raise web.HTTPNotFound
        async with self._house.database.reading() as db:
            sound = await sounds.get(db, sound_id)
        if sound is None:
            raise web.HTTPNotFound
        headers = {"Cache-Control": f"private, max-age={sound_links.HOUR}"}
        headers["X-Content-Type-Options"] = "nosniff"
        return web.Response(body=sound.content, content_type=sound.mime, headers=headers)
