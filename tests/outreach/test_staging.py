from io import BytesIO

import pytest
from sqlalchemy import insert, select

from channels import optout
from channels.base import Address
from forum import members
from forum.bodies import sites
from forum.members import Role
from outreach import imports, staging, subscribers
from outreach.import_columns import Statement, Why
from outreach.imports import State, Verdict, import_rows
from outreach.spreadsheets import Unreadable
from tests.support.bringing import Office
from tests.support.messy_lists import MessyList

HEADER = "téléphone;site;rôle;genre"


@pytest.fixture
async def by(database, keyring, now):
    keys = members.prepare("a password for tests", keyring)
    async with database.transaction() as db:
        site = {"id": "s" * 32, "code": "KB12", "name": "K", "district": "N", "mineral": "gold"}
        await db.execute(insert(sites).values(site))
        who = {"email": "o@example.org", "name": "O", "role": Role.OFFICIAL, "language": "en"}
        return (await members.join(db, **who, keys=keys, now=now)).id


@pytest.fixture
def stage(database, keyring, by, now):
    async def staged(*rows, header=HEADER, encoding="cp1252"):
        body = "\r\n".join((header, *rows)).encode(encoding)
        statement = Statement("fr", "KE", now.date(), "signed list", now.date())
        return await staging.stage(database, keyring, BytesIO(body), statement, by=by, now=now)

    return staged


@pytest.fixture
def verdicts(database):
    async def read(import_id):
        async with database.reading() as db:
            return [
                (row.number, row.verdict, row.why, row.ending)
                for row in await imports.report(db, import_id, limit=None)
            ]

    return read


@pytest.fixture
async def there(database, keyring, by, now):
    """Somebody on the list, somebody who stopped, and somebody who stopped before any list."""
    known, stopped, shut = (Address("sms", f"+25471200000{n}") for n in (1, 2, 3))
    async with database.transaction() as db:
        given = {"language": "sw", "now": now}
        await subscribers.subscribe(db, keyring, known, role="digger", **given)
        await subscribers.subscribe(db, keyring, stopped, **given)
        await subscribers.stop(db, keyring, stopped, now)
        await optout.stop(db, keyring, shut, now)


async def test_each_row_is_told_what_it_would_do(stage, verdicts, there):
    staged = await stage(
        "0712 000 009;kb12;creuseur;femme",
        "0712000001;;creuseur;",
        "0712000001;;;",
        "'+254 712 000 002;;;",
        "0712000003;;;",
        "=1+1;;;",
        "0712000008;NOWHERE;;",
        "00254712000009;;;",
    )
    assert await verdicts(staged) == [
        (2, Verdict.NEW, None, "09"),
        (3, Verdict.UNCHANGED, None, "01"),
        (4, Verdict.DUPLICATE, None, "01"),
        (5, Verdict.STOPPED, None, "02"),
        (6, Verdict.STOPPED, None, "03"),
        (7, Verdict.BAD, Why.NOT_A_NUMBER, "11"),
        (8, Verdict.BAD, Why.SITE, "08"),
        (9, Verdict.DUPLICATE, None, "09"),
    ]


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ("0712000001;;;femme", Verdict.CHANGED),
        ("0712000001;KB12;;", Verdict.CHANGED),
        ("0712000001;;acheteur;", Verdict.CHANGED),
        ("0712000001;;;", Verdict.UNCHANGED),
    ],
)
async def test_what_adds_something_is_told_apart(stage, verdicts, there, row, verdict):
    staged = await stage(row)
    assert [line[1] for line in await verdicts(staged)] == [verdict]


async def test_a_person_who_is_there_beside_another_adds_nothing(
    stage, verdicts, there, database, keyring, now
):
    async with database.transaction() as db:
        known = Address("sms", "+254712000001")
        given = {"language": "sw", "now": now, "role": "buyer"}
        await subscribers.subscribe(db, keyring, known, **given)
    staged = await stage("0712000001;;acheteur;")
    assert [line[1] for line in await verdicts(staged)] == [Verdict.UNCHANGED]


async def test_another_person_on_a_number_that_stands_above_is_no_duplicate(
    stage, verdicts, there, monkeypatch
):
    monkeypatch.setattr(staging, "CHUNK", 2)
    staged = await stage(
        "0712000009;;creuseur;homme",
        "0712000009;;laveuse;femme",
        "0712000009;;;femme",
        "0712000009;;creuseur;",
        "0712000001;;acheteur;",
        "0712000001;;creuseur;homme",
        "0712000002;;acheteur;",
        "0712000002;;creuseur;",
    )
    assert [line[1] for line in await verdicts(staged)] == [
        Verdict.NEW,
        Verdict.CHANGED,
        *[Verdict.DUPLICATE] * 2,
        *[Verdict.CHANGED] * 2,
        Verdict.STOPPED,
        Verdict.DUPLICATE,
    ]


