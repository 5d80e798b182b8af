"""An audience is counted over the list once: what it asks of a place or a person finds its rows.

A country's list is read from one end to the other where everybody is asked for, by the index that
a broadcast is planned in. It must not be read again for each of its people.
"""

import pytest
from sqlalchemy import insert, text

from channels.base import Address
from forum.bodies import sites
from outreach import audiences, recipients, subscribers
from outreach.audiences import EVERYBODY, Audience
from outreach.recipients import Missed
from tests.support.history import Asked

CHOSEN = {
    "places": Audience(districts=frozenset({"D1"}), minerals=frozenset({"gold"})),
    "people": Audience(genders=frozenset({"woman"}), roles=frozenset({"digger"})),
    "reached": Audience(not_reached=frozenset({"b" * 32}), answered=frozenset({"b" * 32})),
    "heard": Audience(heard=frozenset({"week", "silent"}), languages=frozenset({"en"})),
}


#: How SQLite goes about it, whose planner keeps no counts of what a table holds.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def listed(database, keyring, now):
    async with database.transaction() as db:
        for n in range(3):
            site = {"id": f"{n}" * 32, "code": f"S{n}", "name": "x", "district": f"D{n}"}
            await db.execute(insert(sites).values(**site, mineral="gold"))
        for n in range(60):
            address = Address("sms", f"+2557000000{n:02}")
            told = {"place": f"S{n % 3}", "role": "digger" if n % 2 else "buyer"}
            await subscribers.subscribe(db, keyring, address, language="en", now=now, **told)


async def plan(database, ask):
    """Return the lines of how SQLite would go about what *ask* sends."""
    with Asked(database) as statements:
        async with database.reading() as db:
            await ask(db)
    async with database.reading() as db:
        return [
            row.detail
            for statement, values in statements
            if statement.startswith("SELECT")
            for row in await db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]


@on_sqlite
@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.parametrize(
    "ask",
    [audiences.count, audiences.sample, audiences.by_zone, audiences.by_site],
    ids=lambda ask: ask.__name__,
)
async def test_nothing_is_walked_for_each_person(database, listed, ask, name):
    lines = await plan(database, lambda db: ask(db, CHOSEN[name]))
    assert lines
    assert not any("CORRELATED" in line for line in lines), lines
    assert not any(line.startswith("SCAN outbox") for line in lines), lines
    assert "SCAN subscribers" not in lines


@on_sqlite
async def test_whom_another_try_reached_is_found_by_indexes(database, listed):
    missed = Missed("a" * 32, frozenset({"a" * 32, "b" * 32}), 2)
    route_id = subscribers.subscribers.c.route_id
    found = audiences.people(EVERYBODY).where(missed.anything(route_id))
    lines = await plan(database, lambda db: recipients.counted(db, {"UTC": found}, missed))
    for table in ("outbox", "archive", "broadcasts", "announcement_broadcasts"):
        assert any(line.startswith(f"SEARCH {table} ") for line in lines), (table, lines)
        assert not any(line.startswith(f"SCAN {table}") for line in lines), (table, lines)


@on_sqlite
async def test_a_question_without_an_index_is_caught(database, listed):
    async def walk(db):
        return await db.execute(text("SELECT id FROM subscribers WHERE role = 'digger'"))

    assert "SCAN subscribers" in await plan(database, walk)
