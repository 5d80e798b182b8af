"""What SQLAlchemy would have answered, asked of SQLite itself."""

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, delete, func, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from channels.inbox import inbox
from channels.ledger import outbox
from storage import direct
from storage.upsert import insert, insert_new

#: Only SQLite is asked directly.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ROW = {"token": "a", "channel": "sms", "attempts": 1, "held": b"sealed"}
BY_TOKEN = inbox.c.token == bindparam("its_token")


@pytest.fixture
async def db(database):
    async with database.transaction() as db:
        yield db


async def twice(db, statement, given=None):
    """Run *statement* the long way, then directly; return what came back directly."""
    await db.execute(statement, given)
    assert direct.plan(db.dialect, statement, given or {}) is not None
    return await db.execute(statement, given)


async def test_rows_come_back_as_sqlalchemy_gives_them(db, now):
    await db.execute(insert(db, inbox), {**ROW, "received_at": now})
    statement = select(inbox).where(BY_TOKEN)
    long = (await db.execute(statement, {"its_token": "a"})).one()
    short = (await db.execute(statement, {"its_token": "a"})).one()
    assert isinstance(await db.execute(statement, {"its_token": "a"}), direct.Rows)
    assert long == short
    assert (short.token, short.received_at, short.held) == ("a", now, b"sealed")
    assert short._mapping[inbox.c.token] == "a"


async def test_a_label_is_a_name(db, now):
    statement = select(func.count().label("many"), inbox.c.channel).group_by(inbox.c.channel)
    await db.execute(insert(db, inbox), {**ROW, "received_at": now})
    assert [(row.many, row.channel) for row in await twice(db, statement)] == [(1, "sms")]


async def test_it_says_how_many_rows_changed(db, now):
    statement = insert_new(db, inbox)
    first = await db.execute(statement, {**ROW, "received_at": now})
    again = await twice(db, statement, {**ROW, "received_at": now})
    assert (first.rowcount, again.rowcount) == (1, 0)


async def test_what_is_returned_by_a_change_is_read(db, now):
    await db.execute(insert(db, inbox), {**ROW, "received_at": now})
    later = now + timedelta(hours=1)
    statement = update(inbox).where(BY_TOKEN).returning(inbox.c.token, inbox.c.due_at)
    (row,) = await twice(db, statement, {"its_token": "a", "due_at": later})
    assert (row.token, row.due_at) == ("a", later)


async def test_a_column_that_nobody_gives_has_its_default(db, now):
    statement = insert(db, inbox)
    row = {"channel": "sms", "received_at": now}
    await db.execute(statement, {**row, "token": "a"})
    await db.execute(statement, {**row, "token": "b"})
    found = await db.execute(select(inbox.c.attempts))
    assert list(found.scalars()) == [0, 0]


async def test_a_value_that_stands_in_the_statement_is_kept(db, now):
    await db.execute(insert(db, inbox), {**ROW, "received_at": now})
    statement = select(inbox.c.token).where(inbox.c.received_at <= now, inbox.c.channel == "sms")
    assert (await twice(db, statement)).scalar_one() == "a"


@pytest.mark.parametrize(
    "statement",
    [
        select(inbox.c.token).where(inbox.c.channel.in_(["sms"])),
        text("SELECT token FROM inbox"),
        delete(inbox).where(inbox.c.token.in_([])),
    ],
    ids=["in", "text", "empty"],
)
async def test_what_is_out_of_the_ordinary_goes_the_long_way(db, statement):
    await db.execute(statement)
    assert direct.plan(db.dialect, statement, {}) is None
    await db.execute(statement)


async def test_what_is_written_anew_each_time_is_never_planned(db):
    for _ in range(3):
        assert direct.plan(db.dialect, select(inbox), {}) is None


async def test_other_parameters_are_another_plan(db, now):
    statement = update(inbox).where(BY_TOKEN)
    await db.execute(insert(db, inbox), {**ROW, "received_at": now})
    await twice(db, statement, {"its_token": "a", "attempts": 5})
    await twice(db, statement, {"its_token": "a", "channel": "telegram"})
    row = (await db.execute(select(inbox))).one()
    assert (row.attempts, row.channel) == (5, "telegram")


async def test_a_missing_parameter_is_an_error_and_not_null(db):
    statement = select(inbox).where(BY_TOKEN)
    for _ in range(3):
        with pytest.raises(StatementError, match="its_token"):
            await db.execute(statement, {})


async def test_an_error_is_sqlalchemys_and_holds_no_value(db, now):
    statement = insert(db, outbox)
    row = {"id": "one", "channel": "secret", "route_id": "r", "kind": "reply", "priority": 0}
    row |= {"not_before": now, "expires_at": now, "segments": 1, "state": "planned"}
    row |= {"made_at": now, "moved_at": now}
    await db.execute(statement, row)
    with pytest.raises(IntegrityError) as raised:
        await db.execute(statement, row)
    assert "secret" not in str(raised.value)
