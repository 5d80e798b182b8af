import re

import pytest

from forum import bodies
from forum.members import Role

NEW = {"code": "kb 12", "name": "Kobalo Hill", "district": "North", "mineral": "gold"}


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


async def test_without_any_the_page_says_so(lead):
    assert "There is no site yet" in await lead.page("/sites")


async def test_a_site_is_added_and_changed(lead, database):
    added = await (await lead.post("/sites", NEW)).text()
    assert "The site Kobalo Hill is kept." in added
    assert re.search(r'<th scope="row"><a href="/sites/\w+">KB12</a></th>', added)
    async with database.reading() as db:
        (site,) = await bodies.all_sites(db)
    path = f"/sites/{site.id}"
    told = {**NEW, "method": "shaft", "scale": "artisanal", "zone": "Africa/Kampala"}
    text = await (await lead.post(path, told)).text()
    assert "<td>Shaft or tunnel</td>" in text
    assert "<td>Africa/Kampala</td>" in text
    assert re.search(r'value="shaft" selected', await lead.page(path))


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"code": ""}, "Write a code of letters and digits"),
        ({"name": ""}, "Write a name"),
        ({"zone": "Mars/Base"}, "There is no such time zone."),
        ({"method": "magic"}, "Choose one of the list."),
    ],
)
async def test_what_is_wrong_is_said_and_given_back(lead, wrong, problem):
    answer = await lead.post("/sites", {**NEW, **wrong})
    text = await answer.text()
    assert answer.status == 422
    assert problem in text
    assert 'value="North"' in text


async def test_a_code_is_there_once(lead, site, database):
    answer = await lead.post("/sites", NEW)
    assert answer.status == 422
    assert "There is a site with this code already." in await answer.text()
    other = await (await lead.post("/sites", {**NEW, "code": "MW03"})).text()
    path = re.search(r'href="(/sites/\w+)">MW03', other)[1]
    assert (await lead.post(path, NEW)).status == 422


async def test_an_official_sees_sites_and_keeps_none(join, site):
    official = await join(Role.OFFICIAL, name="Odile Mbeki")
    text = await official.page("/sites")
    assert "Kobalo Hill" in text
    assert "Add a site" not in text
    assert f'href="/sites/{"s" * 32}"' not in text
    token = await official.hidden("/account")
    assert (await official.client.post("/sites", data={**token, **NEW})).status == 403
    assert (await official.get(f"/sites/{'s' * 32}")).status == 403


async def test_there_is_no_other(lead):
    assert (await lead.get("/sites/none")).status == 404
