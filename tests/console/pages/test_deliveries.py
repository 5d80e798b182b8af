import re
from datetime import timedelta

import pytest
from nacl.utils import random

from channels import broadcasts
from channels.base import Address
from channels.ledger import State
from forum import audit
from forum.members import Role
from grievances import correspondence, entries, intake
from tests.support.letters import broadcast, letter
from vault import codes
from vault.codes import Minted

PHONE = Address("sms", "+255700000001")


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def case(database, keyring, clock):
    """A case whose code is known to us."""
    code, salt = codes.mint(), random(16)
    minted = Minted(code, salt, codes.digest(code, salt, keyring))
    given = {"address": PHONE, "language": "sw", "now": clock()}
    async with database.transaction() as db:
        made = await intake.file_case(db, keyring, minted, story="Ukuta.", **given)
    return made, code


async def look(person, typed):
    answer = await person.post("/deliveries", {"find": typed})
    return answer.status, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", await answer.text()))


async def answer(person, made):
    path = f"/cases/{made.reference}"
    await person.post(f"{path}/answer", {"answer": "Tunakuja."}, on=path)


async def test_a_code_tells_whether_the_answers_arrived_and_no_word_of_them(amina, case):
    made, code = case
    await answer(amina, made)
    status, text = await look(amina, code.text)
    assert status == 200
    assert f"Case {made.reference}" in text
    assert "Waits until the reporter asks for it." in text
    assert "Tunakuja" not in text
    assert "+255" not in text


@pytest.mark.parametrize(
    ("state", "error", "said"),
    [
        (State.PLANNED, None, "Waits to leave · SMS by Twilio"),
        (State.UNKNOWN, None, "In doubt"),
        (State.UNDELIVERED, "30003", "Did not arrive. The phone was off or out of reach."),
    ],
)
async def test_an_answer_is_followed_on_its_way(amina, case, database, now, state, error, said):
    made, code = case
    await answer(amina, made)
    async with database.transaction() as db:
        (body,) = await correspondence.hand_over(db, made.case_id, now)
    await letter(database, now, state, error=error, entry_id=body.entry_id)
    _, text = await look(amina, code.text)
    assert said in text
    assert ("Send again" in text) is (state is State.UNDELIVERED)


async def test_an_answer_that_arrived_says_when(amina, case, database, now):
    made, code = case
    await answer(amina, made)
    async with database.transaction() as db:
        (body,) = await correspondence.hand_over(db, made.case_id, now)
        await entries.mark_delivered(db, [body.entry_id], now)
    assert "Arrived Tue 12 May, 09:00" in (await look(amina, code.text))[1]


async def test_a_case_without_an_answer_says_so(amina, case):
    assert "Nobody has answered this report yet." in (await look(amina, case[1].text))[1]


async def test_that_somebody_looked_is_in_the_trail_and_the_code_is_not(
    amina, case, database, logged
):
    made, code = case
    await look(amina, code.text)
    async with database.reading() as db:
        act = (await audit.recent(db, limit=1))[0]
    assert (act.actor, act.act, act.subject) == (amina.member.id, "case.traced", made.case_id)
    assert code.digits not in logged.getvalue()
    assert code.text not in logged.getvalue()


@pytest.mark.parametrize("typed", ["+255 700 000 001", "0700000001", "(0)700-000.001"])
async def test_nobody_is_found_by_a_number(amina, typed):
    status, text = await look(amina, typed)
    assert status == 422
    assert "Nobody is looked up by a telephone number here." in text


@pytest.mark.parametrize("typed", ["", "hello", "1234-5678-90123-5"])
async def test_what_is_neither_code_nor_broadcast_is_said(amina, typed):
    status, text = await look(amina, typed)
    assert status == 422
    assert "That is no receipt code and no broadcast." in text


async def test_what_was_typed_is_not_given_back(amina, case):
    _, code = case
    page = await (await amina.post("/deliveries", {"find": code.text})).text()
    assert code.text not in page


async def test_guessing_ends_after_five(amina):
    said = [(await look(amina, codes.mint().text))[1] for _ in range(6)]
    assert all("No case has this code." in one for one in said[:5])
    assert "Too many codes were wrong." in said[5]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OFFICIAL])
async def test_who_sees_no_case_looks_no_code_up(join, case, role):
    person = await join(role, name="Some One")
    status, text = await look(person, case[1].text)
    assert status == 422
    assert "Only members who see all cases" in text
    assert case[0].reference not in text


async def test_broadcasts_are_listed_by_what_they_say(amina, database, now):
    of = await broadcast(database, now)
    page = await amina.page("/deliveries")
    assert f'<a href="/deliveries/{of}">The new fees hold from Monday.</a>' in page
    assert "Under way" in page


async def test_a_house_without_broadcasts_says_what_will_be_here(amina):
    assert "No broadcast was sent yet" in await amina.page("/deliveries")


async def test_a_broadcast_is_found_by_its_number(amina, database, now):
    of = await broadcast(database, now)
    answer = await amina.post("/deliveries", {"find": of.upper()}, allow_redirects=False)
    assert answer.headers["Location"] == f"/deliveries/{of}"


async def test_a_broadcast_tells_how_far_it_has_come_and_why_it_stopped(amina, database, now):
    of = await broadcast(database, now)
    for state, error in (("planned", None), ("delivered", None), ("undelivered", "30003")):
        await letter(database, now, state, kind="bulk", broadcast=of, body=None, error=error)
    async with database.transaction() as db:
        await broadcasts.pause(db, of, now + timedelta(minutes=1), "failures")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", await amina.page(f"/deliveries/{of}")))
    assert "more than one in ten did not arrive" in text
    assert "Arrived 1" in text
    assert "Did not arrive 1" in text
    assert "1 The phone was off or out of reach. code 30003" in text
    assert "Waits to leave 1" in text


async def test_a_broadcast_of_which_nothing_left_says_so(amina, database, now):
    of = await broadcast(database, now)
    assert "Nothing of it has left yet." in await amina.page(f"/deliveries/{of}")


async def test_a_broadcast_that_there_is_not_is_not_found(amina):
    assert (await amina.get("/deliveries/" + "0" * 32)).status == 404
