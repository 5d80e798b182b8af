from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from app import growth
from app.processes import NotMigrated
from app.settings import Settings
from channels.archive import archive
from channels.ledger import State, outbox
from storage import migrate
from storage.engine import connect


@pytest.fixture
async def installation(tmp_path, database_url):
    """Settings of an installation; its ledger holds messages settled so many days ago each."""
    settings = Settings(data_dir=tmp_path, database_url=database_url)

    async def filled(*ago):
        database = connect(settings.database, settings.data_dir)
        async with database.transaction() as db:
            await db.execute(insert(outbox), [row(*one) for one in enumerate(ago)])
        await database.close()
        return settings

    return filled


@pytest.fixture(autouse=True)
def revision(monkeypatch):
    """The tests' tables are made without revisions."""

    async def nothing(_database):
        return []

    monkeypatch.setattr(migrate, "behind", nothing)


def row(number, days):
    at = datetime.now(UTC) - timedelta(days=days)
    return {
        "id": f"{number:032}",
        "channel": "sms",
        "route_id": "a" * 32,
        "kind": "reply",
        "priority": 0,
        "not_before": at,
        "expires_at": at,
        "segments": 1,
        "state": State.DELIVERED,
        "made_at": at,
        "moved_at": at,
    }


async def held(settings, table):
    database = connect(settings.database, settings.data_dir)
    async with database.reading() as reads:
        found = (await reads.execute(select(func.count()).select_from(table))).scalar_one()
    await database.close()
    return found


async def test_the_ledger_is_described_in_numbers(installation):
    settings = await installation(1, 100, 101)
    assert (await growth.described(settings))[0] == "In the ledger:  3 messages"
    await growth.archived(settings, days=90, broadcast_days=7)
    standing, counted, size = await growth.described(settings)
    assert standing.endswith(" 1 messages")
    day = datetime.now(UTC) - timedelta(days=101)
    assert f" 2 messages, of {day:%Y-%m-%d} to " in counted
    assert " MB" in size


async def test_what_is_older_than_so_many_days_is_archived(installation):
    settings = await installation(5, 20)
    assert await growth.archived(settings, days=10, broadcast_days=7) == 1
    assert await held(settings, outbox) == 1


async def test_what_a_receipt_may_still_speak_of_is_never_archived(installation):
    settings = await installation(3, 5)
    assert await growth.archived(settings, days=0, broadcast_days=0) == 1


async def test_counts_older_than_so_many_years_are_forgotten(installation):
    settings = await installation(3 * 366, 400)
    await growth.archived(settings, days=90, broadcast_days=7)
    assert await growth.pruned(settings, years=3) == 1
    assert await held(settings, archive) == 1


async def test_a_database_behind_this_release_is_left_alone(installation, monkeypatch):
    settings = await installation(100)

    async def behind(_database):
        return ["main"]

    monkeypatch.setattr(migrate, "behind", behind)
    with pytest.raises(NotMigrated):
        await growth.archived(settings, days=90, broadcast_days=7)
    assert await held(settings, outbox) == 1
