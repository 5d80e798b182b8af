import re

import pytest

from forum.members import Role

RUTH = {"name": "Ruth Okoth", "email": "ruth@forum.example", "role": "handler", "language": "en"}


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


async def invite(person, **more):
    return await person.post("/members", {**RUTH, **more}, on="/members")


async def test_an_invitation_is_a_link_that_is_shown_once(lead, visitor):
    text = await (await invite(lead)).text()
    link = re.search(r"http://localhost(/welcome/[\w-]+)", text)[1]
    assert "Welcome, Ruth Okoth" in await (await visitor.get(link)).text()
    assert link not in await lead.page("/members")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "Write the name that your colleagues will see."),
        ({"email": "ruth"}, "Write an e-mail address"),
        ({"email": "lindiwe@forum.example"}, "is here already"),
    ],
)
async def test_what_is_wrong_is_said_and_the_rest_given_back(lead, wrong, said):
    answer = await invite(lead, **wrong)
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    assert 'value="handler" checked' in text


async def test_an_administrator_invites_nobody_who_reads_cases(join):
    administrator = await join(Role.ADMINISTRATOR, name="Daudi Kamau")
    answer = await invite(administrator, role="lead")
    assert answer.status == 422
    assert "You cannot give or take this role." in await answer.text()
    assert 'value="lead"' not in await administrator.page("/members")


async def test_a_role_that_there_is_not_is_not_found(lead):
    assert (await invite(lead, role="king")).status == 404


async def test_a_role_is_changed(lead, amina):
    path = f"/members/{amina.member.id}/role"
    answer = await lead.post(path, {"role": "official"}, on="/members")
    assert "Amina Okello has another role now." in await answer.text()
    assert (await amina.get("/cases")).status == 403


async def test_the_last_who_manages_members_stays(lead):
    path = f"/members/{lead.member.id}/role"
    answer = await lead.post(path, {"role": "secretary"}, on="/members")
    assert answer.status == 422
    assert "Somebody must remain" in await answer.text()


async def test_nobody_is_removed_without_a_second_look(lead, amina):
    path = f"/members/{amina.member.id}/remove"
    assert "Remove Amina Okello?" in await lead.page(path)
    answer = await lead.post(path)
    assert "Amina Okello can no longer sign in." in await answer.text()
    assert (await amina.get("/cases", allow_redirects=False)).status == 303


async def test_cases_of_somebody_who_goes_are_mentioned(lead, amina, file):
    made = await file()
    path = f"/cases/{made.reference}"
    judged = {"category": "PAY", "severity": "S3", "named": "nobody"}
    await amina.post(f"{path}/facts", judged, on=path)
    await amina.post(f"{path}/assign", {"assignee": amina.member.id}, on=path)
    text = await lead.page(f"/members/{amina.member.id}/remove")
    assert "1 case is assigned to them." in text


async def test_the_last_lead_cannot_be_removed(lead):
    answer = await lead.post(f"/members/{lead.member.id}/remove")
    assert answer.status == 422


async def test_somebody_who_is_not_here_is_not_found(lead):
    assert (await lead.get(f"/members/{'0' * 32}/remove")).status == 404


async def test_who_is_above_somebody_is_kept_beside_the_body(lead, amina, join):
    boss = await join(Role.HANDLER, name="Baraka Otieno")
    path = f"/members/{amina.member.id}/superior"
    answer = await lead.post(path, {"superior": boss.member.id}, on="/members")
    text = await answer.text()
    assert "It is kept who is above Amina Okello." in text
    assert f'<option value="{boss.member.id}" selected>Above: Baraka Otieno</option>' in text
    circle = f"/members/{boss.member.id}/superior"
    answer = await lead.post(circle, {"superior": amina.member.id}, on="/members")
    assert answer.status == 422
    assert "Nobody can be above themselves." in await answer.text()


async def test_nobody_chooses_their_own_superior(lead, amina):
    path = f"/members/{lead.member.id}/superior"
    assert (await lead.post(path, {"superior": amina.member.id}, on="/members")).status == 422


async def test_a_forum_decides_whether_superiors_are_kept_out(lead, amina, join, file):
    boss = await join(name="Baraka Otieno")
    path = f"/cases/{(await file('She took money.')).reference}"
    await lead.post(
        f"/members/{amina.member.id}/superior", {"superior": boss.member.id}, on="/members"
    )
    for kept, words, status in (
        ("no", "superiors are not kept out", 200),
        ("yes", "superiors are kept out as well", 404),
    ):
        answer = await lead.post("/members/superiors", {"kept": kept}, on="/members")
        assert words in await answer.text()
        form = {"category": "BRIBE", "severity": "S3", "site": "", "safe": "", "named": "some"}
        data = [*{**await lead.hidden(path), **form}.items()]
        data.append(("named_member", amina.member.id))
        await lead.client.post(f"{path}/facts", data=data)
        assert (await boss.get(path)).status == status
