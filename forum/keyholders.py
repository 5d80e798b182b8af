"""Who can open what: the private key of a case or voice, sealed to each of its holders.

It is always sealed to the recovery key too, so a report is kept safe before anybody has a key.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, exists, false, func, insert, select

from forum import audit, members
from forum.key_shares import RECOVERY, SOLE, key_shares, note_given, take
from forum.members import CASE_RIGHTS, RIGHTS, Member, NotAllowed, Right
from storage.unit_of_work import Reads, Transaction
from vault.keyring import Keyring
from vault.recovery import BadPassphrase
from vault.seals import CannotOpen, KeyPair, seal, unseal

#: Selects no case and no voice.
NOTHING = select(key_shares.c.subject).where(false())


async def share_out(
    db: Transaction, keyring: Keyring, subject: str, pair: KeyPair, now: datetime
) -> None:
    """Seal the private key of a new case or voice to everybody who triages, and to RECOVERY."""
    holders = [*await members.holders(db), (RECOVERY, keyring.recovery_public)]
    rows = [_share(subject, holder, public, pair.private, now) for holder, public in holders]
    rows[-1]["sole"] = len(rows) == 1
    await db.execute(_SHARES, rows)


_SHARES = insert(key_shares)


async def open_subject(db: Reads, subject: str, member_id: str, private: bytes) -> bytes:
    """Return the private key of a case or voice. Raises ``CannotOpen``: not a holder."""
    opened = await open_many(db, [subject], member_id, private)
    if subject not in opened:
        raise CannotOpen
    return opened[subject]


async def open_many(
    db: Reads, subjects: Collection[str], member_id: str, private: bytes
) -> dict[str, bytes]:
    """Return the private keys of those of *subjects* that this member can open."""
    return open_shares(await shares_of(db, subjects, member_id), member_id, private)


async def shares_of(
    db: Reads, subjects: Collection[str], member_id: str
) -> Sequence[tuple[str, bytes]]:
    """Return the sealed private keys of *subjects* that this member holds, with their subjects."""
    theirs = key_shares.c.member_id == member_id
    return await _shares(db, theirs, key_shares.c.subject.in_(subjects))


def open_share(
    sealed: bytes, subject: str, member_id: str, private: bytes, *, public: bytes | None = None
) -> bytes:
    """Return the private key of a case or voice out of one share. Raises ``CannotOpen``.

    *public* is the other half of *private*, which whoever opens many has at hand.
    """
    return unseal(private, sealed, context=_context(subject, member_id), public=public)


async def grant(
    db: Transaction,
    *,
    to: Member,
    by: str,
    by_private: bytes,
    subjects: Collection[str] | None = None,
    apart_from: Select[tuple[str]] = NOTHING,
    now: datetime,
) -> int:
    """Give *to* the key of what the member *by* can open; return how many keys that were.

    *subjects* None: of everything, which is for those who triage. *apart_from* selects what *to*
    must not know of. Raises ``NotAllowed``.
    """
    if not _entitled(to, everything=subjects is None):
        raise NotAllowed
    return await _grant(db, to, by, by_private, subjects, apart_from, now)


async def grant_by_recovery(
    db: Transaction,
    keyring: Keyring,
    pair: KeyPair,
    *,
    to: Member,
    apart_from: Select[tuple[str]] = NOTHING,
    now: datetime,
) -> int:
    """Give *to*, who triages, the key of everything, out of the recovery passphrase's pair.

    *apart_from*: as for ``grant``. Raises ``BadPassphrase`` when the pair is another
    installation's, and ``NotAllowed``.
    """
    if pair.public != keyring.recovery_public:
        raise BadPassphrase
    if not _entitled(to, everything=True):
        raise NotAllowed
    return await _grant(db, to, RECOVERY, pair.private, None, apart_from, now)


async def without_holder(db: Reads, apart_from: Select[tuple[str]] = NOTHING) -> int:
    """Return how many cases and voices, *apart_from* some, only the recovery key can open."""
    return await _count(db, SOLE, key_shares.c.subject.not_in(apart_from))


async def missing(db: Reads, member_id: str, apart_from: Select[tuple[str]] = NOTHING) -> int:
    """Return how many cases and voices, *apart_from* some, this member has no key to."""
    seen = key_shares.c.subject.not_in(apart_from)
    return await _count(db, key_shares.c.member_id == RECOVERY, ~_held_by(member_id), seen)


async def others(db: Reads, subject: str, member_id: str) -> bool:
    """Whether somebody beside this member can open a case or voice; RECOVERY does not count."""
    theirs = key_shares.c.member_id.not_in([member_id, RECOVERY])
    return await _count(db, key_shares.c.subject == subject, theirs) > 0


async def withdraw(
    db: Transaction, subjects: Collection[str], member_ids: Collection[str]
) -> None:
    """Take the keys to all of *subjects* from each of these members."""
    await take(db, key_shares.c.subject.in_(subjects), member_ids)


async def forget(db: Transaction, subject: str) -> None:
    """Delete every key to a case or voice: nobody opens it any more, nor does RECOVERY."""
    await db.execute(delete(key_shares).where(key_shares.c.subject == subject))


def _entitled(to: Member, *, everything: bool) -> bool:
    if everything:
        return to.may(Right.TRIAGE)
    return to.active and bool(RIGHTS[to.role] & CASE_RIGHTS)


async def _grant(
    db: Transaction,
    to: Member,
    by: str,
    private: bytes,
    subjects: Collection[str] | None,
    apart_from: Select[tuple[str]],
    now: datetime,
) -> int:
    if to.public_key is None:
        raise NotAllowed
    wanted = [
        key_shares.c.member_id == by,
        ~_held_by(to.id),
        key_shares.c.subject.not_in(apart_from),
    ]
    if subjects is not None:
        wanted.append(key_shares.c.subject.in_(subjects))
    opened = open_shares(await _shares(db, *wanted), by, private)
    rows = [
        {**_share(subject, to.id, to.public_key, key, now), "granted_by": by}
        for subject, key in opened.items()
    ]
    if rows:
        await db.execute(insert(key_shares), rows)
        await note_given(db)
    await audit.record(db, actor=by, act="keys.granted", subject=to.id, now=now)
    return len(rows)


def _held_by(member_id: str) -> ColumnElement[bool]:
    theirs = key_shares.alias()
    return exists().where(
        theirs.c.subject == key_shares.c.subject, theirs.c.member_id == member_id
    )


async def _shares(db: Reads, *where: ColumnElement[bool]) -> list[tuple[str, bytes]]:
    rows = await db.execute(select(key_shares.c.subject, key_shares.c.sealed).where(*where))
    return [(row.subject, row.sealed) for row in rows]


async def _count(db: Reads, *where: ColumnElement[bool]) -> int:
    return (
        await db.execute(select(func.count()).select_from(key_shares).where(*where))
    ).scalar_one()


def open_shares(
    shares: Iterable[tuple[str, bytes]], member_id: str, private: bytes
) -> dict[str, bytes]:
    """Open what opens: one damaged share must not hide all the others."""
    opened = {}
    for subject, sealed in shares:
        try:
            opened[subject] = open_share(sealed, subject, member_id, private)
        except CannotOpen:
            continue
    return opened


def _share(
    subject: str, member_id: str, public: bytes, private: bytes, now: datetime
) -> dict[str, object]:
    return {
        "subject": subject,
        "member_id": member_id,
        "sealed": seal(public, private, context=_context(subject, member_id)),
        "granted_by": None,
        "granted_at": now,
        "sole": False,
    }


def _context(subject: str, member_id: str) -> str:
    return f"key_shares.sealed|{subject}|{member_id}"
