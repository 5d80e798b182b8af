"""How often somebody may try to sign in, without a way to lock another person out.

A browser that signed in before carries a keyed mark of its member. Tries with a right mark count
for that browser alone; all others share what strangers are allowed for that account. So somebody
who guesses at an account stops other strangers, and never its member at the usual desk.
Source of the idea: OWASP, «Slow Down Online Guessing Attacks with Device Cookies».
"""

import hmac
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Column, Integer, String, Table, delete

from storage.base import Instant, metadata
from storage.unit_of_work import Transaction
from storage.upsert import insert
from vault.keyring import Keyring, Purpose

#: Tries within one window of 15 minutes.
WINDOW: Final = timedelta(minutes=15)
PER_ACCOUNT: Final = 10
#: A whole office may sit behind one address.
PER_ADDRESS: Final = 60

sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("scope", String(32), primary_key=True),  # a pseudonym: no address is kept
    Column("began_at", Instant, primary_key=True),
    Column("count", Integer, nullable=False),
)


def mark(keyring: Keyring, email: str) -> str:
    """Return what a browser keeps that signed in as *email*."""
    return keyring.pseudonym(Purpose.SESSION, "browser", email.strip().casefold())


async def allowed(
    db: Transaction, keyring: Keyring, *, email: str, address: str, known: str, now: datetime
) -> bool:
    """Count one more try; whether it may be judged.

    *address* is where the browser calls from, *known* the mark that it brought, if any.
    """
    within = True
    for scope, limit in _scopes(keyring, email.strip().casefold(), address, known):
        within = await _count(db, scope, now) <= limit and within
    return within


async def forgive(
    db: Transaction, keyring: Keyring, *, email: str, address: str, known: str
) -> None:
    """Forget the tries that led to a right password."""
    account = [scope for scope, _ in _scopes(keyring, email.strip().casefold(), address, known)]
    await db.execute(delete(sign_in_tries).where(sign_in_tries.c.scope == account[0]))


def _scopes(keyring: Keyring, email: str, address: str, known: str) -> list[tuple[str, int]]:
    if known and hmac.compare_digest(known.encode(), mark(keyring, email).encode()):
        return [(keyring.pseudonym(Purpose.TRIES, "browser", email), PER_ACCOUNT)]
    return [
        (keyring.pseudonym(Purpose.TRIES, "account", email), PER_ACCOUNT),
        (keyring.pseudonym(Purpose.TRIES, "address", address), PER_ADDRESS),
    ]


async def _count(db: Transaction, scope: str, now: datetime) -> int:
    began = now - (now - now.replace(hour=0, minute=0, second=0, microsecond=0)) % WINDOW
    await db.execute(delete(sign_in_tries).where(sign_in_tries.c.began_at < began))
    statement = insert(db, sign_in_tries).values(scope=scope, began_at=began, count=1)
    counted = statement.on_conflict_do_update(
        index_elements=["scope", "began_at"], set_={"count": sign_in_tries.c.count + 1}
    ).returning(sign_in_tries.c.count)
    count: int = (await db.execute(counted)).scalar_one()
    return count
