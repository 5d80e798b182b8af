import pytest
from sqlalchemy import update

from forum import bodies, members
from forum.members import Role


@pytest.fixture
async def path(file):
    return f"/cases/{(await file('The wall fell.')).reference}"


async def judge(person, path, **more):
    form = {"category": "DANGER", "severity": "S2", "named": "nobody", "site": "", **more}
    return await person.post(f"{path}/facts", form, on=path)


async def assign(person, path, to):
    return await person.post(f"{path}/assign", {"assignee": to}, on=path)


async def test_sorting_a_case_marks_it_as_triaged(amina, path):
    text = await (await judge(amina, path)).text()
    assert "Accident and safety" in text
    assert '<span class="badge">Triaged</span>' in text


async def test_the_next_case_comes_by_itself(amina, path, file):
    calm, grave = await file(category="OTHER"), await file(category="ABUSE")
    answer = await judge(amina, path, then="next")
    assert answer.url.path == f"/cases/{grave.reference}"
    assert "are kept. This is the next." in await answer.text()
    second = await judge(amina, answer.url.path, category="ABUSE", severity="S1", then="next")
    assert second.url.path == f"/cases/{calm.reference}"


async def test_after_the_last_case_comes_the_list(amina, path):
    answer = await judge(amina, path, then="next")
    assert answer.url.path == "/cases"
    assert "Nothing is left to sort." in await answer.text()


async def test_the_next_is_none_that_somebody_is_kept_out_of(amina, join, path, file):
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    hidden = f"/cases/{(await file(category='ABUSE')).reference}"
    await lead.post(f"{hidden}/bar", {"member": amina.member.id}, on=hidden)
    answer = await judge(amina, path, then="next")
    assert answer.url.path == "/cases"


async def test_what_is_wrong_goes_nowhere(amina, path, file):
    await file(category="ABUSE")
    answer = await judge(amina, path, severity="S4", then="next")
    assert answer.status == 422
    assert answer.url.path == f"{path}/facts"


async def test_every_choice_has_its_key(amina, path):
    text = await amina.page(path)
    for marked in (
        '<option value="DANGER" data-key="d"',
        '<option value="S1" data-key="1"',
        'value="nobody" data-key="0"',
        'name="then" value="next" data-key="n"',
    ):
        assert marked in text
    await judge(amina, path)
    assert 'value="next"' not in await amina.page(path)  # it is sorted


async def test_all_facts_are_kept(amina, path, site):
    text = await (await judge(amina, path, site="s" * 32, safe="no")).text()
    assert "Kobalo Hill, North" in text
    assert "phone is not safe" in text.replace("&#39;", "'")


async def test_a_category_has_a_floor(amina, path):
    answer = await judge(amina, path, severity="S4")
    text = await answer.text()
    assert answer.status == 422
    assert "Choose a higher severity, or write below why it is milder." in text
    assert '<option value="DANGER" data-key="d" selected>' in text


@pytest.mark.parametrize("wrong", [{"category": ""}, {"category": "X"}, {"severity": "S9"}])
async def test_what_is_not_on_the_list_is_refused(amina, path, wrong):
    assert (await judge(amina, path, **wrong)).status == 422


async def test_a_case_is_given_to_a_handler_once_it_is_sorted(amina, join, path):
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    early = await assign(amina, path, handler.member.id)
    assert "Say first what the case is about" in await early.text()
    await judge(amina, path)
    answer = await assign(amina, path, handler.member.id)
    assert "Joseph Mwangi has case" in await answer.text()
    assert "The wall fell." in await handler.page(path)


async def test_giving_it_to_another_can_be_undone(amina, join, path):
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    await judge(amina, path)
    await assign(amina, path, amina.member.id)
    text = await (await assign(amina, path, joseph.member.id)).text()
    assert f'<input type="hidden" name="assignee" value="{amina.member.id}">' in text
    await assign(amina, path, amina.member.id)
    assert (await joseph.get(path)).status == 404


@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.ADMINISTRATOR])
async def test_nobody_else_is_given_a_case(amina, join, path, role):
    other = await join(role, name="Grace Tembo")
    await judge(amina, path)
    answer = await assign(amina, path, other.member.id)
    assert answer.status == 422
    assert "Choose somebody who may handle cases." in await answer.text()


async def test_somebody_who_is_not_here_is_given_nothing(amina, path):
    await judge(amina, path)
    assert (await assign(amina, path, "0" * 32)).status == 422


async def test_without_a_key_there_is_nothing_to_give(amina, join, path):
    await judge(amina, path)
    late = await join(name="Neema Achieng")
    form = await late.hidden("/account")
    answer = await late.client.post(f"{path}/assign", data={**form, "assignee": late.member.id})
    assert answer.status == 422


async def test_a_handler_does_not_sort(join, amina, path):
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    await judge(amina, path)
    await assign(amina, path, handler.member.id)
    token = await handler.hidden(path)
    form = {**token, "category": "PAY", "severity": "S3"}
    assert (await handler.client.post(f"{path}/facts", data=form)).status == 404


async def test_a_focal_point_who_came_later_opens_what_is_sorted_into_the_lane(amina, join, path):
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    text = await (await judge(amina, path, category="ABUSE", severity="S1")).text()
    assert "For you it is as if it had never come." in text
    assert (await amina.get(path)).status == 404
    assert "The wall fell." in await lead.page(path)


async def test_what_leaves_the_lane_is_opened_by_all_who_sort_again(amina, join, path):
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    await judge(amina, path, category="ABUSE", severity="S1")
    await judge(lead, path, category="DANGER", severity="S1")
    assert "The wall fell." in await amina.page(path)


async def test_who_sits_where_it_goes_is_suggested_and_why(amina, join, path, database):
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    async with database.transaction() as db:
        body = {"id": "b" * 32, "name": "Inspectorate", "kind": "mines"}
        await db.execute(bodies.bodies.insert().values(body))
        theirs = members.members.c.id == joseph.member.id
        await db.execute(update(members.members).where(theirs).values(body_id="b" * 32))
    await judge(amina, path)
    text = await amina.page(path)
    assert "cases of «Accident and safety» go to: Inspectorate." in text
    suggested, others = text.split('<optgroup label="Suggested">')[1].split("<optgroup")
    assert "Joseph Mwangi" in suggested
    assert "Amina Okello" in others.split("</optgroup>")[0]
