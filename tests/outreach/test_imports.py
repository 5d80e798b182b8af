from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from forum import audit, members
from forum.members import Role
from outreach import imports
from outreach.imports import KEPT_FOR, PAGE, UNDO_WITHIN, NotNow, State, Verdict, import_rows


@pytest.fixture
async def by(database, keyring, now):
    keys = members.prepare("a password for tests", keyring)
    async with database.transaction() as db:
        who = {"email": "o@example.org", "name": "O", "role": Role.OFFICIAL, "language": "en"}
        return (await members.join(db, **who, keys=keys, now=now)).id


@pytest.fixture
async def brought(database, by, now):
    """A list with more rows than a page has, every third of them bad."""
    async with database.transaction() as db:
        import_id = await imports.begin(db, encoding="utf-8", separator=";", by=by, now=now)
        rows = [
            {
                "import_id": import_id,
                "number": n,
                "verdict": Verdict.NEW if n % 3 else Verdict.BAD,
                "ending": "07",
            }
            for n in range(2, PAGE + 5)
        ]
        await db.execute(insert(import_rows), rows)
        await imports.move(db, import_id, State.READY, now)
    return import_id


async def test_a_list_is_put_on_once_and_taken_back_within_a_day(database, brought, by, now):
    async with database.transaction() as db:
        with pytest.raises(NotNow):
            await imports.take_back(db, brought, by=by, now=now)
        await imports.put_on(db, brought, by=by, now=now)
        with pytest.raises(NotNow):
            await imports.put_on(db, brought, by=by, now=now)
        with pytest.raises(NotNow):
            await imports.drop(db, brought)
        assert (await imports.at_work(db)).id == brought
        await imports.move(db, brought, State.DONE, now, done_at=now)
        assert await imports.at_work(db) is None
        with pytest.raises(NotNow):
            await imports.take_back(db, brought, by=by, now=now + UNDO_WITHIN)
        await imports.take_back(db, brought, by=by, now=now + timedelta(hours=23))
        acts = {act.act for act in await audit.recent(db)}
    assert {"import.applied", "import.undone"} <= acts


async def test_the_report_is_paged_and_filtered(database, brought):
    async with database.reading() as db:
        first = await imports.report(db, brought)
        rest = await imports.report(db, brought, after=first[-1].number)
        bad = await imports.report(db, brought, verdict=Verdict.BAD)
        counts = await imports.counts(db, brought)
        every = await imports.report(db, brought, limit=None)
    assert (len(first), len(rest)) == (PAGE, 3)
    assert [*first, *rest] == every
    assert len(bad) == counts[Verdict.BAD]
    assert sum(counts.values()) == PAGE + 3


async def test_what_was_never_put_on_is_forgotten_on_a_word(database, brought):
    async with database.transaction() as db:
        await imports.drop(db, brought)
        assert await imports.get(db, brought) is None
        assert (await db.execute(select(import_rows))).all() == []
        with pytest.raises(NotNow):
            await imports.drop(db, brought)


async def test_what_was_staged_is_erased_after_a_week(database, brought, by, now):
    async with database.transaction() as db:
        await imports.purge(db, now + KEPT_FOR)
        assert len(await imports.every(db)) == 1
        await imports.put_on(db, brought, by=by, now=now)
        await imports.purge(db, now + KEPT_FOR * 2)
        assert len(await imports.every(db)) == 1  # at work
        await imports.move(db, brought, State.DONE, now, done_at=now)
        await imports.purge(db, now + KEPT_FOR * 2)
        assert await imports.every(db) == []
        assert (await db.execute(select(import_rows))).all() == []


async def test_who_is_erased_is_in_no_file_any_more(database, brought):
    this = (import_rows.c.import_id == brought) & (import_rows.c.number == 4)
    async with database.transaction() as db:
        await db.execute(update(import_rows).where(this).values(contact="c" * 32))
        before = sum((await imports.counts(db, brought)).values())
        await imports.erase(db, "c" * 32)
        assert sum((await imports.counts(db, brought)).values()) == before - 1
        assert (await db.execute(select(import_rows).where(this))).all() == []
