import sqlite3
import threading

import pytest
from sqlalchemy import text

from storage import one_hop


@pytest.fixture
async def connection(tmp_path):
    made = await one_hop.connect(str(tmp_path / "one.db"))
    yield made
    await made.close()


@pytest.fixture
def brief():
    token = one_hop.BRIEF.set(True)
    yield
    one_hop.BRIEF.reset(token)


async def thread_of(connection):
    """Return the thread in which the connection's next visit happens."""
    seen = []
    await connection.visit(lambda _connection: seen.append(threading.get_ident()))
    return seen[0]


async def test_a_cursor_holds_what_its_statement_returned(connection):
    cursor = await connection.cursor().execute("SELECT 1 AS one, 2 AS two")
    assert [column[0] for column in cursor.description] == ["one", "two"]
    assert await cursor.fetchall() == [(1, 2)]
    assert await cursor.fetchall() == []


async def test_rows_are_counted_and_many_are_written_in_one_visit(connection):
    await connection.cursor().execute("CREATE TABLE gold (grams INTEGER)")
    await connection.cursor().executemany("INSERT INTO gold VALUES (?)", [(n,) for n in range(9)])
    changed = await connection.cursor().execute("UPDATE gold SET grams = 0 WHERE grams > ?", (4,))
    assert changed.rowcount == 4


async def test_statements_are_executed_in_the_thread(connection):
    assert await thread_of(connection) != threading.get_ident()


async def test_a_brief_transaction_goes_to_the_thread_only_to_begin(connection, brief):
    assert await thread_of(connection) != threading.get_ident()
    await connection.cursor().execute("BEGIN IMMEDIATE")
    assert await thread_of(connection) == threading.get_ident()
    await connection.rollback()
    assert await thread_of(connection) != threading.get_ident()


async def test_what_goes_wrong_is_sqlites_own_error(connection):
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await connection.cursor().execute("SELECT * FROM nowhere")


async def test_what_follows_a_brief_transaction_is_not_brief(database):
    async with database.transaction(brief=True) as db:
        await db.execute(text("SELECT 1"))
        assert one_hop.BRIEF.get()
    assert not one_hop.BRIEF.get()
