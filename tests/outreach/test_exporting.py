from sqlalchemy import insert, select

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
        assert await exporting.count(db) == 2
        rows = [row async for some in exporting.pages(db) for row in exporting.cells(some)]
    whole = {tuple(row[:8]): row for row in rows}
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


async def test_it_comes_in_pages_and_everybody_once(database, keyring, now, monkeypatch):
    monkeypatch.setattr(exporting, "_PAGE", exporting._PAGE.limit(2))
    async with database.transaction() as db:
        for n in range(5):
            address = Address("sms", f"+25570000000{n}")
            await subscribers.subscribe(db, keyring, address, language="sw", now=now)
    async with database.reading() as db:
        found = [some async for some in exporting.pages(db)]
        ids = (await db.execute(select(subscribers.subscribers.c.id))).scalars().all()
    assert [len(some) for some in found] == [2, 2, 1]
    assert [row.id for some in found for row in some] == sorted(ids)
