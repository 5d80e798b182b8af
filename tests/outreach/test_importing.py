"""A list is put on whole, in whatever pieces, and taken off as if it had never come."""

from io import BytesIO

import pytest
from sqlalchemy import event, func, select, update

from bots import doors
from channels import contacts, optout
from channels.base import Address
from forum import members
from forum.members import Role
from outreach import companions, importing, imports, staging, subscribers
from outreach.import_columns import Statement
from outreach.imports import State, import_rows
from outreach.profiles import Profile
from outreach.subscribers import State as Listening
from tests.support.bringing import Office, formulas_in
from tests.support.messy_lists import MessyList

LISTED = subscribers.subscribers


def phone(n):
    return Address("sms", f"+2547120000{n:02}")


@pytest.fixture
async def by(database, keyring, now):
    keys = members.prepare("a password for tests", keyring)
    async with database.transaction() as db:
        who = {"email": "o@example.org", "name": "O", "role": Role.OFFICIAL, "language": "en"}
        return (await members.join(db, **who, keys=keys, now=now)).id


@pytest.fixture
def bring(database, keyring, by, now):
    """Stage a list of numbers with a role each, and have it put on."""

    async def brought(*rows):
        lines = [f"{address.value},{role}" for address, role in rows]
        statement = Statement("fr", "KE", now.date(), "signed list", now.date())
        body = BytesIO("\n".join(("phone,role", *lines)).encode())
        staged = await staging.stage(database, keyring, body, statement, by=by, now=now)
        async with database.transaction() as db:
            await imports.put_on(db, staged, by=by, now=now)
        return staged

    return brought


@pytest.fixture
def advance(database, now):
    """Go on; *steps*: for so many chunks of two rows only, as if the process were killed then."""

    async def advanced(steps=None):
        left = iter(range(steps)) if steps is not None else None

        def enough():
            return left is not None and next(left, None) is None

        await importing.advance(database, now, free=doors.free, enough=enough, chunk=2)

    return advanced


@pytest.fixture
def states(database):
    async def counted():
        async with database.reading() as db:
            found = await db.execute(select(LISTED.c.state, func.count()).group_by(LISTED.c.state))
            return dict(tuple(row) for row in found)

    return counted


@pytest.mark.parametrize("steps", range(5))
async def test_until_the_last_row_is_there_nobody_is_told_anything(
    bring, advance, states, database, steps
):
    staged = await bring(*((phone(n), "digger") for n in range(5)))
    await advance(steps)
    assert Listening.ACTIVE not in await states() or steps == 4
    await advance()
    assert await states() == {Listening.ACTIVE: 5}
    async with database.reading() as db:
        assert (await imports.get(db, staged)).state is State.DONE
        assert (await db.execute(select(import_rows.c.sealed).distinct())).scalars().all() == [
            None
        ]


async def test_who_was_put_on_can_be_written_to(bring, advance, database, keyring, now):
    await bring((phone(1), "digger"))
    await advance()
    async with database.transaction() as db:
        (row,) = (await db.execute(select(LISTED))).all()
        assert await contacts.resolve(db, keyring, row.route_id) == phone(1)
    assert (row.language, row.role, row.phase) == ("fr", "digger", "extraction")
    assert (row.consent_how, row.consent_at) == ("signed list", now.replace(hour=0))
    assert row.heard_at is None


async def test_what_people_said_themselves_stays(bring, advance, database, keyring, now):
    async with database.transaction() as db:
        given = {"language": "sw", "now": now}
        await subscribers.subscribe(db, keyring, phone(1), gender="woman", **given)
        await subscribers.subscribe(db, keyring, phone(2), role="digger", **given)
    await bring((phone(1), "digger"), (phone(2), "buyer"))
    await advance()
    async with database.reading() as db:
        rows = (await db.execute(select(LISTED))).all()
        others = [await companions.of(db, row.id) for row in rows]
    assert {(row.language, row.role, row.gender) for row in rows} == {
        ("sw", "digger", "woman"),
        ("sw", "digger", None),
    }
    assert sorted(others, key=len) == [[], [Profile(role="buyer", phase="trade")]]


async def test_who_stops_while_it_is_put_on_stays_off(
    bring, advance, states, database, keyring, now
):
    await bring(*((phone(n), "digger") for n in range(4)))
    await advance(1)
    async with database.transaction() as db:
        await subscribers.stop(db, keyring, phone(0), now)  # pending
        await optout.stop(db, keyring, phone(3), now)  # not there yet
    await advance()
    assert await states() == {Listening.ACTIVE: 2, Listening.STOPPED: 1}


async def test_who_comes_by_themselves_meanwhile_is_no_part_of_the_list(
    bring, advance, states, database, keyring, now, by
):
    staged = await bring((phone(0), "digger"), (phone(1), "digger"), (phone(2), "digger"))
    await advance(1)
    async with database.transaction() as db:
        for n in (0, 2):
            await subscribers.subscribe(db, keyring, phone(n), language="sw", now=now)
    await advance()
    assert await states() == {Listening.ACTIVE: 3}
    async with database.transaction() as db:
        await imports.take_back(db, staged, by=by, now=now)
    await advance()
    assert await states() == {Listening.ACTIVE: 2}


