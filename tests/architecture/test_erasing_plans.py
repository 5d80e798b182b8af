"""Whoever erases themselves waits for no walk through everybody else, on both engines.

What is asked then: whether anybody talks, listens or learns over the same route.
"""

import pytest
from sqlalchemy import insert

from bots import dialogues
from outreach import learners, subscribers
from tests.architecture import test_case_plans as plans
from tests.support.history import Asked

TABLES = ("dialogues", "subscribers", "learners")

#: Enough that both engines would rather use an index.
ROWS = 600

ASKED = {module.__name__: module.unused for module in (dialogues, subscribers, learners)}


@pytest.fixture
async def many(database, now):
    talks = [
        {"key": f"k{n}", "route_id": f"r{n}", "channel": "sms", "heard_at": now}
        for n in range(ROWS)
    ]
    listens = [
        {
            "id": f"s{n}",
            "contact": f"c{n}",
            "route_id": f"r{n}",
            "channel": "sms",
            "language": "en",
            "state": "active",
            "since": now,
        }
        for n in range(ROWS)
    ]
    async with database.transaction() as db:
        await db.execute(insert(dialogues.dialogues), talks)
        await db.execute(insert(subscribers.subscribers), listens)
    return database


@pytest.mark.parametrize("room", ASKED)
async def test_who_is_left_on_a_route_is_found_by_an_index(many, monkeypatch, room):
    monkeypatch.setattr(plans, "TABLES", TABLES)
    assert await plans.walked(many, lambda db: ASKED[room](db, ["r5", "none"])) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("room", ASKED)
async def test_no_index_is_read_from_one_end_to_the_other(many, room):
    with Asked(many) as statements:
        async with many.reading() as db:
            await ASKED[room](db, ["r5", "none"])
    ((statement, values),) = [one for one in statements if one[0].startswith("SELECT")]
    async with many.reading() as db:
        rows = await db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        assert [row.detail for row in rows if row.detail.startswith("SCAN")] == []
