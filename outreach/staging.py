"""Reads a list into the staging table, a chunk at a time, and says what each row would do.

What is slow (reading numbers, sealing addresses) is done in a thread; each chunk is a transaction
of its own, so that turns of miners wait for none of it. Nothing reaches the list from here.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import IO, Any, Final

from sqlalchemy import insert, select

from channels import contacts, optout
from channels.base import Address
from forum import bodies
from outreach import imports, spreadsheets
from outreach.companions import MOST, companions
from outreach.import_columns import Bad, Listed, Statement, fields_of, understand
from outreach.imports import NotNow, State, Verdict, import_rows
from outreach.profiles import Profile
from outreach.spreadsheets import Row, Sheet, Unreadable
from outreach.subscribers import State as Listening
from outreach.subscribers import consented, contact_of, subscribers
from storage.among import among
from storage.engine import Database
from storage.unit_of_work import Reads
from vault.keyring import Keyring

#: Rows in a transaction: some tens of milliseconds of SQLite's writer.
CHUNK: Final = 500

#: A list has telephone numbers.
CHANNEL: Final = "sms"

#: Fewer digits of a longer number are shown than somebody could be found by.
_ENDING: Final = 2


@dataclass(frozen=True, slots=True, repr=False)
class _Person:
    """A row that names somebody, under what stands for them."""

    number: int
    listed: Listed
    address: Address
    contact: str
    door: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What the list and the file say already of the people of a chunk."""

    further_up: Mapping[str, Sequence[Profile]]  # of the file; of who adds nothing, none
    shut: Collection[str]
    states: Mapping[str, str]
    cohorts: Mapping[str, str | None]
    profiles: Mapping[str, Sequence[Profile]]


async def stage(
    database: Database,
    keyring: Keyring,
    file: IO[bytes],
    statement: Statement,
    *,
    by: str,
    now: datetime,
) -> str:
    """Read *file* and return the id of its import, ready to be looked at.

    Raises ``Unreadable``, also where somebody forgot the list meanwhile. Whatever it raises,
    nothing of the list is left.
    """
    sheet = await asyncio.to_thread(spreadsheets.opened, file)
    places = fields_of(sheet.header)
    if "phone" not in places:
        raise Unreadable("no_phone_column")
    async with database.transaction() as db:
        sites = {site.code: site.id for site in await bodies.all_sites(db)}
        import_id = await imports.begin(
            db, encoding=sheet.encoding, separator=sheet.separator, by=by, now=now
        )
    try:
        while rows := await asyncio.to_thread(_next, sheet):
            told = await asyncio.to_thread(_understood, keyring, rows, places, sites, statement)
            await _stage_some(database, keyring, import_id, told)
        async with database.transaction() as db:
            await imports.move(db, import_id, State.READY, now)
    except NotNow as error:
        raise Unreadable("forgotten") from error
    except BaseException:  # whoever stops the process, too, has half a list on their hands
        await _drop(database, import_id)
        raise
    return import_id


async def _drop(database: Database, import_id: str) -> None:
    with suppress(NotNow):
        async with database.transaction() as db:
            await imports.drop(db, import_id)


def _next(sheet: Sheet) -> Sequence[Row]:
    return list(islice(sheet.rows, CHUNK))


def _understood(
    keyring: Keyring,
    rows: Sequence[Row],
    places: Mapping[str, int],
    sites: Mapping[str, str],
    statement: Statement,
) -> Sequence[tuple[int, _Person | Bad]]:
    told: list[tuple[int, _Person | Bad]] = []
    for number, cells in rows:
        one = understand(cells, places, sites, statement)
        told.append((number, one if isinstance(one, Bad) else _person(keyring, number, one)))
    return told


def _person(keyring: Keyring, number: int, listed: Listed) -> _Person:
    address = Address(CHANNEL, listed.number)
    contact, door = contact_of(keyring, address), optout.contact_of(keyring, address)
    return _Person(number, listed, address, contact, door)


