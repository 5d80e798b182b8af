"""Opening a case by its receipt code, however often somebody guesses.

A try is counted before it is judged, in one statement, so that a thousand at once get no further
than five after each other. What was right is taken off the count again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    String,
    Table,
    case,
    delete,
    exists,
    select,
    true,
    update,
)

from grievances.case import cases
from grievances.correspondence import unread
from grievances.states import ENDED
from storage.base import metadata
from storage.engine import Database
from storage.unit_of_work import Transaction
from storage.upsert import insert
from vault import codes
from vault.codes import Code
from vault.keyring import Keyring
from vault.passwords import SALT_BYTES

tries = Table(
    "tries",
    metadata,
    Column("scope", String(48), primary_key=True),
    Column("hour", Integer, primary_key=True),  # hours since 1970
    Column("count", Integer, nullable=False),
)

#: Wrong tries that are judged in an hour, for one locator and for one sender.
LIMIT = 5

#: The same for everybody together.
OVERALL_LIMIT = 100

_HOUR = 3600

_ALL = true()

#: What is looked at first among several cases of one code.
_NEWS = case((exists().where(unread.c.case_id == cases.c.id), 1), else_=0)
_ENDED = case((cases.c.state.in_(ENDED), 1), else_=0)


class TooManyTries(Exception):
    """Nothing was looked up."""


@dataclass(frozen=True, slots=True, repr=False)
class _Kept:
    """What is kept of a case's code."""

    case_id: str
    salt: bytes
    digest: bytes


async def judge(
    database: Database,
    keyring: Keyring,
    code: Code,
    *,
    sender: str,
    now: datetime,
    seen: ColumnElement[bool] = _ALL,
) -> str | None:
    """Return the id of the case that *code* opens; None: it is wrong.

    Where it opens several (``retaliation``), that is the one with an answer to be read, or else
    the newest that is open. *sender* is a pseudonym (purpose TRIES). *seen*: to a member, the
    code of a case that is hidden from them is as wrong as any. No transaction stays open while
    Argon2 works. Raises ``TooManyTries``.
    """
    scopes, hour = _scopes(code, sender), _hour(now)
    async with database.transaction() as db:
        await _count(db, scopes, hour)
    async with database.reading() as reads:
        found = await reads.execute(
            select(cases.c.id, cases.c.code_salt, cases.c.code_digest)
            .where(cases.c.locator == code.locator, seen)
            .order_by(_NEWS.desc(), _ENDED, cases.c.received_at.desc(), cases.c.id)
        )
        kept = [_Kept(*row) for row in found]
    case_id = await asyncio.to_thread(_match, code, kept, keyring)
    if case_id is not None:
        async with database.transaction() as db:
            await _take_back(db, scopes, hour)
    return case_id


def _scopes(code: Code, sender: str) -> Sequence[tuple[str, int]]:
    """Return what is counted and how far, always in this order: two tries cannot deadlock."""
    return (f"sender:{sender}", LIMIT), (f"locator:{code.locator}", LIMIT), ("all", OVERALL_LIMIT)


def _hour(now: datetime) -> int:
    return int(now.timestamp()) // _HOUR


async def _count(db: Transaction, scopes: Sequence[tuple[str, int]], hour: int) -> None:
    """Count one try in every scope, or raise and count it in none."""
    for scope, limit in scopes:
        statement = insert(db, tries).values(scope=scope, hour=hour, count=1)
        counted = await db.execute(
            statement.on_conflict_do_update(
                index_elements=["scope", "hour"],
                set_={"count": tries.c.count + 1},
                where=tries.c.count < limit,
            )
        )
        if counted.rowcount != 1:
            raise TooManyTries


def _match(code: Code, kept: Sequence[_Kept], keyring: Keyring) -> str | None:
    right = {  # each once: several cases of one code cost no more than one
        (one.salt, one.digest): codes.matches(code, one.salt, one.digest, keyring)
        for one in {(each.salt, each.digest): each for each in kept}.values()
    }
    matching = [one.case_id for one in kept if right[one.salt, one.digest]]
    if not kept:
        # As slow as a wrong secret: how long it took does not tell which locators there are.
        codes.digest(code, bytes(SALT_BYTES), keyring)
    return matching[0] if matching else None


async def _take_back(db: Transaction, scopes: Sequence[tuple[str, int]], hour: int) -> None:
    for scope, _ in scopes:
        await db.execute(
            update(tries)
            .where(tries.c.scope == scope, tries.c.hour == hour)
            .values(count=tries.c.count - 1)
        )


async def purge(db: Transaction, now: datetime) -> None:
    """Forget the counts of hours that are over."""
    await db.execute(delete(tries).where(tries.c.hour < _hour(now)))
