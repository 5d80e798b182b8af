"""STOP, START and HELP in every language, and who has shut the door to news.

A stop holds for news only: who has stopped can still report, and still gets answers. Only the
person's own START, or asking for news again, takes it back: nothing else that they write does.
"""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Literal, TypeAlias

from sqlalchemy import Column, String, Table, delete, select

from channels.base import Address
from locales import folded, languages
from storage.among import among
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert
from vault.keyring import Keyring, Purpose

Wish: TypeAlias = Literal["stop", "start", "help"]

stops = Table(
    "stops",
    metadata,
    Column("contact", String(32), primary_key=True),
    Column("since", Instant, nullable=False),
    Column("by", String(8), nullable=False),
)


class By(StrEnum):
    """How somebody shut the door; what opens it again."""

    WORD = "word"  # STOP; only a word of theirs takes it back
    DOOR = "door"  # the channel's own means: they blocked us, and may let us in again


#: The row of ``languages.toml`` with words that may stand beside one of ours and change nothing.
COURTESY = "courtesy"

#: Characters. Whoever writes more than this has something to say.
LONGEST = 100

_BETWEEN_WORDS = re.compile(r"[^\w']+")


def match(text: str) -> Wish | None:
    """Return what a message wishes that is one of the words, perhaps with thanks; else None.

    «Stop. Merci» is a wish. «Stop this bill» is not: there is more in it than the word.
    """
    if len(text) > LONGEST:
        return None
    said = _plain(text)
    courtesies = _courtesies()
    said = courtesies.sub(" ", f" {said} ").strip() or said
    wishes = _wishes()
    if said in wishes:
        return wishes[said]
    meant = {wishes.get(word) for word in said.split()}  # «STOP STOP STOP»
    return meant.pop() if len(meant) == 1 else None


def doubtful(text: str) -> bool:
    """Whether *text* may wish to stop, and says more: «stop this bill». Somebody has to ask."""
    if len(text) > LONGEST or match(text) is not None:
        return False
    said = _courtesies().sub(" ", f" {_plain(text)} ").split()
    return len(said) > 1 and _wishes().get(said[0]) == "stop"


async def stop(
    db: Transaction, keyring: Keyring, address: Address, now: datetime, by: By = By.WORD
) -> bool:
    """Remember that *address* wants no news; False: it was so before."""
    contact = contact_of(keyring, address)
    statement = insert(db, stops).values(contact=contact, since=now, by=by)
    if by is By.WORD:  # says more than a door did
        statement = statement.on_conflict_do_update(
            index_elements=["contact"], set_={"by": by}, where=stops.c.by != by
        )
    else:
        statement = statement.on_conflict_do_nothing()
    return (await db.execute(statement)).rowcount == 1


async def restart(
    db: Transaction,
    keyring: Keyring,
    address: Address,
    now: datetime,  # noqa: ARG001 - as ``stop``: a caller chooses one of the two
    by: By = By.WORD,
) -> bool:
    """Forget that *address* wanted no news; False: there is nothing to forget.

    A door that opens takes back what a door did, and never a word.
    """
    forgotten = delete(stops).where(stops.c.contact == contact_of(keyring, address))
    if by is By.DOOR:
        forgotten = forgotten.where(stops.c.by == by)
    return (await db.execute(forgotten)).rowcount == 1


async def stopped(db: Reads, keyring: Keyring, address: Address) -> bool:
    """Whether *address* wants no news."""
    return bool(await stopped_among(db, keyring, [address]))


async def stopped_among(
    db: Reads, keyring: Keyring, addresses: Collection[Address]
) -> frozenset[Address]:
    """Return those of *addresses* that want no news: one question for a whole batch."""
    by_contact = {contact_of(keyring, address): address for address in addresses}
    return frozenset(by_contact[contact] for contact in await shut_among(db, by_contact))


async def shut_among(db: Reads, contacts: Collection[str]) -> Collection[str]:
    """Return those of *contacts*, as ``contact_of`` names them, that want no news."""
    return (await db.execute(_AMONG, {"contacts": list(contacts)})).scalars().all()


async def since(db: Reads, keyring: Keyring, address: Address) -> datetime | None:
    """Return when *address* asked for no more news; None: it did not."""
    theirs = stops.c.contact == contact_of(keyring, address)
    moment: datetime | None = (await db.execute(select(stops.c.since).where(theirs))).scalar()
    return moment


_AMONG = select(stops.c.contact).where(among(stops.c.contact, "contacts"))


def contact_of(keyring: Keyring, address: Address) -> str:
    """Return what stands for *address* among those who want no news."""
    return keyring.pseudonym(Purpose.STOP, address.channel, address.value)


def _plain(text: str) -> str:
    return _BETWEEN_WORDS.sub(" ", folded(text)).strip()


@cache
def _wishes() -> Mapping[str, Wish]:
    names: tuple[Wish, ...] = ("help", "start", "stop")  # in doubt, stop
    return {
        _plain(word): name
        for name in names
        for language in languages().values()
        for word in language.words.get(name, ())
    }


@cache
def _courtesies() -> re.Pattern[str]:
    of_languages = (
        word for language in languages().values() for word in language.words.get(COURTESY, ())
    )
    phrases = {_plain(word) for word in of_languages} - set(_wishes())
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<= )(?:{'|'.join(map(re.escape, longest_first))})(?= )")
