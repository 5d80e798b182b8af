import re
from html import unescape

import pytest

from outreach import voice_marks
from outreach.voice_marks import NO_MARKS, Kind
from tests.support.rulemaking import Rules
from tests.support.storytelling import Stories


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def stories(database, keyring, now):
    return Stories(database, keyring, now)


@pytest.fixture
async def path(amina, stories):
    voice = await stories.tell("Tunaosha mchanga & maji.")
    return f"/voices/{voice.id}"


def written(text):
    """Return what stands in the field for the words of a translation."""
    return unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)[1])


async def keep(person, path, text, origin="human", language="fr", **more):
    data = {"text": text, "origin": origin, **more}
    on = f"{path}?translate={language}"
    return await person.post(f"{path}/translations/{language}", data, on=on)


async def marks_of(database, path):
    voice_id = path.rpartition("/")[2]
    async with database.reading() as db:
        return (await voice_marks.of_voices(db, [voice_id]))[voice_id]


async def test_one_story_stands_on_a_page_of_its_own(amina, path):
    text = await amina.page(path)
    assert "Tunaosha mchanga &amp; maji." in text
    assert "Nobody has translated it yet." in text
    assert path in await amina.page("/voices")


async def test_a_translation_stands_beside_the_original_with_whose_it_is(amina, path):
    answer = await keep(amina, path, "On lave le sable.\n\nEt l'eau.", "machine")
    text = await answer.text()
    assert answer.url.path == path
    assert "Translated by a machine, not checked" in text
    assert "<p>On lave le sable.</p>" in text
    await keep(amina, path, "Nous lavons le sable.")
    text = await amina.page(path)
    assert "Translated by a person" in text.partition("<details>")[0]
    assert "not checked" not in text.partition("<details>")[0]
    assert "On lave le sable." in text.partition("<details>")[2]  # its first edition
    assert "Nous lavons le sable." in await amina.page("/voices")


async def test_what_was_said_is_written_down_in_its_own_language(amina, stories):
    path = f"/voices/{(await stories.tell('')).id}"
    assert "Write down what was said" in await amina.page(f"{path}?translate=sw")
    await keep(amina, path, "Tunaosha.", language="sw")
    assert "Written down by a person" in await amina.page(path)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"text": ""}, "Write something first."),
        ({"text": "x" * 8001}, "8000 characters"),
        ({"origin": "nobody", "text": "Kept?"}, "Choose one of these."),
    ],
)
async def test_what_cannot_be_kept_is_given_back(amina, path, data, said):
    answer = await keep(amina, path, **{"text": "", **data})
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    assert written(text) == data["text"]
    assert "Nobody has translated it yet." in await amina.page(path)


async def test_who_comes_later_reads_both_and_loses_nothing(amina, join, path):
    joseph = await join(name="Joseph Mwangi")
    stale = await amina.hidden(f"{path}?translate=fr")
    answer = await keep(amina, path, "Le premier.")
    assert answer.status == 200
    data = {**stale, "text": "Le second.", "origin": "human"}
    answer = await amina.client.post(f"{path}/translations/fr", data=data)
    text = await answer.text()
    assert answer.status == 409
    assert written(text) == "Le second."
    assert "Le premier." in text
    seen = re.search(r'name="seen" value="(\d+)"', text)[1]
    answer = await amina.client.post(f"{path}/translations/fr", data={**data, "seen": seen})
    assert "Le second." in await answer.text()
    assert "You have no key" in await joseph.page(path)


async def test_a_translation_is_taken_away_and_its_editions_stay(amina, path):
    await keep(amina, path, "On lave.")
    answer = await keep(amina, path, "")
    text = await answer.text()
    assert "The translation is taken away." in text
    assert "Nobody has translated it yet." in text
    assert "On lave." in text


async def test_a_story_is_filed_under_what_the_forum_speaks_of(
    amina, path, stories, database, now
):
    theme = await stories.theme("Water", amina.member)
    rule = await Rules(database, now).published("Retorts only")
    data = {"themes": theme, "rules": rule.id, "tags": "Sand, river", "agenda": "May 3"}
    text = await (await amina.post(f"{path}/marks", data, on=path)).text()
    assert "#river" in text
    assert f"{rule.reference}: Retorts only" in text
    assert await marks_of(database, path) == {
        Kind.THEME: {theme},
        Kind.RULE: {rule.id},
        Kind.TAG: {"sand", "river"},
        Kind.AGENDA: {"May 3"},
    }
    await amina.post(f"{path}/marks", {"tags": "", "agenda": ""}, on=path)
    assert await marks_of(database, path) == NO_MARKS


async def test_two_who_file_at_once_do_not_undo_each_other(amina, path, database):
    stale = await amina.hidden(path)
    await amina.post(f"{path}/marks", {"tags": "sand"}, on=path)
    await amina.client.post(f"{path}/marks", data={**stale, "tags": "river"})
    assert (await marks_of(database, path))[Kind.TAG] == {"sand", "river"}


async def test_a_tag_that_tells_who_it_was_is_refused_and_given_back(amina, path, database):
    answer = await amina.post(f"{path}/marks", {"tags": "0712 000 001", "agenda": "May"}, on=path)
    text = await answer.text()
    assert answer.status == 422
    assert "This looks like a number or an address." in text
    assert 'value="0712 000 001"' in text
    assert 'value="May"' in text
    assert await marks_of(database, path) == NO_MARKS


async def test_what_is_no_theme_and_no_rule_is_not_kept(amina, path, database):
    data = {"themes": "t" * 32, "rules": "\0", "was_tag": "\0"}
    await amina.post(f"{path}/marks", data, on=path)
    assert await marks_of(database, path) == NO_MARKS


async def test_without_a_key_nothing_is_read_and_nothing_written(path, join, database):
    late = await join(name="Ruth")
    text = await late.page(path)
    assert "You have no key to this story." in text
    assert "Tunaosha" not in text
    for post, data in (("translations/fr", {"text": "x", "origin": "human"}), ("marks", {})):
        answer = await late.post(f"{path}/{post}", {**data, "tags": "x"}, on="/account")
        assert answer.status == 404
    assert await marks_of(database, path) == NO_MARKS


@pytest.mark.parametrize("address", ["/voices/none", f"/voices/{'0' * 32}"])
async def test_there_is_no_such_story(amina, address):
    assert (await amina.get(address)).status == 404
    answer = await amina.post(f"{address}/marks", {}, on="/account")
    assert answer.status == 404


async def test_a_language_that_we_do_not_speak_is_no_page(amina, path):
    data = {"text": "x", "origin": "human"}
    assert (await amina.post(f"{path}/translations/xx", data, on=path)).status == 404
