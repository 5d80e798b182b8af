import csv
import re
from io import BytesIO, StringIO
from zipfile import ZipFile, is_zipfile

import pytest
from sqlalchemy import select, update

from channels import optout
from channels.base import Address
from console import sheets
from forum.members import Role
from outreach import exporting, subscribers

PHONE = Address("sms", "+254712345678")
TOLD = {"phone": "0712 345 678", "language": "sw", "role": "digger", "how": "said so"}


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Odile Mbeki")


@pytest.fixture
def rows(database):
    async def read():
        async with database.reading() as db:
            return (await db.execute(select(subscribers.subscribers))).all()

    return read


async def register(person, now, **more):
    form = {**TOLD, "day": now.date().isoformat(), **more}
    return await person.post("/subscribers", form)


async def test_without_any_the_page_says_how_they_come(official):
    assert "Nobody listens yet." in await official.page("/subscribers")


async def test_somebody_at_the_counter_is_put_on_with_consent(official, now, rows, site):
    text = await (await register(official, now, site="s" * 32, cohort="P1")).text()
    assert "They are on the list now" in text
    (row,) = await rows()
    assert (row.language, row.role, row.site_id, row.cohort) == ("sw", "digger", "s" * 32, "P1")
    assert (row.consent_how, row.heard_at) == ("said so", None)
    assert "712345678" not in text
    assert "Kiswahili: fewer than 5" in text


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"phone": "12"}, "This is no telephone number"),
        ({"language": "xx"}, "Choose the language"),
        ({"role": "king"}, "Choose one of the list."),
        ({"site": "none"}, "Choose one of the list."),
        ({"how": " "}, "Write how they agreed"),
        ({"cohort": "x" * 17}, "Write the name of the pilot"),
        ({"day": ""}, "Choose the day on which they agreed"),
        ({"day": "2026-05-13"}, "Choose the day on which they agreed"),
    ],
)
async def test_what_is_wrong_is_said_and_given_back(official, now, rows, wrong, problem):
    answer = await register(official, now, **wrong)
    text = await answer.text()
    assert answer.status == 422
    assert problem in text
    assert re.search(r'value="digger" selected', text) or "role" in wrong
    assert await rows() == []


async def test_who_stopped_is_not_put_on_by_others(official, now, rows, database, keyring):
    async with database.transaction() as db:
        await optout.stop(db, keyring, PHONE, now)
    answer = await register(official, now)
    assert answer.status == 422
    assert "They have stopped news." in await answer.text()
    assert await rows() == []


async def test_to_erase_says_the_same_whether_it_was_there(official, now, rows):
    await register(official, now)
    answers = [
        await (
            await official.post("/subscribers/erase", {"erase": "0712345678"}, on="/subscribers")
        ).text()
        for _ in range(2)
    ]
    assert await rows() == []
    assert answers[0] == answers[1]
    assert "Nothing of this number is on the list." in answers[0]
    wrong = await official.post("/subscribers/erase", {"erase": "x"}, on="/subscribers")
    assert wrong.status == 422


async def test_a_number_is_erased_on_every_channel_that_has_numbers(
    official, now, rows, database, keyring
):
    async with database.transaction() as db:
        for channel in ("whatsapp", "sms", "telegram"):
            address = Address(channel, PHONE.value)
            await subscribers.subscribe(db, keyring, address, language="sw", now=now)
    await official.post("/subscribers/erase", {"erase": "0712345678"}, on="/subscribers")
    assert [row.channel for row in await rows()] == ["telegram"]


async def test_the_list_is_taken_away_without_addresses(official, now, database):
    await register(official, now)
    async with database.transaction() as db:
        await db.execute(update(subscribers.subscribers).values(cohort="=1+1"))
    body = await (await official.get("/subscribers.csv")).read()
    head, line = csv.reader(StringIO(body.decode("utf-8-sig"), newline=""))
    assert head[:2] == ["Number", "Site"]
    assert (line[0], line[3]) == ("1", "digger")
    assert "'=1+1" in line  # no spreadsheet reckons it
    assert b"712345678" not in body
    answer = await official.get("/subscribers.xlsx")
    assert "baraza-subscribers.xlsx" in answer.headers["Content-Disposition"]
    book = BytesIO(await answer.read())
    assert is_zipfile(book)
    with ZipFile(book) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


async def test_a_list_that_is_too_long_for_a_workbook_is_offered_as_csv(
    official, now, monkeypatch
):
    await register(official, now)
    monkeypatch.setattr(sheets, "MOST_ROWS", 1)
    answer = await official.get("/subscribers.xlsx")
    assert answer.status == 422
    assert "The list is longer than a workbook can be." in await answer.text()
    assert (await official.get("/subscribers.csv")).status == 200


async def test_nobody_waits_while_the_list_is_written(official, now, database, monkeypatch):
    """Whoever writes to the database has it for themselves: on SQLite there is one."""
    await register(official, now)
    cells, free = exporting.cells, []

    def looked(page):
        free.append(not database.writer.pool.checkedout())
        return cells(page)

    monkeypatch.setattr(exporting, "cells", looked)
    assert (await official.get("/subscribers.csv")).status == 200
    assert free == [True]


async def test_it_is_noted_that_and_not_whom(official, now, join):
    await register(official, now)
    await official.post("/subscribers/erase", {"erase": "0712345678"}, on="/subscribers")
    await official.get("/subscribers.csv")
    auditor = await join(Role.AUDITOR, name="Chausiku Said")
    text = await auditor.page("/audit")
    for said in ("Put somebody on the list", "Erased a number", "Took the list of subscribers"):
        assert said in text
    assert "712345678" not in text


async def test_it_is_for_who_broadcasts(amina):
    for path in ("/subscribers", "/subscribers.csv", "/subscribers.xlsx"):
        assert (await amina.get(path)).status == 403
