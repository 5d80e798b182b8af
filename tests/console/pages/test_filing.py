import re

import pytest
from sqlalchemy import func, select

from forum.members import Role
from grievances import codes as tries
from grievances.case import cases
from vault import codes

STORY = "They take a third of what we wash."


@pytest.fixture
async def grace(join):
    return await join(Role.FACILITATOR, name="Grace Tembo")


async def send(person, **more):
    form = {"story": STORY, "language": "sw", "way": "phone", "category": "", "site": "", **more}
    return await person.post("/file", form)


async def count(database):
    async with database.reading() as db:
        return (await db.execute(select(func.count()).select_from(cases))).scalar_one()


async def test_a_report_for_somebody_else_is_a_case_like_any(
    grace, amina, site, database, keyring, now
):
    answer = await send(grace, category="PRICE", site="s" * 32)
    text = await answer.text()
    code = codes.read(re.search(r"<code>([\d-]+)</code>", text)[1])
    found = await tries.judge(database, keyring, code, sender="x", now=now)
    async with database.reading() as db:
        row = (await db.execute(select(cases))).one()
    assert (row.id, row.channel, row.language, row.route_id) == (found, "facilitator", "sw", None)
    assert (row.category, row.site_id) == ("PRICE", "s" * 32)
    case = await amina.page(f"/cases/{row.reference}")
    assert STORY in case
    assert "The reporter comes back from a phone, with the code." in case
    assert "First answer" in case
    assert code.text not in await grace.page("/file")


async def test_who_filed_it_does_not_see_it_again(grace, amina, database):
    await send(grace)
    async with database.reading() as db:
        reference = (await db.execute(select(cases.c.reference))).scalar_one()
    assert (await grace.get(f"/cases/{reference}")).status == 404
    assert (await grace.get("/cases")).status == 403
    assert STORY not in await grace.page("/file")


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"story": " "}, "Write down what happened."),
        ({"story": "x" * 1501}, "The story may have 1500 characters."),
        ({"language": "zz"}, "Choose the language in which they want to be answered."),
        ({"way": ""}, "Choose whether they can come back."),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_lost(grace, database, wrong, problem):
    answer = await send(grace, **wrong)
    text = await answer.text()
    assert answer.status == 422
    assert problem in text
    assert wrong.get("story", STORY).strip() in text
    assert await count(database) == 0


async def test_a_second_press_files_nothing(grace, database):
    hidden = await grace.hidden("/file")
    form = {**hidden, "story": STORY, "language": "en", "way": "never"}
    first = await grace.client.post("/file", data=form)
    second = await grace.client.post("/file", data=form)
    assert "The report is kept" in await first.text()
    assert "Nothing was sent twice." in await second.text()
    assert await count(database) == 1


async def test_it_is_their_first_page_and_nobody_elses(grace, amina):
    assert "File a report for somebody else" in await grace.page("/")
    assert (await amina.get("/file")).status == 403