async def _stage_some(
    database: Database,
    keyring: Keyring,
    import_id: str,
    told: Sequence[tuple[int, _Person | Bad]],
) -> None:
    people = [one for _, one in told if isinstance(one, _Person)]
    async with database.reading() as db:
        known = await _known(db, import_id, people)
    rows = await asyncio.to_thread(_rows, keyring, import_id, told, known)
    async with database.transaction() as db:
        await imports.hold(db, import_id)
        await db.execute(insert(import_rows), rows)


async def _known(db: Reads, import_id: str, people: Sequence[_Person]) -> _Known:
    theirs = {"contacts": [one.contact for one in people]}
    above = select(import_rows).where(
        import_rows.c.import_id == import_id, among(import_rows.c.contact, "contacts")
    )
    listed = select(subscribers).where(among(subscribers.c.contact, "contacts"))
    others = select(subscribers.c.contact, companions).join(
        companions, companions.c.subscriber_id == subscribers.c.id
    )
    found = (await db.execute(listed, theirs)).mappings().all()
    profiles = {row["contact"]: [Profile.of(row)] for row in found}
    beside = others.where(among(subscribers.c.contact, "contacts"))
    for row in (await db.execute(beside, theirs)).mappings():
        profiles[row["contact"]].append(Profile.of(row))
    further_up: dict[str, list[Profile]] = {}
    for row in (await db.execute(above, theirs)).mappings():
        told = further_up.setdefault(row["contact"], [])
        if row["verdict"] in _KEPT:
            told.append(Profile.of(row))
    return _Known(
        further_up,
        frozenset(await optout.shut_among(db, [one.door for one in people])),
        {row["contact"]: row["state"] for row in found},
        {row["contact"]: row["cohort"] for row in found},
        profiles,
    )


def _rows(
    keyring: Keyring,
    import_id: str,
    people: Sequence[tuple[int, _Person | Bad]],
    known: _Known,
) -> list[dict[str, Any]]:
    seen = {contact: list(told) for contact, told in known.further_up.items()}
    rows = []
    for number, one in people:
        row = {**_EMPTY, "import_id": import_id, "number": number}
        if isinstance(one, Bad):
            row |= {"verdict": Verdict.BAD, "why": one.why, "ending": one.ending}
        else:
            verdict = _verdict(one, known, seen)
            row |= {"verdict": verdict, "ending": one.address.value[-_ENDING:]}
            row |= {"contact": one.contact, "door": one.door}
            told = seen.setdefault(one.contact, [])
            if verdict in _KEPT:
                told.append(one.listed.profile.with_phase())
                row |= _kept(keyring, one, new=verdict is Verdict.NEW)
        rows.append(row)
    return rows


#: All rows of a chunk have the same columns.
_EMPTY: Final = {column.name: None for column in import_rows.c}


#: Of these the file's own words are kept, to be put on.
_KEPT: Final = (Verdict.NEW, Verdict.CHANGED)


def _verdict(one: _Person, known: _Known, seen: Mapping[str, Sequence[Profile]]) -> Verdict:
    """Return what a row would do; whoever contradicts all above is another person there."""
    told, above = one.listed.profile.with_phase(), seen.get(one.contact)
    if above and (len(above) > MOST or not all(told.contradicts(each) for each in above)):
        return Verdict.DUPLICATE
    state = known.states.get(one.contact)
    if state == Listening.STOPPED or one.door in known.shut:
        return Verdict.STOPPED if above is None else Verdict.DUPLICATE
    if state is None:
        return Verdict.NEW if above is None else Verdict.CHANGED
    cohort = one.listed.cohort
    if cohort and cohort != known.cohorts[one.contact]:
        return Verdict.CHANGED
    there = any(
        not told.contradicts(each) and told.known().items() <= each.known().items()
        for each in known.profiles[one.contact]
    )
    if there:
        return Verdict.UNCHANGED if above is None else Verdict.DUPLICATE
    return Verdict.CHANGED


def _kept(keyring: Keyring, one: _Person, *, new: bool) -> dict[str, Any]:
    """Return what is needed to put somebody on; the address only of who is not there yet."""
    listed = one.listed
    values = {
        **listed.profile.with_phase().traits(),
        **consented(listed.consent),
        "language": listed.language,
        "cohort": listed.cohort,
    }
    if new:
        route = contacts.seal(keyring, one.address)
        values |= {"route_id": route.id, "sealed": route.sealed}
    return values
