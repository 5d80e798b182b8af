import re

import pytest

from forum import bodies
from forum.members import Role
from grievances import exclusions, parties
from grievances.case import hold
from grievances.exclusions import Why
from grievances.parties import Answer, Named


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


@pytest.fixture
async def court(lead, database):
    await lead.post("/bodies", {"name": "Labour court", "kind": "labour"}, on="/bodies")
    async with database.reading() as db:
        (body,) = await bodies.all_bodies(db)
    return body


@pytest.fixture
async def seat(lead, court, database):
    await lead.post(f"/bodies/{court.id}/seats", {"name": "Registrar"}, on="/bodies")
    async with database.reading() as db:
        (one,) = await bodies.all_seats(db)
    return one


async def said(person, path, form):
    answer = await person.post(path, form, on="/bodies")
    return answer.status, await answer.text()


async def test_without_any_the_page_says_so(lead):
    assert "There is no body yet." in await lead.page("/bodies")


async def test_a_body_and_a_seat_are_added_and_renamed(lead, court, seat):
    text = await lead.page("/bodies")
    assert re.search(r"Labour court\s*<span class=\"badge\">Labour inspectorate", text)
    assert "<strong>Registrar</strong>" in text
    await said(lead, f"/bodies/{court.id}", {"name": "High court", "kind": "rights"})
    await said(lead, f"/seats/{seat.id}", {"name": "Clerk"})
    text = await lead.page("/bodies")
    assert re.search(r"High court\s*<span class=\"badge\">Human rights body", text)
    assert "<strong>Clerk</strong>" in text


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"name": " ", "kind": "labour"}, "Write a name"),
        ({"name": "x" * 201, "kind": "labour"}, "Write a name"),
        ({"name": "Police", "kind": "kings"}, "Choose what kind of body it is."),
        ({"name": "labour COURT", "kind": "labour"}, "There is one of this name already."),
    ],
)
async def test_what_is_wrong_is_said_and_given_back(lead, court, form, problem):
    status, text = await said(lead, "/bodies", form)
    assert status == 422
    assert problem in text
    assert f'value="{form["name"].strip()}"' in text


async def test_a_seat_has_a_name_and_no_other_of_it(lead, court, seat):
    for path, name in (
        (f"/bodies/{court.id}/seats", "registrar"),
        (f"/bodies/{court.id}/seats", ""),
        (f"/seats/{seat.id}", ""),
    ):
        assert (await said(lead, path, {"name": name}))[0] == 422
    assert (await said(lead, f"/bodies/{court.id}", {"name": "", "kind": "labour"}))[0] == 422
    await said(lead, f"/bodies/{court.id}/seats", {"name": "Clerk"})
    assert (await said(lead, f"/seats/{seat.id}", {"name": "Clerk"}))[0] == 422


async def test_what_there_is_not_is_not_found(lead, court, seat):
    nobody, nowhere = {"member": "0" * 32}, "0" * 32
    for path, form in (
        (f"/bodies/{nowhere}", {"name": "x"}),
        (f"/seats/{nowhere}", {"name": "x"}),
        (f"/seats/{seat.id}/sit", nobody),
        (f"/seats/{seat.id}/stand", nobody),
    ):
        assert (await said(lead, path, form))[0] == 404


async def test_who_is_seated_sits_for_the_body_and_sees_nothing_that_names_it(
    lead, amina, file, court, seat, database, now
):
    made = await file("The court takes money.")
    async with database.transaction() as db:
        named = Named(Answer.SOME, bodies=frozenset({court.id}))
        held = await hold(db, made.case_id)
        await parties.name(db, held, named, by=lead.member, now=now)
    status, text = await said(lead, f"/seats/{seat.id}/sit", {"member": amina.member.id})
    assert status == 200
    assert "Amina Okello sits there now." in text
    async with database.reading() as db:
        assert await bodies.seated(db) == {amina.member.id: seat.id}
        (out,) = await exclusions.of_case(db, made.case_id)
    assert (out.member_id, out.why) == (amina.member.id, Why.BODY)
    assert (await amina.get(f"/cases/{made.reference}")).status == 404
    status, text = await said(lead, f"/seats/{seat.id}/stand", {"member": amina.member.id})
    assert "Amina Okello has left the seat." in text
    assert "Nobody sits here." in text


async def test_nobody_seats_themselves(lead, seat):
    for act in ("sit", "stand"):
        status, text = await said(lead, f"/seats/{seat.id}/{act}", {"member": lead.member.id})
        assert status == 422
        assert "Nobody seats themselves." in text


async def test_it_is_for_who_manages_members(amina):
    assert (await amina.get("/bodies")).status == 403
