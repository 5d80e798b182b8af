"""Every share of one member can be taken at once."""

import random

from sqlalchemy import select

from forum import keyholders
from forum.key_shares import RECOVERY, key_shares, withdraw_all
from vault.seals import new_pair


async def test_all_are_taken_but_those_to_keep(db, join, keyring, now):
    member, _ = await join(name="Amani")
    other, _ = await join(name="Zuri")
    for subject in ("c1", "c2"):
        await keyholders.share_out(db, keyring, subject, new_pair(), now)
    await withdraw_all(db, member.id, keep=["c2"])
    rows = await db.execute(select(key_shares.c.subject, key_shares.c.member_id))
    assert set(map(tuple, rows)) == {
        ("c2", member.id),
        *((subject, holder) for subject in ("c1", "c2") for holder in (other.id, RECOVERY)),
    }


async def test_what_only_recovery_opens_is_noted_whatever_happens(db, join, keyring, now):
    dice = random.Random(5)
    people = [await join(name=name) for name in ("Amani", "Zuri", "Neema")]
    subjects = [f"c{number}" for number in range(6)]
    for subject in subjects:
        await keyholders.share_out(db, keyring, subject, new_pair(), now)
    seen = set()
    for _ in range(60):
        (member, private), (other, _) = dice.sample(people, 2)
        some = dice.sample(subjects, 3)
        match dice.randrange(3):
            case 0:
                await keyholders.withdraw(db, some, [member.id])
            case 1:
                await withdraw_all(db, member.id, keep=some)
            case 2:
                given = {"to": other, "by": member.id, "by_private": private, "now": now}
                await keyholders.grant(db, **given, subjects=some)
        held = [row.subject for row in await db.execute(select(key_shares.c.subject))]
        alone = sum(held.count(subject) == 1 for subject in subjects)
        assert await keyholders.without_holder(db) == alone
        seen.add(alone)
    assert len(seen) > 2
