"""Below the floor of a category: one who triages asks, another decides."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from forum import keyholders
from forum.members import Role
from grievances import floors
from grievances.case import cases
from grievances.floors import Outcome

REASON = "It is a rumour."


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


@pytest.fixture
async def path(file, amina, lead):
    made = await file("A child works there.", category="CHILD")
    return f"/cases/{made.reference}"


async def judge(person, path, **more):
    form = {"category": "CHILD", "severity": "S4", "named": "nobody", "milder": REASON, **more}
    return await person.post(f"{path}/facts", form, on=path)


async def answer(person, path, said):
    """Press one of the buttons of the card."""
    return await person.post(f"{path}/floor", {"answer": said}, on=path)


@pytest.fixture
def stands(database):
    async def found():
        async with database.reading() as db:
            severity = (await db.execute(select(cases.c.severity))).scalar_one()
            case_id = (await db.execute(select(cases.c.id))).scalar_one()
            wishes = await floors.of_case(db, case_id)
        return severity, [wish.outcome for wish in wishes]

    return found


async def test_without_a_reason_the_form_says_what_to_do_and_gives_back_what_was_typed(
    amina, path, stands
):
    answered = await judge(amina, path, milder="")
    text = unescape(await answered.text())
    assert answered.status == 422
    assert "or write below why it is milder" in text.partition('id="severity-error">')[2][:200]
    assert re.search(r'<option value="S4"[^>]* selected>', text)
    assert await stands() == ("S2", [])


async def test_a_reason_that_is_too_long_is_said_beside_it(amina, path, stands):
    answered = await judge(amina, path, milder="x" * 1501)
    assert answered.status == 422
    assert "This is too long." in (await answered.text()).partition('id="milder-error">')[2][:100]
    assert await stands() == ("S2", [])


async def test_who_asks_waits_for_a_second_person(amina, path, stands):
    text = unescape(await (await judge(amina, path)).text())
    assert "is as grave as its category, until a second person agrees with you." in text
    assert "Amina Okello asked for S4 · Service or question" in text
    assert REASON in text
    assert "Take it back" in text
    assert "Agree: make it S4" not in text
    assert await stands() == ("S2", [Outcome.ASKED])


async def test_a_colleague_reads_why_and_agrees(amina, lead, path, stands):
    await judge(amina, path)
    page = unescape(await lead.page(path))
    card = page.partition('id="floor-title"')[2].partition("</section>")[0]
    assert REASON in card
    assert "Agree: make it S4" in card
    text = unescape(await (await answer(lead, path, "agree")).text())
    assert "is milder now. Its due dates stay where they are." in text
    assert "A second person agreed · Lindiwe Banda" in text
    assert await stands() == ("S4", [Outcome.AGREED])


async def test_a_colleague_declines(amina, lead, path, stands):
    await judge(amina, path)
    text = unescape(await (await answer(lead, path, "decline")).text())
    assert "stays as grave as its category." in text
    assert await stands() == ("S2", [Outcome.DECLINED])


async def test_who_asked_takes_it_back(amina, lead, path, stands):
    await judge(amina, path)
    await answer(amina, path, "withdraw")
    assert await stands() == ("S2", [Outcome.WITHDRAWN])


async def test_a_forged_answer_of_who_asked_decides_nothing(amina, path, stands):
    await judge(amina, path)
    text = unescape(await (await answer(amina, path, "agree")).text())
    assert "Somebody else must decide this." in text
    assert await stands() == ("S2", [Outcome.ASKED])


@pytest.mark.parametrize("said", ["", "perhaps"])
async def test_an_answer_that_is_none_changes_nothing(amina, lead, path, stands, said):
    await judge(amina, path)
    text = unescape(await (await answer(lead, path, said)).text())
    assert "Nothing was changed just now." in text
    assert await stands() == ("S2", [Outcome.ASKED])


async def test_an_answer_that_comes_too_late_changes_nothing(amina, lead, path, stands, join):
    await judge(amina, path)
    hidden = await lead.hidden(path)
    await answer(amina, path, "withdraw")
    given = {**hidden, "answer": "agree"}
    answered = await lead.client.post(f"{path}/floor", data=given)
    assert "Nothing was changed just now." in unescape(await answered.text())
    assert await stands() == ("S2", [Outcome.WITHDRAWN])


async def test_who_cannot_read_why_does_not_decide(amina, lead, path, stands, database):
    await judge(amina, path)
    hidden = await lead.hidden(path)
    async with database.transaction() as db:
        case_id = (await db.execute(select(cases.c.id))).scalar_one()
        await keyholders.withdraw(db, [case_id], [lead.member.id])
    given = {**hidden, "answer": "agree"}
    answered = await lead.client.post(f"{path}/floor", data=given)
    assert answered.status == 422
    assert "You have no key to this case yet" in await answered.text()
    assert await stands() == ("S2", [Outcome.ASKED])


async def test_who_is_kept_out_finds_no_such_case(amina, lead, path, stands, join):
    neema = await join(name="Neema Achieng")
    await judge(amina, path)
    hidden = await neema.hidden("/account")
    await lead.post(f"{path}/bar", {"member": neema.member.id}, on=path)
    answered = await neema.client.post(f"{path}/floor", data={**hidden, "answer": "agree"})
    assert answered.status == 404
    assert await stands() == ("S2", [Outcome.ASKED])


async def test_who_handles_sees_no_card_and_decides_nothing(amina, lead, path, stands, join):
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    await judge(amina, path)
    await lead.post(f"{path}/assign", {"assignee": joseph.member.id}, on=path)
    page = await joseph.page(path)
    assert 'id="floor-title"' not in page
    hidden = await joseph.hidden(path)
    answered = await joseph.client.post(f"{path}/floor", data={**hidden, "answer": "agree"})
    assert answered.status == 404
    assert await stands() == ("S2", [Outcome.ASKED])


async def test_at_the_floor_a_reason_asks_nothing(amina, path, stands):
    text = await (await judge(amina, path, severity="S2")).text()
    assert "The facts of case" in text
    assert await stands() == ("S2", [])
