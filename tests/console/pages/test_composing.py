import re

import pytest

from forum.members import Role
from outreach import announcements
from outreach.announcements import Words
from tests.support.newsroom import Newsroom


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def room(database, keyring, now):
    return Newsroom(database, keyring, now)


@pytest.fixture
async def rehema(join):
    return await join(Role.OFFICIAL, name="Rehema Juma")


@pytest.fixture
async def path(room, rehema):
    return f"/broadcasts/{await room.write(rehema.member)}/words"


async def texts(room, path):
    async with room.database.reading() as reads:
        return await announcements.texts(reads, path.split("/")[2])


async def test_a_language_stands_beside_the_base(rehema, room, path):
    await room.list_people((3, "sms", "sw"))
    page = await rehema.page(f"{path}?in=sw")
    assert page.index('name="short_0_en"') < page.index('name="short_0_sw"')
    assert "The new fee is 10 from Monday." in page
    assert "Not written yet." in page
    assert re.search(r"<h3>[^<]*Kiswahili[^<]*<span class=.count.>3<", page)
    await rehema.post(
        path, {"short_0_en": "Fee: 10.", "short_0_sw": "Ada:\r\n10."}, on=f"{path}?in=sw"
    )
    kept = await texts(room, path)
    assert (kept[0, "en"].short, kept[0, "sw"].short) == ("Fee: 10.", "Ada:\n10.")
    assert kept[0, "fr"].short == "La taxe est de 10 dès lundi."  # it was not in the form


async def test_every_language_that_is_begun_stands_beside_and_is_kept_at_once(rehema, room, path):
    page = await rehema.page(f"{path}?in=sw")
    columns = re.findall(r'name="short_0_(\w+)"', page)
    assert (columns[0], set(columns)) == ("en", {"en", "fr", "sw"})
    assert not set(re.findall(r'href="[^"]*words\?in=(\w+)"', page)) & {"en", "fr", "sw"}
    said = {
        "short_0_en": "One.",
        "short_0_fr": "Un.",
        "short_0_sw": "Moja.",
        "full_0_sw": "*Moja*.",
    }
    await rehema.post(path, said, on=f"{path}?in=sw")
    kept = await texts(room, path)
    assert {tag: words.short for (_, tag), words in kept.items()} == {
        "en": "One.",
        "fr": "Un.",
        "sw": "Moja.",
    }
    assert kept[0, "sw"].full == "*Moja*."


async def test_beside_a_base_language_alone_stands_what_most_read(rehema, room):
    await room.list_people((3, "sms", "sw"), (1, "sms", "fr"))
    made = await room.write(rehema.member, {(0, "en"): Words("One.")})
    page = await rehema.page(f"/broadcasts/{made}/words")
    assert re.findall(r'name="short_0_(\w+)"', page) == ["en", "sw"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"short_0_fr": "Après la fête " * 8}, "2 segments, 111 characters"),
        ({"short_0_fr": "Après la fête"}, "Dearer for these letters: ê"),
        ({"short_0_fr": "\u201cOui\u201d"}, "1 segment, 5 characters"),
        ({"short_4_sw": ""}, "Not written yet."),
        ({"short_0_en": "a" * 700}, "Too long"),
    ],
)
async def test_a_text_is_counted_while_it_is_written(rehema, path, typed, said):
    answer = await rehema.post("/broadcasts/cost", typed, on=path)
    page = re.sub(r"\s+", " ", await answer.text())
    assert answer.status == 200
    assert said in page
    assert "<html" not in page


async def test_what_is_no_text_of_a_broadcast_is_not_counted(rehema, path):
    assert (await rehema.post("/broadcasts/cost", {"title": "x"}, on=path)).status == 404


async def test_the_letters_that_make_it_dear_are_shown(rehema, path):
    on = f"{path}?in=fr"
    answer = await rehema.post(
        path, {"short_0_en": "A", "short_0_fr": "Après la fête " * 8, "in": "fr"}, on=on
    )
    page = re.sub(r"\s+", " ", await answer.text())
    assert "2 segments, 111 characters" in page
    assert "Dearer for these letters: ê" in page


async def test_what_is_emptied_is_taken_away_and_the_flaw_is_said(rehema, room, path):
    answer = await rehema.post(path, {"short_0_en": "", "short_0_fr": "Oui."}, on=f"{path}?in=fr")
    assert "The base language needs this part." in await answer.text()
    assert set(await texts(room, path)) == {(0, "fr")}


async def test_nobody_is_told_off_before_they_have_begun(rehema, room):
    made = await room.write(rehema.member, {})
    page = await rehema.page(f"/broadcasts/{made}/words")
    assert "Not written yet." in page
    assert 'class="over"' not in page


async def test_curved_marks_become_plain_where_they_cost_and_letters_stay(rehema, room, path):
    curved = "A\x00 \u201cfee\u201d\u00a0of 10\u2026 \u0253"
    await rehema.post(path, {"short_0_en": curved, "full_0_en": curved}, on=f"{path}?in=fr")
    kept = (await texts(room, path))[0, "en"]
    assert kept.short == 'A "fee" of 10... \u0253'
    assert kept.full == curved.replace("\x00", "")


async def test_words_kept_on_an_old_page_are_not_lost(rehema, room, path):
    hidden = await rehema.hidden(f"{path}?in=fr")
    await rehema.post(path, {"short_0_en": "Newest."}, on=f"{path}?in=fr")
    old = {**hidden, "short_0_en": "From an old page."}
    answer = await rehema.client.post(path, data=old)
    page = await answer.text()
    assert answer.status == 422
    assert "Somebody changed it meanwhile" in page
    assert "From an old page." in page
    assert (await texts(room, path))[0, "en"].short == "Newest."


async def test_from_the_words_one_goes_back_to_the_broadcast(rehema, path):
    form = {"short_0_en": "A", "done": "yes"}
    answer = await rehema.post(path, form, on=f"{path}?in=fr", allow_redirects=False)
    assert answer.headers["Location"] == path.removesuffix("/words")
