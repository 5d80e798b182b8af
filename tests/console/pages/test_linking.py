import html
import re

import pytest

from console.pages.merging import ITSELF, NONE
from forum.members import Role
from grievances import exclusions
from grievances.exclusions import Why


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


@pytest.fixture
async def pair(amina, lead, file):
    return await file("One matter."), await file("Another matter.")


@pytest.fixture
def relate(amina):
    async def related(one, other):
        path = f"/cases/{one.reference}"
        answer = await amina.post(f"{path}/links", {"other": other}, on=path)
        return answer.status, html.unescape(await answer.text())

    return related


async def test_two_cases_are_linked_seen_from_both_and_taken_back(amina, pair, relate):
    one, other = pair
    status, text = await relate(one, other.reference.lower())
    assert status == 200
    assert f"Cases {one.reference} and {other.reference} are linked." in text
    for here, there in (pair, pair[::-1]):
        assert f'href="/cases/{there.reference}"' in await amina.page(f"/cases/{here.reference}")
    (undo, _) = re.findall(rf'action="(/cases/{one.reference}/links/\w+/undo)"', text)
    gone = await amina.post(undo, on=f"/cases/{one.reference}")
    assert "are linked no more" in await gone.text()
    assert (await amina.post(undo, on=f"/cases/{one.reference}")).status == 404


@pytest.mark.parametrize("typed", ["", "ZZZZZZ", "<b>"])
async def test_what_is_no_case_is_refused_and_given_back(pair, relate, typed):
    status, text = await relate(pair[0], typed)
    assert status == 422
    assert NONE in text


async def test_a_case_is_not_related_to_itself(pair, relate):
    status, text = await relate(pair[0], pair[0].reference)
    assert (status, ITSELF in text) == (422, True)


async def test_who_may_not_see_one_of_them_is_told_the_same_as_if_it_were_none(
    amina, lead, pair, relate, database, now
):
    one, other = pair
    assert (await relate(one, other.reference))[0] == 200
    async with database.transaction() as db:
        out = [other.case_id], [lead.member.id], Why.NAMED
        await exclusions.exclude(db, *out, by=amina.member.id, now=now)
    path = f"/cases/{one.reference}"
    assert other.reference not in await lead.page(path)
    there = await lead.post(f"{path}/links", {"other": other.reference}, on=path)
    nowhere = await lead.post(f"{path}/links", {"other": "ZZZZZZ"}, on=path)
    assert there.status == nowhere.status == 422
    assert "no such case" in await there.text()