async def test_taken_back_it_leaves_nothing_of_who_said_nothing(
    bring, advance, states, database, keyring, now, by
):
    staged = await bring(*((phone(n), "digger") for n in range(5)))
    await advance()
    async with database.transaction() as db:
        heard = LISTED.c.contact == subscribers.contact_of(keyring, phone(0))
        await db.execute(update(LISTED).where(heard).values(heard_at=now))
        await subscribers.stop(db, keyring, phone(1), now)
        await imports.take_back(db, staged, by=by, now=now)
    await advance(1)
    await advance()
    assert await states() == {Listening.ACTIVE: 1, Listening.STOPPED: 1}
    async with database.transaction() as db:
        assert (await imports.get(db, staged)).state is State.UNDONE
        for n, kept in ((0, True), (1, True), (2, False), (4, False)):
            route_id = contacts.pseudonym(keyring, phone(n))
            found = await contacts.resolve(db, keyring, route_id)
            assert (found is not None) is kept


@pytest.fixture
def asked(database):
    """How many statements went to the database; one with many rows is one."""
    seen = []

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    engines = {database.writer.sync_engine, database.routes.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_chunk_takes_as_many_statements_however_many_are_in_it(
    bring, database, keyring, now, by, asked
):
    told = []
    # The first list is not counted: what is asked again goes to SQLite by a way of its own, which
    # nobody listens to (``storage.direct``).
    for size, begin in ((2, 0), (2, 4), (40, 10)):
        people = [phone(begin + n) for n in range(size)]
        async with database.transaction() as db:
            for address in people[::2]:
                given = {"role": "digger", "language": "sw", "now": now}
                await subscribers.subscribe(db, keyring, address, **given)
        rows = [(address, ("buyer", "washer")[n % 2]) for n, address in enumerate(people)]
        staged = await bring(*rows)
        asked.clear()
        await importing.advance(database, now, free=doors.free)
        put_on = len(asked)
        async with database.transaction() as db:
            await imports.take_back(db, staged, by=by, now=now)
        asked.clear()
        await importing.advance(database, now, free=doors.free)
        told.append((put_on, len(asked)))
    assert told[1] == told[2]


async def test_a_messy_register_is_put_on_once_and_hands_no_formula_on(
    database, keyring, now, tmp_path
):
    """Two thousand rows; ``tests/soak/test_imports.py`` brings a hundred thousand."""
    messy = MessyList(2_000)
    office = await Office.opened(database, keyring, now, messy)
    expected = {
        Listening.ACTIVE: len(messy.known) + messy.counts[imports.Verdict.NEW],
        Listening.STOPPED: len(messy.stopped),
    }
    for first in (True, False):
        staged = await office.bring(BytesIO(messy.text("utf-16")))
        counts = await office.counts(staged)
        new_and_changed = counts[imports.Verdict.NEW], counts[imports.Verdict.CHANGED]
        assert (new_and_changed != (0, 0)) is first
        await office.order(staged)
        await office.go_on()
        assert await office.states() == expected
        assert await office.others() == messy.of_kind("another person")
        assert await office.women() == messy.of_kind("adds")
    grid = await office.grid()
    assert sum("=1+1" in row for row in grid) > 0
    assert formulas_in(grid, tmp_path) == (0, 0)


@pytest.fixture
def put_on(database, keyring, by, now, advance):
    """Bring rows with every column, and put them on two at a time."""

    async def done(*rows):
        header = "phone;role;gender;pilot;how"
        statement = Statement("fr", "KE", now.date(), "signed list", now.date())
        body = BytesIO("\n".join((header, *rows)).encode())
        staged = await staging.stage(database, keyring, body, statement, by=by, now=now)
        async with database.transaction() as db:
            await imports.put_on(db, staged, by=by, now=now)
        await advance()

    return done


@pytest.fixture
def listed(database):
    """Return each telephone's first person, pilot, and the others with how they agreed."""

    async def read():
        async with database.reading() as db:
            c = companions.companions.c
            rows = (await db.execute(select(LISTED))).all()
            others = (await db.execute(select(companions.companions).order_by(c.role))).all()
        return {
            (row.role, row.gender, row.cohort): [
                (one.role, one.gender, one.consent_how, one.consent_at)
                for one in others
                if one.subscriber_id == row.id
            ]
            for row in rows
        }

    return read


async def test_who_is_there_already_is_put_into_a_pilot(put_on, listed, database, keyring, now):
    async with database.transaction() as db:
        for n, role in ((1, "digger"), (2, "buyer")):
            given = {"language": "sw", "now": now, "role": role}
            await subscribers.subscribe(db, keyring, phone(n), **given)
    await put_on("+254712000001;;;P1;", "+254712000002;digger;;P1;")
    found = await listed()
    assert found["digger", None, "P1"] == []
    assert [one[0] for one in found["buyer", None, "P1"]] == ["digger"]
    await put_on("+254712000001;;;;", "+254712000002;;;P2;")
    assert {cohort for _, _, cohort in await listed()} == {"P1", "P2"}


@pytest.mark.parametrize("between", [0, 3])
async def test_two_people_on_one_number_are_both_put_on(put_on, listed, now, monkeypatch, between):
    monkeypatch.setattr(staging, "CHUNK", 2)
    await put_on(
        "+254712000001;digger;man;P1;",
        *(f"+2547120000{n};hauler;;;" for n in range(10, 10 + between)),
        "+254712000001;washer;woman;;said so",
        "+254712000001;buyer;woman;;",
        "+254712000001;digger;;;",
    )
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    assert (await listed())["digger", "man", "P1"] == [
        ("buyer", "woman", "signed list", day),
        ("washer", "woman", "said so", day),
    ]
