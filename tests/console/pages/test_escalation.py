import pytest
from sqlalchemy import update

from forum.members import Role
from grievances import escalation
from grievances.case import cases


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


@pytest.fixture
async def chair(join):
    return await join(Role.HANDLER, name="Chiku Daudi")


async def name(lead, level, person):
    form = {"member": person.member.id}
    return await lead.post(f"/escalation/{level}", form, on="/calendar")


async def test_at_first_the_leads_answer_and_nobody_above(lead):
    page = await lead.page("/escalation")
    assert "Nobody is named: every lead of the secretariat answers." in page
    assert page.count("Nobody yet.") == 4  # three levels, and the appeal panel


async def test_somebody_is_named_and_removed(lead, chair, database):
    text = await (await name(lead, 2, chair)).text()
    assert "Chiku Daudi answers for this level now." in text
    async with database.reading() as db:
        (one,) = await escalation.named(db)
    assert (one.level, one.member_id) == (2, chair.member.id)
    form = {"member": chair.member.id}
    answer = await lead.post("/escalation/2/remove", form, on="/calendar")
    assert "Chiku Daudi answers for this level no more." in await answer.text()


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OFFICIAL, Role.AUDITOR])
async def test_who_sees_no_case_is_not_offered_and_not_taken(lead, join, role):
    person = await join(role, name="Some One")
    assert "Some One" not in await lead.page("/escalation")
    answer = await name(lead, 2, person)
    assert answer.status == 422
    assert "You cannot name this member" in await answer.text()


async def test_an_administrator_names_nobody_who_would_see_cases(join, chair):
    administrator = await join(Role.ADMINISTRATOR, name="Daudi Kamau")
    assert "Chiku Daudi" not in await administrator.page("/escalation")
    assert (await name(administrator, 2, chair)).status == 422


@pytest.mark.parametrize("level", ["0", "5", "x"])
async def test_there_is_no_other_level(lead, chair, level):
    assert (await name(lead, level, chair)).status == 404


async def test_nobody_is_not_found(lead):
    answer = await lead.post("/escalation/2", {"member": "x"}, on="/calendar")
    assert answer.status == 404


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.HANDLER, Role.OFFICIAL, Role.AUDITOR])
async def test_others_have_no_part_in_it(join, role):
    person = await join(role, name="Some One")
    assert (await person.get("/escalation")).status == 403


async def test_the_queue_and_the_case_say_to_whom_it_has_come_and_to_whom_it_goes(
    lead, file, database
):
    made = await file("Words.")
    for path in ("/cases", f"/cases/{made.reference}"):
        assert "then it goes to the lead of the secretariat" in await lead.page(path)
    async with database.transaction() as db:
        await db.execute(update(cases).values(level=2))
    for path in ("/cases", f"/cases/{made.reference}"):
        page = await lead.page(path)
        assert "Escalated to the chair of the forum" in page
        assert "then it goes to the focal point of the task force" in page
    async with database.transaction() as db:
        await db.execute(update(cases).values(level=4))
    page = await lead.page("/cases")
    assert "Escalated to a body outside government" in page
    assert "then it goes" not in page


async def test_who_is_named_finds_the_case_in_their_list(lead, chair, file, database):
    made = await file("Words.")
    await name(lead, 2, chair)
    assert made.reference not in await chair.page("/cases")
    async with database.transaction() as db:
        await db.execute(update(cases).values(level=2))
    assert made.reference in await chair.page("/cases")
