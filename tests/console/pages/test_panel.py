import pytest

from forum.members import Role
from grievances import panel


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


@pytest.fixture
async def judge(join):
    return await join(Role.HANDLER, name="Judith Phiri")


async def test_somebody_is_named_and_removed(lead, judge, database):
    form = {"member": judge.member.id}
    text = await (await lead.post("/panel", form, on="/escalation")).text()
    assert "Judith Phiri sits on the appeal panel now." in text
    async with database.reading() as db:
        assert [each.member_id for each in await panel.named(db)] == [judge.member.id]
    answer = await lead.post("/panel/remove", form, on="/escalation")
    assert "Judith Phiri sits on the appeal panel no more." in await answer.text()


async def test_an_administrator_names_nobody_who_would_see_cases(join, judge):
    administrator = await join(Role.ADMINISTRATOR, name="Daudi Kamau")
    form = {"member": judge.member.id}
    answer = await administrator.post("/panel", form, on="/escalation")
    assert answer.status == 422
    assert "You cannot name this member" in await answer.text()


@pytest.mark.parametrize("path", ["/panel", "/panel/remove"])
async def test_nobody_is_not_found(lead, path):
    assert (await lead.post(path, {"member": "x"}, on="/escalation")).status == 404


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.HANDLER, Role.OFFICIAL, Role.AUDITOR])
async def test_others_have_no_part_in_it(join, judge, role):
    person = await join(role, name="Some One")
    form = {**await person.hidden("/account"), "member": judge.member.id}
    assert (await person.client.post("/panel", data=form)).status == 403
