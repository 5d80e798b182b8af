"""Whatever is asked of the ledger finds its rows by an index, on both engines.

The ledger holds millions of rows, and nearly all are history. The statements are those that are
really sent; each database is asked how it would go about them.
"""

import json
import re

import pytest
from sqlalchemy import text

from channels.ledger import outbox, receipts
from tests.support.history import Asked, fill
from tests.support.questions import QUESTIONS

#: Enough that PostgreSQL's statistics say which rows are rare.
MESSAGES = 20_000

TABLES = {"outbox", "receipts"}

#: Indexes over what is open or dead only: to read one from end to end is to read what is asked
#: for. The others hold all of history.
OF_HISTORY = {
    "ix_outbox_broadcast",
    "ix_outbox_judged",
    "ix_outbox_moved_at",
    "ix_outbox_provider_id",
}
SHORT = {
    index.name
    for index in outbox.indexes | receipts.indexes
    if index.dialect_options["sqlite"]["where"] is not None
} - OF_HISTORY

STATEMENT = re.compile(r"(?:WITH|SELECT|INSERT|UPDATE|DELETE)\b")


class Undo(Exception):
    """What was only tried is rolled back."""


@pytest.fixture
async def history(database, now):
    await fill(database, MESSAGES, now)
    return database


async def asked(database, question, now):
    """Return the statements that *question* sends, with their values."""
    with Asked(database) as statements, pytest.raises(Undo):
        async with database.transaction() as db:
            await question(db, now)
            raise Undo
    return [one for one in statements if STATEMENT.match(one[0])]


async def walks(database, statements):
    """Return how *statements* would walk through all of a table, if they would."""
    look = _walks_of_sqlite if database.embedded else _walks_of_postgresql
    async with database.reading() as reads:
        if not database.embedded:
            # At this size a walk may be the fastest. Whoever walks even so has no other way.
            await reads.execute(text("SET LOCAL enable_seqscan = off"))
        return [walk for one in statements for walk in await look(reads, *one)]


async def _walks_of_sqlite(reads, statement, values):
    rows = await reads.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    found = []
    for row in rows:
        scan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", row.detail)
        if scan and scan[1] in {*TABLES, "ahead"} and scan[2] not in SHORT:
            found.append(row.detail)
    return found


async def _walks_of_postgresql(reads, statement, values):
    explained = await reads.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
    plan = explained.scalar_one()
    (plan,) = json.loads(plan) if isinstance(plan, str) else plan
    return [
        f"{node['Node Type']} {node.get('Relation Name')} {node.get('Index Name')}"
        for node in _nodes(plan["Plan"])
        if _walks(node)
    ]


def _nodes(node):
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _walks(node):
    if node["Node Type"] == "Seq Scan":
        return node["Relation Name"] in TABLES
    index = node.get("Index Name", "")
    return bool(re.search("outbox|receipts", index)) and not (
        node.get("Index Cond") or index in SHORT
    )


async def test_every_question_finds_its_rows_by_an_index(history, now):
    found = {
        question.__name__: walked
        for question in QUESTIONS
        if (walked := await walks(history, await asked(history, question, now)))
    }
    assert found == {}


@pytest.mark.parametrize(
    "condition",
    [
        "attempt = 1",  # no index at all
        "state = 'accepted'",  # none that begins so
        "error IS NOT NULL AND moved_at > 0 ORDER BY seq",  # none for rows of every state
    ],
)
async def test_a_question_without_an_index_is_caught(history, now, condition):
    async def walk(db, _now):
        return await db.execute(text(f"SELECT id FROM outbox WHERE {condition}"))

    assert await walks(history, await asked(history, walk, now))


async def test_every_question_asks_the_ledger(history, now):
    for question in QUESTIONS:
        statements = await asked(history, question, now)
        assert any(re.search("outbox|receipts", one) for one, _ in statements), question
