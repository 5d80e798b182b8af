"""How a report becomes a case. Whatever was said is kept; nothing is mandatory."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, select

from channels.base import Address
from forum import audit, bodies, keyholders
from forum.attachments import Offer
from grievances import deadlines, entries, exclusions, reporters
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.case import Held, cases, change, hold
from grievances.caseload import REFERENCE_LETTERS
from grievances.category import Category
from grievances.entries import Draft, Kind
from grievances.severity import UNSORTED, Severity
from grievances.states import State
from grievances.taxonomy import DEFAULT, Taxonomy
from storage.unit_of_work import Transaction
from storage.upsert import Insert, insert
from vault.codes import Minted
from vault.keyring import Keyring
from vault.seals import new_pair

REFERENCE_LENGTH = 6


@dataclass(frozen=True, slots=True, repr=False)
class Filed:
    """A case that was just filed. The code is told once and kept nowhere."""

    case_id: str
    code_text: str
    reference: str


@dataclass(frozen=True, slots=True)
class Described:
    """What was understood of a description."""

    site_name: str | None


async def file_case(
    db: Transaction,
    keyring: Keyring,
    minted: Minted,
    *,
    address: Address | str,
    story: str,
    language: str,
    now: datetime,
    attachments: Sequence[Offer] = (),
    category: str | None = None,
    callback_number: str | None = None,
    calendar: Calendar = PLAIN_WEEK,
    taxonomy: Taxonomy = DEFAULT,
) -> Filed:
    """Keep a report: a case with its own key, its deadlines and a way back to the reporter.

    A category that nobody knows counts as none. *callback_number* is where to call, in E.164.
    *address* is the channel's name alone where nothing can be sent: the reporter comes back with
    the code.
    """
    channel, route_id = await _way_back(db, keyring, address, now)
    case_id, pair = uuid4().hex, new_pair()
    sort = _judged(taxonomy.categories.get(category or ""))
    reference = await _insert(
        db,
        id=case_id,
        locator=minted.code.locator,
        code_salt=minted.salt,
        code_digest=minted.digest,
        public_key=pair.public,
        state=State.RECEIVED,
        language=language,
        channel=channel,
        callback=callback_number is not None,
        route_id=route_id,
        received_at=now,
        moved_at=now,
        heard_at=now,
        **sort,
    )
    await deadlines.plan(db, case_id, sort["severity"], now, calendar=calendar)
    await keyholders.share_out(db, keyring, case_id, pair, now)
    await _close_lane(db, case_id, sort["lane"])
    if story or attachments:
        await entries.hear(
            db,
            keyring,
            case_id,
            pair.public,
            story,
            attachments,
            channel=channel,
            now=now,
        )
    if callback_number is not None:
        await entries.write(db, case_id, pair.public, Draft(callback_number, Kind.NUMBER), now)
    await audit.record(db, actor=entries.REPORTER, act="case.filed", subject=case_id, now=now)
    return Filed(case_id, minted.code.text, reference)


async def _way_back(
    db: Transaction, keyring: Keyring, address: Address | str, now: datetime
) -> tuple[str, str | None]:
    if isinstance(address, str):
        return address, None
    return address.channel, await reporters.case_route(db, keyring, address, now)


async def _close_lane(db: Transaction, case_id: str, lane: str | None) -> None:
    """Take the key of a case in a lane from whoever is none of its focal points."""
    if lane is not None:
        await exclusions.withdraw(db, cases.c.id == case_id)


async def file_after(
    db: Transaction,
    keyring: Keyring,
    first_id: str,
    *,
    address: Address,
    severity: Severity,
    now: datetime,
    calendar: Calendar = PLAIN_WEEK,
    taxonomy: Taxonomy = DEFAULT,
) -> tuple[str, bytes]:
    """Make a case that comes of another one, of the same reporter; return its id and public key.

    It has a key and deadlines of its own, and a way of its own to the same *address*. The code of
    the first opens both. What the first was judged to be holds for it too, never milder than
    *severity*; until somebody has read it, it is for those who triage.
    """
    case_id, pair = uuid4().hex, new_pair()
    first = (await db.execute(_INHERITED, {"its_id": first_id})).one()
    known = taxonomy.categories.get(first.category or "")
    if known is not None and known.floor.graver_than(severity):
        severity = known.floor
    await _insert(
        db,
        **first._asdict(),
        id=case_id,
        public_key=pair.public,
        state=State.RECEIVED,
        severity=severity,
        channel=address.channel,
        callback=False,
        quarantine=True,
        route_id=await reporters.case_route(db, keyring, address, now),
        received_at=now,
        moved_at=now,
        heard_at=now,
    )
    await deadlines.plan(db, case_id, severity, now, calendar=calendar)
    await keyholders.share_out(db, keyring, case_id, pair, now)
    await _close_lane(db, case_id, first.lane)
    await audit.record(db, actor=entries.SYSTEM, act="case.filed", subject=case_id, now=now)
    return case_id, pair.public


_INHERITED = select(
    *(
        cases.c[name]
        for name in (
            "locator",
            "code_salt",
            "code_digest",
            "category",
            "lane",
            "site_id",
            "district",
            "language",
            "safe",
        )
    )
).where(cases.c.id == bindparam("its_id"))


def _judged(category: Category | None) -> dict[str, Any]:
    if category is None:
        return {"category": None, "severity": UNSORTED, "lane": None, "quarantine": False}
    return {
        "category": category.key,
        "severity": category.floor,
        "lane": category.lane,
        "quarantine": category.quarantine,
    }


async def _insert(db: Transaction, **values: Any) -> str:
    """Insert the case under a reference that is free, and return the reference."""
    while True:
        reference = _reference()
        row = {"reference": reference, **values}
        if (await db.execute(_unless_taken(insert(db, cases)), row)).rowcount == 1:
            return reference


@cache
def _unless_taken(statement: Insert) -> Insert:
    """Only a reference that is taken is another try; any other conflict is an error."""
    return statement.on_conflict_do_nothing(index_elements=[cases.c.reference])


def _reference() -> str:
    return "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(REFERENCE_LENGTH))


async def describe(
    db: Transaction,
    case_id: str,
    *,
    now: datetime,
    category: str | None = None,
    place: str | None = None,
    safe: bool | None = None,
    calendar: Calendar = PLAIN_WEEK,
    taxonomy: Taxonomy = DEFAULT,
) -> Described:
    """Add what the reporter answered about the case just filed. Raises ``NoSuchCase``."""
    held = await hold(db, case_id)
    known = taxonomy.categories.get(category or "")
    if known is not None:
        await _sort(db, held, known, calendar)
    if safe is not None:
        await change(db, case_id, safe=safe)
    return Described(await _locate(db, held, place, now) if place else None)


async def _sort(db: Transaction, held: Held, known: Category, calendar: Calendar) -> None:
    if held.state is not State.RECEIVED:
        return  # a person has judged it by now, and that stands
    await change(db, held.id, **_judged(known))
    await _close_lane(db, held.id, known.lane)
    await deadlines.replan(db, held.id, known.floor, calendar=calendar)


async def _locate(db: Transaction, held: Held, place: str, now: datetime) -> str | None:
    """Keep the place as it was said; a site's code is also kept in clear, to sort by."""
    draft = replace(entries.spoken(place), kind=Kind.PLACE)
    await entries.write(db, held.id, held.public_key, draft, now)
    site = await bodies.site_by_code(db, place)
    if site is None:
        return None
    await change(db, held.id, site_id=site.id, district=site.district)
    return site.name
