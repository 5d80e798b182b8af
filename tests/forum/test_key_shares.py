"""Every share of one member can be taken at once."""

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
