"""Whatever the queue, a case's page and a search ask is found by an index, on both engines.

In a room of a hundred thousand cases a walk through all of them, or sorting them, is what somebody
waits for. The statements are those that are really sent.
"""

import json
import re

import pytest
from sqlalchemy import text

from forum import keyholders, members
from grievances import caseload, entries, searching
from grievances.filters import Filter, Order, Show
from grievances.matching import Words
from grievances.searching import Place, Wanted
from tests.support.history import Asked
from tests.support.many_cases import fill

#: Enough that both engines would rather use an index, and as few as can be.
CASES = 600

TABLES = ("cases", "entries", "deadlines", "key_shares", "exclusions")

STATEMENT = re.compile(r"(?:WITH|SELECT)\b")

CURSORS = {
    Order.DUE: "2026-01-01T00:00:00+00:00_0",
    Order.NEWEST: "2026-01-01T00:00:00+00:00_0",
    Order.GRAVEST: "S2_2026-01-01T00:00:00+00:00_0",
}


@pytest.fixture
async def room(database, keyring, now):
    return await fill(database, keyring, CASES, now)


def questions(room, lead, handler, now):
    """Return each question under its name."""

    def listed(member, page=None, **chosen):
        return lambda db: caseload.queue(db, member, now=now, chosen=Filter(**chosen), page=page)

    every = {
        f"{who}, {show}": listed(member, show=show)
        for who, member in (("lead", lead), ("handler", handler))
        for show in Show
    }
    behind = {
        f"behind, {order}": listed(lead, page, order=order) for order, page in CURSORS.items()
    }
    shows = [Filter(show=show) for show in Show]
    wanted, place = Wanted(Words.of("zebra")), Place(now, "c" * 32, 7)
    return {
        **every,
        **behind,
        "counts": lambda db: caseload.counts(db, lead, shows, now=now),
        "counts of a handler": lambda db: caseload.counts(db, handler, shows, now=now),
        "find": lambda db: caseload.find(db, lead, room.median),
        "part": lambda db: entries.part_with(db, "c" * 32, 7),
        "newest word": lambda db: entries.newest_word(db, "c" * 32),
        "search": lambda db: searching._fetch(db, lead, wanted, None, 10),
        "search further": lambda db: searching._fetch(db, lead, wanted, place, 10),
        "alarms": keyholders.without_holder,
    }


async def walked(database, ask):
    """Return how one question would walk through, or sort, all of a table."""
    with Asked(database) as statements:
        async with database.reading() as db:
            await ask(db)
    look = _by_sqlite if database.embedded else _by_postgresql
    async with database.reading() as db:
        if not database.embedded:
            await db.execute(text("SET LOCAL enable_seqscan = off"))
        asked = [one for one in statements if STATEMENT.match(one[0])]
        assert asked
        return [walk for one in asked for walk in await look(db, *one)]


async def _by_sqlite(db, statement, values):
    rows = await db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    names = "|".join(TABLES)
    return [
        row.detail for row in rows if re.fullmatch(rf"SCAN (?:{names})(?: AS \w+)?", row.detail)
    ]


async def _by_postgresql(db, statement, values):
    explained = (await db.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)).scalar()
    (plan,) = json.loads(explained) if isinstance(explained, str) else explained
    return [
        f"{node['Node Type']} {node.get('Relation Name')}"
        for node in _nodes(plan["Plan"])
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in TABLES
    ]


def _nodes(node):
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


async def test_every_question_finds_its_rows_by_an_index(room, database, now):
    async with database.reading() as db:
        lead = await members.get(db, room.lead.id)
        handler = await members.get(db, room.handler.id)
    found = {
        name: walks
        for name, ask in questions(room, lead, handler, now).items()
        if (walks := await walked(database, ask))
    }
    assert found == {}


@pytest.mark.parametrize("condition", ["callback", "district = 'North' ORDER BY received_at + 0"])
async def test_a_question_without_an_index_is_caught(room, database, condition):
    async def walk(db):
        return await db.execute(text(f"SELECT id FROM cases WHERE {condition}"))

    assert await walked(database, walk)


async def test_what_was_made_up_opens(room, database, keyring):
    """A benchmark that measured damaged entries would measure nothing."""
    async with database.reading() as db:
        lead = await members.get(db, room.lead.id)
        private = members.open_private(lead, "river stones sing at dusk", keyring.cost)
        row = await caseload.find(db, lead, room.longest)
        key = await keyholders.open_subject(db, row.id, lead.id, private)
        part = await entries.part_with(db, row.id)
        thread = await entries.read(db, row.id, key, part)
    assert len(thread) == entries.PART
    assert all(entry.text for entry in thread)
