from sqlalchemy import insert

from channels.base import Address
from forum.bodies import sites
from outreach import exporting, subscribers
from outreach.exporting import COLUMNS


async def test_the_table_says_what_people_are_like_and_not_who(database, keyring, now):
    async with database.transaction() as db:
        site = {"id": "s" * 32, "code": "KB12", "name": "K", "district": "N", "mineral": "gold"}
        await db.execute(insert(sites).values(site))
        address = Address("sms", "+255700000001")
        told = {"place": "KB12", "role": "digger", "gender": "woman", "formality": "formal"}
        await subscribers.subscribe(db, keyring, address, language="sw", now=now, **told)
        await subscribers.subscribe(db, keyring, Address("telegram", "7"), language="en", now=now)
        rows = await exporting.rows(db)
    whole = {row[:8]: row for row in rows}
    first = ("KB12", "N", "digger", "woman", "formal", "extraction", "sw", "sms")
    assert dict(zip(COLUMNS, whole[first], strict=True)) == {
        **dict(zip(COLUMNS[:8], first, strict=True)),
        "cohort": "",
        "state": "active",
        "since": "2026-05-12",
        "heard": "2026-05-12",
    }
    assert ("", "", "", "", "", "", "en", "telegram") in whole
    assert "255700000001" not in str(rows)