async def test_as_many_people_on_one_number_as_there_is_room_for(stage, verdicts):
    roles = ("creuseur", "laveur", "porteur", "concasseur", "cuisine", "chef", "acheteur")
    staged = await stage(*(f"0712000009;;{role};" for role in roles))
    found = [line[1] for line in await verdicts(staged)]
    assert found == [Verdict.NEW, *[Verdict.CHANGED] * 5, Verdict.DUPLICATE]


async def test_a_pilot_is_something_to_add(stage, verdicts, there):
    for row, verdict in (("P1", Verdict.CHANGED), ("", Verdict.UNCHANGED)):
        staged = await stage(f"0712000001;{row}", header="téléphone;pilote")
        assert [line[1] for line in await verdicts(staged)] == [verdict]


async def test_nothing_is_on_the_list_and_no_number_in_clear(stage, database):
    await stage("0712000009;;;", "0712000008;;;")
    async with database.reading() as db:
        assert (await db.execute(select(subscribers.subscribers))).all() == []
        rows = (await db.execute(select(import_rows))).all()
        (one,) = await imports.every(db)
    assert (one.state, one.encoding, one.separator) == (State.READY, "cp1252", ";")
    assert all("71200000" not in str(tuple(row)) for row in rows)


async def test_duplicates_are_found_across_chunks(stage, verdicts, monkeypatch):
    monkeypatch.setattr(staging, "CHUNK", 2)
    staged = await stage(*["0712000009;;;"] * 5)
    found = [line[1] for line in await verdicts(staged)]
    assert found == [Verdict.NEW, *[Verdict.DUPLICATE] * 4]


async def test_a_list_without_numbers_or_without_an_end_leaves_nothing(
    stage, database, monkeypatch
):
    monkeypatch.setattr(staging, "CHUNK", 1)
    with pytest.raises(Unreadable, match="no_phone_column"):
        await stage("x", header="name")
    with pytest.raises(Unreadable, match="broken"):
        await stage("0712000009;;;", '"' + "x" * 200_000)
    async with database.reading() as db:
        assert await imports.every(db) == []
        assert (await db.execute(select(import_rows))).all() == []


async def forget(database):
    async with database.transaction() as db:
        (one,) = await imports.every(db)
        await imports.drop(db, one.id)


async def fail(_database):
    raise OSError("the disk is full")


@pytest.mark.parametrize(
    ("meanwhile", "error", "why"),
    [(forget, Unreadable, "forgotten"), (fail, OSError, "disk")],
)
async def test_a_list_that_does_not_come_to_its_end_leaves_nothing(
    stage, database, monkeypatch, meanwhile, error, why
):
    monkeypatch.setattr(staging, "CHUNK", 1)
    known, asked = staging._known, []

    async def interrupted(*given):
        asked.append(given)
        if len(asked) == 2:
            await meanwhile(database)
        return await known(*given)

    monkeypatch.setattr(staging, "_known", interrupted)
    with pytest.raises(error, match=why):
        await stage("0712000009;;;", "0712000008;;;", "0712000007;;;")
    async with database.reading() as db:
        assert await imports.every(db) == []
        assert (await db.execute(select(import_rows))).all() == []


@pytest.mark.parametrize("form", ["latin-1", "a workbook"])
async def test_each_row_of_a_messy_register_comes_to_what_it_must(
    database, keyring, now, tmp_path, form
):
    """Two thousand rows; ``tests/soak/test_imports.py`` brings a hundred thousand."""
    messy = MessyList(2_000)
    office = await Office.opened(database, keyring, now, messy)
    if form == "latin-1":
        file = BytesIO(messy.text(form))
    else:
        messy.workbook(path := tmp_path / "list.xlsx")
        file = BytesIO(path.read_bytes())
    staged = await office.bring(file)
    assert await office.report(staged) == messy.account
    assert await office.counts(staged) == messy.counts
    assert set(messy.counts) == set(Verdict)


async def test_a_row_that_ends_before_the_consent_does_not_agree(stage, verdicts):
    staged = await stage("oui;0712000009", "oui", "0712000008", header="accord;téléphone")
    assert [line[1:3] for line in await verdicts(staged)] == [
        (Verdict.NEW, None),
        (Verdict.BAD, Why.NO_PHONE),
        (Verdict.BAD, Why.NO_PHONE),
    ]
    staged = await stage("0712000007;oui", "0712000006", header="téléphone;accord")
    assert [line[1:3] for line in await verdicts(staged)] == [
        (Verdict.NEW, None),
        (Verdict.BAD, Why.NO_CONSENT),
    ]
