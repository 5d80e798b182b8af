import csv
import re
from io import BytesIO, StringIO

import pytest
from aiohttp import FormData
from openpyxl import load_workbook
from sqlalchemy import select

from bots import doors
from channels.base import Address
from forum.members import Role
from outreach import importing, subscribers
from outreach.imports import PAGE, import_rows

HOME = "/subscribers/import"
LIST = "téléphone;rôle\n0712 000 001;creuseur\n'+254712000002;\n0712000001;\nn/a;\n=1+1;\n"


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Odile Mbeki")


@pytest.fixture
def bring(official, now):
    async def brought(body=None, **more):
        form = {"language": "fr", "how": "signed list", "day": now.date().isoformat(), **more}
        data = FormData({**await official.hidden(HOME), **form})
        content = LIST.encode("cp1252") if body is None else body
        data.add_field("file", BytesIO(content), filename="list.csv", content_type="text/csv")
        return await official.client.post(HOME, data=data)

    return brought


@pytest.fixture
def advance(database, now):
    async def advanced():
        await importing.advance(database, now, free=doors.free)

    return advanced


@pytest.fixture
def states(database):
    async def read():
        async with database.reading() as db:
            return list((await db.execute(select(subscribers.subscribers.c.state))).scalars())

    return read


async def test_a_list_is_read_and_nobody_is_on_it(official, bring, states):
    answer = await bring()
    text = await answer.text()
    assert re.search(rf"{HOME}/\w{{32}}$", str(answer.url))
    assert "read as Windows-1252, separated by semicolon" in text
    assert "Rows: 5" in text
    for said, n in (("New", 2), ("Twice in the file", 1), ("Cannot be read", 2)):
        assert re.search(rf'{said} <span class="count">{n}</span>', text)
    assert "Cannot be read: This is no telephone number that can be called." in text
    assert "…01" in text
    assert "712000001" not in text
    assert await states() == []
    assert "Read; nobody is on the list yet" in await official.page(HOME)


async def test_it_is_put_on_and_taken_back(official, bring, advance, states):
    path = (await bring()).url.path
    text = await (await official.post(f"{path}/apply", on=path)).text()
    assert "The list is being put on." in text
    assert await states() == []
    await advance()
    assert await states() == ["active", "active"]
    again = await official.post(f"{path}/apply", {}, on=path)
    assert "This list has come further meanwhile." in await again.text()
    text = await (await official.post(f"{path}/undo", on=path)).text()
    assert "is being taken off." in text
    await advance()
    assert await states() == []
    assert "Taken off again" in await official.page(path)
    for act in ("undo", "drop"):
        late = await official.post(f"{path}/{act}", on=path)
        assert "This list has come further meanwhile." in await late.text()


async def test_it_is_forgotten_on_a_word(official, bring, database):
    path = (await bring()).url.path
    assert "Nobody was put on." in await (await official.post(f"{path}/drop", on=path)).text()
    assert (await official.get(path)).status == 404
    async with database.reading() as db:
        assert (await db.execute(select(import_rows))).all() == []


async def test_the_report_is_filtered_paged_and_taken_away(official, bring):
    lines = ["n/a"] * PAGE + [f"0712000{n:03}" for n in range(PAGE + 1)]
    path = (await bring("\n".join(["phone", *lines]).encode())).url.path
    text = await official.page(f"{path}?show=new")
    further = re.search(r'href="(\?show=new&amp;after=\d+)"', text)[1].replace("&amp;", "&")
    assert "Further rows" not in await official.page(f"{path}{further}")
    for tampered in ("?show=x", "?after=x", "?after=" + "9" * 60, "?after=-1"):
        assert (await official.get(f"{path}{tampered}")).status == 200
    body = (await (await official.get(f"{path}/report.csv")).read()).decode("utf-8-sig")
    rows = list(csv.reader(StringIO(body, newline="")))
    assert rows[0] == ["Row", "Ends in", "What it is", "Why"]
    assert len(rows) == len(lines) + 1
    assert "712000" not in body


async def test_a_report_has_a_page_of_rows_however_long_it_is(official, bring):
    lengths = []
    for size in (PAGE + 1, 2_000):
        lines = [f"07120{n:05}" for n in range(size)]
        path = (await bring("\n".join(["phone", *lines]).encode())).url.path
        text = await official.page(path)
        assert text.count('<th scope="row">') == PAGE
        assert "Further rows" in text
        lengths.append(len(text))
    assert abs(lengths[0] - lengths[1]) < 100
    last = await official.page(f"{path}?after=1990")
    assert last.count('<th scope="row">') == 11
    assert "Further rows" not in last


async def test_a_formula_that_was_brought_is_handed_on_as_text(official, bring, advance):
    lines = [f"07120000{n:02},{formula}" for n, formula in enumerate(("=1+1", "@SUM(A1)", "+1"))]
    path = (await bring("\n".join(["phone,cohort", *lines]).encode())).url.path
    await official.post(f"{path}/apply", on=path)
    await advance()
    body = (await (await official.get("/subscribers.csv")).read()).decode("utf-8-sig")
    cells = [cell for row in csv.reader(StringIO(body, newline="")) for cell in row]
    assert {"'=1+1", "'@SUM(A1)", "'+1"} <= set(cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    book = load_workbook(BytesIO(await (await official.get("/subscribers.xlsx")).read()))
    kinds = {cell.value: cell.data_type for row in book.active for cell in row}
    assert (kinds["=1+1"], kinds["@SUM(A1)"]) == ("s", "s")
    assert "f" not in kinds.values()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04xx", "The file is damaged."),
        (b"name\nx\n", "No column is called «phone»"),
        (b"\xd0\xcf\x11\xe0", "This is an old Excel file."),
    ],
)
async def test_what_is_no_list_is_said(bring, body, problem):
    answer = await bring(body)
    assert answer.status == 422
    assert problem in await answer.text()


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"language": "xx"}, "Choose a language"),
        ({"how": "x" * 201}, "Write how they agreed"),
        ({"day": "2026-05-13"}, "Choose the day on which they agreed"),
        ({"day": "soon"}, "Choose the day on which they agreed"),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field(bring, wrong, problem):
    answer = await bring(**wrong)
    assert answer.status == 422
    assert problem in await answer.text()


async def test_without_a_file_nothing_is_read(official):
    answer = await official.post(HOME, {"language": "fr"})
    assert answer.status == 422
    assert "Choose a file" in await answer.text()


async def test_a_list_may_be_larger_than_any_other_form(bring):
    line = "n/a," + "x" * 100_000 + "\n"
    body = ("phone,comment\n" + line * 30).encode()
    assert "Rows: 30" in await (await bring(body)).text()


async def test_another_page_never_takes_a_file_that_large(official):
    token = await official.hidden("/account")
    data = FormData(token)
    data.add_field("erase", BytesIO(b"x" * (3 * 1024 * 1024)), filename="x")
    assert (await official.client.post("/subscribers/erase", data=data)).status == 413


async def test_there_is_no_other_and_it_is_for_who_broadcasts(official, amina):
    assert (await official.get(f"{HOME}/none")).status == 404
    assert (await amina.get(HOME)).status == 403


async def test_who_is_there_already_is_told_apart(bring, database, keyring, now):
    async with database.transaction() as db:
        address = Address("sms", "+254712000001")
        await subscribers.subscribe(db, keyring, address, language="sw", now=now)
    text = await (await bring()).text()
    assert re.search(r'There already, with something to add <span class="count">1</span>', text)
