import asyncio
import html
import re
from datetime import timedelta

import pytest

from console import kin
from forum.members import Role
from grievances.suggestions import Reason

JUDGED = {"category": "PAY", "severity": "S3", "named": "nobody"}


@pytest.fixture
def open_page(amina):
    async def opened(made, person=None):
        return html.unescape(await (person or amina).page(f"/cases/{made.reference}"))

    return opened


@pytest.fixture
def judge(amina):
    async def judged(made, **more):
        path = f"/cases/{made.reference}"
        await amina.post(f"{path}/facts", {**JUDGED, **more}, on=path)
        return path

    return judged


@pytest.fixture
def merge(amina):
    async def merged(made, leading):
        path = f"/cases/{made.reference}/merge"
        form = {"with": leading.reference, "named": "nobody"}
        await amina.post(path, form, on=f"{path}?with={leading.reference}")

    return merged


def test_every_reason_has_its_words():
    assert set(kin.REASONS) == set(Reason)


@pytest.mark.usefixtures("site")
async def test_what_looks_alike_is_shown_before_triage_and_not_after(
    amina, file, open_page, judge, clock
):
    place = {"describe": {"place": "KB12"}}
    earlier = await file(category="DANGER", now=clock() - timedelta(days=2), **place)
    made = await file(category="DANGER", **place)
    text = await open_page(made)
    assert "These may tell of the same" in text
    assert "same phone, same site, same kind, 2 days apart" in text
    assert f'name="with" value="{earlier.reference}"' in text
    await judge(made, category="DANGER", severity="S2")
    assert "These may tell of the same" not in await open_page(made)


async def test_who_may_not_sort_is_suggested_nothing(amina, join, file, open_page, judge):
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    await file()
    made = await file()
    path = await judge(made)
    await amina.post(f"{path}/assign", {"assignee": handler.member.id}, on=path)
    text = await open_page(made, handler)
    assert "These may tell of the same" not in text
    assert "Mark as a duplicate" not in text


@pytest.mark.usefixtures("site")
async def test_what_happens_again_and_again_is_told_with_one_level_more(
    amina, file, open_page, judge
):
    made = [await file(category="PAY", describe={"place": "KB12"}) for _ in range(4)]
    text = await open_page(made[3])
    assert "This is number 4 of its kind at this site in 30 days." in text
    assert "consider S2 · Serious harm." in text
    assert re.search(r'<option value="S3"[^>]* selected>', text)  # it is not forced
    await judge(made[3], site="s" * 32, severity="S2")
    assert "consider S2" not in await open_page(made[3])
    for each in made[:2]:
        await judge(each, category="WATER", site="s" * 32)
    assert "in 30 days" not in await open_page(made[3])


async def test_a_duplicate_and_its_leader_show_each_other(file, open_page, merge):
    leading, made = await file(), await file()
    await merge(made, leading)
    assert "Others reported the same:" in await open_page(leading)
    text = await open_page(made)
    assert "This is a duplicate." in text
    assert "Only this reporter reads this." in text


async def test_who_comes_to_the_leading_case_opens_the_other_once_a_keyholder_has(
    amina, join, file, open_page, merge, judge
):
    leading, made = await file("It fell."), await file("The wall fell down.")
    path = await judge(leading)
    await merge(made, leading)
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    await amina.post(f"{path}/assign", {"assignee": handler.member.id}, on=path)
    await asyncio.gather(open_page(leading), open_page(leading))
    assert "The wall fell down." in await open_page(made, handler)
