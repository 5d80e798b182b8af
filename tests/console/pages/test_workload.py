import re

import pytest

from forum.members import Role


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


NONE = "\N{EN DASH}"


async def give(person, made, to):
    path = f"/cases/{made.reference}"
    judged = {"category": "PAY", "severity": "S3", "named": "nobody"}
    await person.post(f"{path}/facts", judged, on=path)
    await person.post(f"{path}/assign", {"assignee": to.member.id}, on=path)


def row(text, name):
    """Return the numbers of one row."""
    found = re.search(rf'<th scope="row">(?:(?!</th>).)*{name}.*?</tr>', text, re.DOTALL)[0]
    cells = re.findall(r'<td class="n">(.*?)</td>', found, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell) for cell in cells]


async def test_nobody_has_anything_to_do(amina):
    assert "Nobody has anything to do." in await amina.page("/workload")


async def test_each_row_compares_what_somebody_has(amina, join, file, clock):
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    await give(amina, await file(), joseph)
    await file(category="ABUSE")
    clock.turn(hours=3)
    again = await join(name="Baraka Juma")
    text = await again.page("/workload")
    assert "2 open cases" in text
    assert row(text, "Nobody yet") == ["1", "1", "0", "0", "0", "1", "3 h", "3 h"]
    assert row(text, "Joseph Mwangi") == ["1", "0", "0", "1", "0", "0", "3 h", "3 h"]
    assert row(text, "Amina Okello") == ["0", "0", "0", "0", "0", "0", NONE, NONE]


async def test_a_row_leads_to_its_cases(amina, join, file):
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    theirs, other = await file(), await file()
    await give(amina, theirs, joseph)
    text = await amina.page("/workload")
    address = re.search(r'href="(/cases\?[^"]*handler=\w{32})"', text)[1].replace("&amp;", "&")
    listed = await amina.page(address)
    assert f"/cases/{theirs.reference}" in listed
    assert f"/cases/{other.reference}" not in listed


async def test_bars_are_as_long_as_their_counts(amina, file):
    await file(category="ABUSE")
    await file(category="DANGER")
    text = await amina.page("/workload")
    assert '<rect class="fill-S1" x="0.0%" width="50.0%"' in text
    assert '<rect class="fill-S2" x="50.0%" width="50.0%"' in text


async def test_it_is_for_those_who_triage(join):
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    assert (await joseph.get("/workload")).status == 403
    assert "/workload" not in await joseph.page("/cases")
