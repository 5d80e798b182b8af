import re
from datetime import timedelta

import pytest

from forum.members import Role
from grievances import searching


@pytest.fixture
def search(amina):
    async def searched(person=amina, **form):
        return await (await person.post("/search", form)).text()

    return searched


def said(text):
    """Return what the page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


async def test_a_hit_leads_to_its_entry_and_is_marked(file, search, amina):
    made = await file("Les chèvres boivent au puits.")
    text = await search(words="CHEVRES")
    assert "Les <mark>chèvres</mark> boivent" in text
    assert "One entry found" in text
    assert "all the entries that you can open in such cases: 1." in said(text)
    link = re.search(r'href="(/cases/\w{6}\?entry=1#entry-1)"', text)[1]
    assert made.reference in link
    assert 'id="entry-1"' in await amina.page(link)


async def test_what_is_said_is_never_html(file, search):
    await file("<b>tunnel</b>")
    text = await search(words="tunnel")
    assert "&lt;b&gt;<mark>tunnel</mark>&lt;/b&gt;" in text


async def test_nothing_found_says_how_far_it_looked(file, search):
    assert "There is no entry that you can open" in await search(words="tunnel")
    await file("Words.")
    text = await search(words="zebra")
    assert "Nothing found" in text
    assert "Search further back" not in text


async def test_rounds_go_on_by_a_button_and_count_together(
    file, search, amina, clock, monkeypatch
):
    monkeypatch.setattr(searching, "ROUND", 2)
    await file("The old tunnel.")
    for _ in range(3):
        clock.turn(minutes=1)
        await file("Words.")
    text = await search(words="tunnel", open_only="yes")
    assert "Looked through 2 entries, back to cases received" in said(text)
    assert "Nothing found" in text
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text.split("<h2")[1]))
    assert (form["words"], form["open_only"]) == ("tunnel", "yes")
    again = await (await amina.client.post("/search", data=form)).text()
    assert "The old <mark>tunnel</mark>." in again
    assert "all the entries that you can open in such cases: 4." in said(again)


async def test_what_is_typed_is_given_back_beside_what_is_wrong(amina):
    for form, problem in (
        ({"words": " "}, "Write at least one word."),
        ({"words": "long " * 100}, "Write fewer words"),
        ({"words": "tunnel", "since": "soon"}, "Choose a day, or leave this empty."),
    ):
        answer = await amina.post("/search", form)
        text = await answer.text()
        assert answer.status == 422
        assert problem in text
    assert 'value="tunnel"' in text


@pytest.mark.parametrize(
    "form",
    [
        {"place": "x", "so_far": "x"},
        {"place": "1-a-1", "so_far": "9" * 100},
        {"site": "nowhere\0", "category": "\0"},
        {"since": "0001-01-01"},
        {"since": "9999-12-31"},
    ],
)
async def test_what_was_tampered_with_breaks_nothing(amina, file, form):
    await file("The tunnel.")
    assert (await amina.post("/search", {"words": "tunnel", **form})).status == 200


async def test_since_counts_from_the_beginning_of_the_day(file, search, clock):
    await file("The tunnel.")
    day = clock.now.date()
    assert "<mark>" in await search(words="tunnel", since=day.isoformat())
    assert "<mark>" not in await search(
        words="tunnel", since=(day + timedelta(days=1)).isoformat()
    )


async def test_a_handler_searches_what_is_theirs(join, file, search):
    await file("The tunnel.")
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    assert "<mark>" not in await search(handler, words="tunnel")


async def test_what_is_looked_for_stands_in_no_address_and_no_log(file, search, amina, logged):
    await file("The tunnel.")
    text = await search(words="tunnel")
    assert "tunnel" not in logged.getvalue()
    assert not re.search(r'(href|action)="[^"]*tunnel', text)


async def test_the_queue_leads_to_it(amina):
    assert 'href="/search"' in await amina.page("/cases")
