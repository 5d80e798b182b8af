"""``baraza doctor``: looks at what an installation needs, and says what to do."""

import ipaddress
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.settings import Settings
from app.wiring import key_folder, options
from channels import registry
from channels.base import Finding
from storage import migrate
from storage.engine import Database, connect
from vault import keyring as keys
from vault.keyring import KeysMissing

#: A clock that is further off spoils deadlines and, beyond some minutes, TLS and signatures.
CLOCK_SECONDS = 30

#: This release was made after it, so a machine whose date is earlier has lost its clock.
BUILT = datetime(2026, 11, 1, tzinfo=UTC)

#: How long to wait for our own public address to answer.
REACH_SECONDS = 10


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Yield one finding after the other; sends nothing to anybody."""
    yield Finding("settings", well=True)
    yield _keys(settings)
    database = connect(settings.database, settings.data_dir)
    try:
        yield await _database(database)
        channels = await registry.open_channels(options(settings), database)
        for channel in channels.values():
            for finding in await channel.check():
                yield finding
            await channel.close()
    finally:
        await database.close()
    for finding in callbacks(settings):
        yield finding
    async for finding in _public_address(settings):
        yield finding


def _keys(settings: Settings) -> Finding:
    try:
        keys.load(key_folder(settings))
    except KeysMissing as missing:
        return Finding("keys", well=False, advice=f"{missing} Restore them, or: baraza keys make")
    return Finding("keys", well=True)


async def _database(database: Database) -> Finding:
    try:
        async with database.reading() as reads:
            await reads.execute(text("SELECT 1"))
        behind = await migrate.behind(database)
    except (SQLAlchemyError, OSError) as error:
        advice = f"It does not answer ({type(error).__name__}). Look at BARAZA_DATABASE_URL."
        return Finding("database", well=False, advice=advice)
    if behind:
        return Finding("database", well=False, advice="It is behind. Run: baraza migrate")
    return Finding("database", well=True)


def callbacks(settings: Settings) -> Iterator[Finding]:
    """Say whether Twilio takes our address for reports: none of this machine's (error 21609)."""
    if settings.with_twilio and "twilio.com" in settings.twilio_api_url:
        host = urlsplit(settings.public).hostname or ""
        well = "." in host and not _private(host)
        advice = (
            "Twilio refuses every message whose reports it cannot bring. Set BARAZA_PUBLIC_URL to "
            "the address that it can call."
        )
        yield Finding("Twilio callbacks", well=well, advice="" if well else advice)


def _private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


async def _public_address(settings: Settings) -> AsyncIterator[Finding]:
    """Call our own /healthz the way a provider would, and compare clocks on the way."""
    timeout = aiohttp.ClientTimeout(total=REACH_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{settings.public}/healthz") as answer,
        ):
            reached = answer.ok and await answer.read() == b"ok\n"
            told = answer.headers.get("Date")
    except (aiohttp.ClientError, TimeoutError, OSError):
        reached, told = False, None
    advice = (
        ""
        if reached
        else "Nothing of ours answers at BARAZA_PUBLIC_URL. Is baraza running, "
        "and does the proxy pass /hooks/ and /healthz on?"
    )
    yield Finding("public address", well=reached, advice=advice)
    yield _clock(told)


def _clock(told: str | None) -> Finding:
    if told is None:
        plausible = datetime.now(UTC) > BUILT
        advice = "" if plausible else "The date of this machine is wrong. Set up NTP."
        return Finding("clock", well=plausible, advice=advice)
    try:
        off = abs(parsedate_to_datetime(told).timestamp() - time.time())
    except ValueError:  # whoever answers there, no web server of ours says such a date
        return _clock(None)
    well = off < CLOCK_SECONDS
    return Finding("clock", well=well, advice="" if well else "It is off. Set up NTP.")
