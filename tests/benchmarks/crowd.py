"""A nation to write to: subscribers with sealed addresses, as many as are asked for.

Sealing a million addresses takes minutes of one core, so every core seals.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sqlalchemy import Select, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.contacts import routes
from outreach.subscribers import subscribers
from storage.unit_of_work import Transaction
from tests.benchmarks.stores import Store
from vault import keyring as keys
from vault.routes import seal_address

CHUNK = 10_000

#: What they speak, in turn.
LANGUAGES = ("en", "fr", "sw")


def audience(channel: str = "sms") -> Select[Any]:
    """Return everybody who is to be written to."""
    columns = (subscribers.c.route_id, subscribers.c.channel, subscribers.c.language)
    return select(*columns).where(
        subscribers.c.state == "active", subscribers.c.channel == channel
    )


def route(number: int, channel: str) -> str:
    """Return the route of one of them: as scattered as a pseudonym."""
    return blake2b(f"{channel}|{number}".encode(), digest_size=16).hexdigest()


async def gather(
    store: Store, people: int, now: datetime, *, channel: str = "sms", sealed: bool = True
) -> None:
    """Subscribe *people*. Without *sealed* nobody can be written to, only planned for."""
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor() as cores:
        chunks = [
            loop.run_in_executor(cores, _chunk, store.folder / "keys", start, end, channel, sealed)
            for start in range(0, people, CHUNK)
            for end in [min(start + CHUNK, people)]
        ]
        async with store.opened() as database:
            for made in chunks:
                people_, routes_ = await made
                async with database.transaction() as db:
                    await _write(db, subscribers, people_, now)
                    await _write(db, routes, routes_, now)


def _chunk(
    folder: Path, start: int, end: int, channel: str, sealed: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    numbers = range(start, end)
    addresses = list(_sealed(folder, numbers, channel)) if sealed else []
    return [_subscriber(number, channel) for number in numbers], addresses


def _subscriber(number: int, channel: str) -> dict[str, Any]:
    route_id = route(number, channel)
    return {
        "id": route_id[::-1],
        "contact": route_id[::-1],
        "route_id": route_id,
        "channel": channel,
        "language": LANGUAGES[number % len(LANGUAGES)],
        "state": "active",
    }


def _sealed(folder: Path, numbers: range, channel: str) -> Iterator[dict[str, Any]]:
    keyring = keys.load(folder)
    for number in numbers:
        value = f"+1555{number:07d}" if channel == "sms" else str(1_000_000 + number)
        route_id = route(number, channel)
        yield {
            "id": route_id,
            "contact": route_id,
            "channel": channel,
            "sealed": seal_address(keyring, route_id, channel, value),
        }


async def _write(db: Transaction, table: Table, rows: list[dict[str, Any]], now: datetime) -> None:
    if not rows:
        return
    since = "since" if "since" in table.c else "made_at"
    full = [{**row, since: now} for row in rows]
    connection = db.main if table is subscribers else await db.routes()
    if db.dialect.name == "postgresql":
        await _copy(connection, table, full)
    else:
        await connection.execute(insert(table), full)


async def _copy(connection: AsyncConnection, table: Table, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    turns = {name: table.c[name].type.bind_processor(connection.dialect) for name in names}
    records = [
        tuple(turn(row[name]) if (turn := turns[name]) else row[name] for name in names)
        for row in rows
    ]
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw is not None
    await raw.copy_records_to_table(table.name, records=records, columns=names)
