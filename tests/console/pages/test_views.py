import re

import pytest

from forum.members import Role
from grievances.views import MOST

GRAVE = "show=open&severity=S1"


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


async def keep(person, name="Grave", query=GRAVE, **more):
    form = {"name": name, "query": query, **more}
    return await person.post("/views", form, on="/views")


async def act(person, act_, data=None):
    """Press a button of the only view on the page."""
    path = re.search(rf'action="(/views/\w+/{act_})"', await person.page("/views"))[1]
    return await person.post(path, data, on="/views")


def tabs(text):
    """Return each kept tab's name and count."""
    found = re.findall(
        r'<a class="kept"[^>]*>(.*?)\s*<span class="count">(\d+)</span>', text, re.DOTALL
    )
    return dict(found)


async def test_the_page_says_how_to_make_one(amina):
    assert "Choose a filter above the list of cases" in await amina.page("/views")


async def test_a_filter_becomes_a_tab_with_its_count(amina, file):
    await file(category="ABUSE")
    await file(category="PAY")
    assert tabs(await amina.page("/cases")) == {}
    text = await (await keep(amina)).text()
    assert "The view «Grave» is kept." in text
    assert tabs(text) == {"Grave": "1"}
    assert re.search(r'<a class="kept" href="[^"]+" aria-current="true">Grave', text)
    assert (
        len(
            re.findall(
                r'aria-current="true"',
                re.search("<nav class=.filters.*?</nav>", text, re.DOTALL)[0],
            )
        )
        == 1
    )


async def test_the_form_stands_beside_a_filter_and_not_beside_none(amina):
    assert "Keep this as a view" not in await amina.page("/cases?show=mine")
    text = await amina.page("/cases?severity=S1&order=newest")
    assert 'name="query" value="show=open&amp;severity=S1&amp;order=newest"' in text
    assert 'name="shared"' not in text


async def test_a_lead_shares_one_with_those_who_triage(amina, lead, join):
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    assert 'name="shared"' in await lead.page("/cases?severity=S1")
    await keep(lead, shared="yes")
    assert tabs(await amina.page("/cases")) == {"Grave": "0"}
    assert tabs(await joseph.page("/cases")) == {}
    text = await amina.page("/views")
    assert "For all who triage" in text
    assert "/delete" not in text


async def test_nobody_else_shares(amina):
    answer = await keep(amina, shared="yes")
    assert answer.status == 422
    assert "Only a lead can share a view." in await answer.text()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Give it a name of at most 40"),
        ("x" * 41, "Give it a name"),
        ("Grave", "this name already"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_comes_back(amina, name, said):
    await keep(amina)
    answer = await keep(amina, name)
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    assert f'required value="{name}"' in text
    assert 'name="query" value="show=open&amp;severity=S1"' in text


async def test_a_thirteenth_is_one_too_many(amina):
    for number in range(MOST):
        await keep(amina, f"{number}")
    answer = await keep(amina)
    assert answer.status == 422
    assert "Delete one first." in await answer.text()


async def test_what_is_no_filter_is_kept_as_none(amina):
    await keep(amina, query="show=\0&x=1&severity=S9")
    assert 'href="/cases?show=open">Grave</a>' in await amina.page("/views")


async def test_a_view_is_called_otherwise_and_back(amina):
    await keep(amina)
    text = await (await act(amina, "rename", {"name": "Worst"})).text()
    assert "The view is called «Worst» now." in text
    assert '<input type="hidden" name="name" value="Grave">' in text  # of «Undo»
    assert tabs(await amina.page("/cases")) == {"Worst": "0"}


async def test_a_wrong_name_is_given_back(amina):
    await keep(amina)
    answer = await act(amina, "rename", {"name": "y" * 41})
    text = await answer.text()
    assert answer.status == 422
    assert "at most 40 characters" in text
    assert "y" * 41 in text


async def test_a_view_is_deleted_and_brought_back(lead, amina):
    await keep(lead, shared="yes")
    text = await (await act(lead, "delete")).text()
    assert "The view «Grave» is deleted." in text
    assert tabs(await amina.page("/cases")) == {}
    undo = re.search(r'<div class="notice.*?</div>', text, re.DOTALL)[0]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', undo))
    fields["query"] = fields["query"].replace("&amp;", "&")
    await lead.client.post(re.search('action="([^"]+)"', undo)[1], data=fields)
    assert tabs(await amina.page("/cases")) == {"Grave": "0"}


@pytest.mark.parametrize("way", ["rename", "delete"])
async def test_anothers_view_is_not_there(amina, lead, way):
    await keep(lead)
    path = re.search(r'action="(/views/\w+)/delete"', await lead.page("/views"))[1]
    token = await amina.hidden("/account")
    answer = await amina.client.post(f"{path}/{way}", data={**token, "name": "Mine"})
    assert answer.status == 404
    assert "Grave" in await lead.page("/views")


async def test_a_view_says_in_words_what_it_shows(amina):
    await keep(amina, query=f"{GRAVE}&order=newest&handler=nobody")
    text = re.sub(r"\s+", " ", await amina.page("/views"))
    said = "All open · How grave: S1 · Life or liberty now · With whom: nobody"
    assert f"{said} · first comes: newest" in text
