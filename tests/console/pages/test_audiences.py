import re

import pytest

from channels.base import Address
from forum.members import Role
from outreach import audiences, saved_audiences, subscribers
from outreach.audiences import Audience
from tests.support.newsroom import Newsroom


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Odile Mbeki")


@pytest.fixture
async def people(database, keyring, now, site):
    """Twelve diggers at one site, and three buyers at none."""
    async with database.transaction() as db:
        for n in range(15):
            address = Address("sms", f"+2557000000{n:02}")
            told = {"place": "KB12", "role": "digger"} if n < 12 else {"role": "buyer"}
            language = "sw" if n % 2 else "en"
            await subscribers.subscribe(db, keyring, address, language=language, now=now, **told)


async def keep(person, name="Diggers", query="roles=digger"):
    return await person.post("/audiences", {"name": name}, on=f"/audiences/new?{query}")


async def only(database):
    async with database.reading() as db:
        (one,) = await saved_audiences.every(db)
    return one


async def test_without_any_the_page_says_so(official):
    assert "No audience is kept yet" in await official.page("/audiences")
    assert "Nobody fits." in await official.page("/audiences/new")


async def test_a_choice_is_counted_and_a_few_are_shown(official, people):
    text = await official.page("/audiences/new?roles=digger&sites=" + "s" * 32)
    assert "Chosen: 12" in text
    assert re.search(r'name="roles" value="digger" checked', text)
    assert "KB12 · Kobalo Hill: 12" in text
    rows = re.findall(r"<tr><td>KB12</td><td>Digger</td><td>(?:English|Kiswahili)</td>", text)
    assert len(rows) == 10
    assert "2557000000" not in text


async def test_few_people_are_not_counted_out(official, people):
    text = await official.page("/audiences/new?roles=buyer")
    assert "Chosen: fewer than 5" in text
    assert "A sample is shown of five people or more." in text
    assert "At no site that we know: fewer than 5" in text


async def test_while_it_is_filled_in_only_the_count_is_answered(official, people):
    text = await official.page("/audiences/count?roles=digger")
    assert "Chosen: 12" in text
    assert "<html" not in text


async def test_an_audience_is_kept_counted_and_changed(official, people, database):
    text = await (await keep(official)).text()
    assert "The audience «Diggers» is kept." in text
    assert "Work: Digger" in text
    one = await only(database)
    path = f"/audiences/{one.id}"
    assert f'hx-get="{path}/number"' in text
    assert (await official.page(f"{path}/number")).strip() == "12"
    assert re.search(r'value="digger" checked', await official.page(path))
    wider = f"{path}?as={one.id}&roles=digger&roles=buyer"
    assert "Chosen: 15" in await official.page(wider)
    await official.post(path, on=wider)
    assert (await official.page(f"{path}/number")).strip() == "15"
    assert (await only(database)).audience == Audience(roles=frozenset({"digger", "buyer"}))


async def test_the_list_of_audiences_counts_nobody_by_itself(
    official, people, monkeypatch, database
):
    await keep(official, query="roles=buyer")
    path = f"/audiences/{(await only(database)).id}"
    assert (await official.page(f"{path}/number")).strip() == "fewer than 5"
    monkeypatch.delattr(audiences, "count")
    text = await official.page("/audiences")
    assert re.search(rf'<a href="{path}" aria-label="Count Diggers">Count</a>', text)


async def test_it_is_renamed_deleted_and_brought_back(official, people, database):
    await keep(official)
    path = f"/audiences/{(await only(database)).id}"
    await official.post(f"{path}/rename", {"name": "The diggers"}, on="/audiences")
    assert (await only(database)).name == "The diggers"
    gone = await (await official.post(f"{path}/delete", on="/audiences")).text()
    assert "The audience «The diggers» is deleted." in gone
    fields = re.findall(r'name="(name|choice)" value="([^"]*)"', gone.split('class="notice')[1])
    undo = {name: value.replace("&#34;", '"') for name, value in fields[:2]}
    await official.post("/audiences", undo, on="/audiences")
    assert (await only(database)).audience == Audience(roles=frozenset({"digger"}))


@pytest.mark.parametrize(
    ("name", "problem"),
    [("", "Give it a name"), ("x" * 61, "Give it a name"), ("diggers", "There is an audience")],
)
async def test_a_name_that_will_not_do_is_given_back(official, people, database, name, problem):
    await keep(official)
    answer = await keep(official, name)
    text = await answer.text()
    assert answer.status == 422
    assert problem in text
    assert f'value="{name}"' in text
    await keep(official, "Other")
    async with database.reading() as db:
        other = next(one for one in await saved_audiences.every(db) if one.name == "Other")
    path = f"/audiences/{other.id}/rename"
    answer = await official.post(path, {"name": name}, on="/audiences")
    assert answer.status == 422
    assert problem in await answer.text()


@pytest.mark.parametrize("choice", ["", "[]", "{", '{"roles": 7, "x": ["y"]}', '{"roles": [1]}'])
async def test_a_choice_that_was_tampered_with_is_everybody(official, people, database, choice):
    await official.post("/audiences", {"name": "A", "choice": choice}, on="/audiences/new")
    assert (await only(database)).audience == Audience()


async def test_an_address_that_was_tampered_with_chooses_nobody(official, people):
    for query in ("roles=king", "sites=%00x", "heard=tomorrow", "languages=" + "x" * 5000):
        assert (await official.get(f"/audiences/new?{query}")).status == 200


async def test_what_was_told_is_chosen_by_its_title_and_stays_chosen(
    official, people, database, keyring, now
):
    room = Newsroom(database, keyring, now)
    told = await room.write(official.member, title="The fee")
    await room.alone(told, official.member)
    await room.tick()
    (copy,) = await room.broadcasts(told)
    text = await official.page("/audiences/new")
    assert len(re.findall(r'name="not_reached" value=', text)) == 1
    assert re.search(rf'name="not_reached" value="{told}"> The fee · Tuesday 12 May', text)
    old = Audience(not_reached=frozenset({copy.id, "x" * 32}), minerals=frozenset({"tin"}))
    async with database.transaction() as db:
        by = official.member.id
        kept = await saved_audiences.keep(db, "Missed", old, by=by, now=now)
    text = await official.page(f"/audiences/{kept}")
    for name, value in (("not_reached", copy.id), ("not_reached", "x" * 32), ("minerals", "tin")):
        assert re.search(rf'name="{name}" value="{value}" checked', text)
    assert "The fee · Tuesday 12 May · Africa/Nairobi" in text
    assert "A broadcast that is not known any more" in await official.page("/audiences")
    form = await official.page(f"/broadcasts/new?audience={kept}")
    assert re.search(rf'name="to_not_reached" value="{copy.id}" checked', form)


async def test_there_is_no_other_and_it_is_for_who_broadcasts(official, amina):
    assert (await official.get("/audiences/none")).status == 404
    assert (await amina.get("/audiences")).status == 403
