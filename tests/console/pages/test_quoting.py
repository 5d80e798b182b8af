import re
from html import unescape

import pytest

from outreach import quotes
from outreach.voice_translations import Origin
from outreach.voices import Consent
from tests.support.storytelling import Stories

STORY = "We wash the sand, and Joseph takes the money. Nobody asks us."


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def stories(database, keyring, now):
    return Stories(database, keyring, now)


@pytest.fixture
async def neema(join):
    return await join(name="Neema Achieng")


@pytest.fixture
async def path(amina, neema, stories):
    return f"/voices/{(await stories.tell(STORY, language='en')).id}"


@pytest.fixture
def kept(database):
    async def found(path):
        async with database.reading() as db:
            return await quotes.of_voice(db, path.rpartition("/")[2])

    return found


async def propose(person, path, text, language="en"):
    data = {"quote": text, "quote_language": language}
    return await person.post(f"{path}/quotes", data, on=path)


async def test_one_proposes_and_another_releases(amina, neema, path, kept):
    text = await (await propose(amina, path, "and [a name] takes the money")).text()
    assert "You proposed it." in text
    (quote,) = await kept(path)
    here = f"{path}/quotes/{quote.id}"
    answer = await amina.post(f"{here}/release", {"checked": "yes"}, on=path)
    assert "Somebody else must decide this." in await answer.text()
    assert "takes the money" not in await neema.page("/quotes")
    assert f"{path}#quotes" in await neema.page("/quotes")
    answer = await neema.post(f"{here}/release", on=path)
    assert answer.status == 422
    assert "Tick this first" in await answer.text()
    answer = await neema.post(f"{here}/release", {"checked": "yes"}, on=path)
    assert "Every member can read it" in await answer.text()
    assert "and [a name] takes the money" in await amina.page("/quotes")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Write something first."),
        ("The chief takes it.", "These words do not stand in the story"),
        ("x" * 601, "600 characters"),
    ],
)
async def test_words_that_were_not_said_are_given_back(amina, path, kept, words, said):
    answer = await propose(amina, path, words)
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    field = re.search(r'<textarea id="quote"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    assert unescape(field[1]) == words
    assert await kept(path) == []


async def test_a_language_without_words_gives_no_quote(amina, path):
    assert (await propose(amina, path, "Nobody asks us.", "fr")).status == 422


@pytest.mark.parametrize("origin", Origin)
async def test_a_quote_tells_whose_words_it_is_made_of(amina, path, kept, stories, origin):
    voice = await stories.find(path.rpartition("/")[2])
    await stories.translate(voice, "On lave.", amina.member, language="fr", origin=origin)
    await stories.translate(voice, "We wash it.", amina.member, origin=origin)
    for text, language in (("On lave.", "fr"), ("We wash it", "en"), ("Nobody", "en")):
        await propose(amina, path, text, language)
    written_down = "original" if origin is Origin.HUMAN else origin
    found = sorted(quote.origin for quote in await kept(path))
    assert found == sorted([origin, written_down, "original"])


async def test_a_quote_is_taken_back_at_once(amina, neema, path, kept):
    await propose(amina, path, "Nobody asks us.")
    (quote,) = await kept(path)
    here = f"{path}/quotes/{quote.id}"
    await neema.post(f"{here}/release", {"checked": "yes"}, on=path)
    answer = await amina.post(f"{here}/back", on=path)
    assert "its words are erased" in await answer.text()
    assert "Nobody asks us." not in await neema.page("/quotes")
    assert (await amina.post(f"{here}/back", on=path)).status == 404


async def test_consent_that_is_narrowed_takes_its_quotes_along(amina, neema, path, kept, stories):
    await propose(amina, path, "Nobody asks us.")
    (quote,) = await kept(path)
    await neema.post(f"{path}/quotes/{quote.id}/release", {"checked": "yes"}, on=path)
    for data in ({"to": "internal"}, {"to": "public", "asked": "yes"}):
        assert (await amina.post(f"{path}/consent", data, on=path)).status == 422
    data = {"to": "internal", "asked": "yes"}
    answer = await amina.post(f"{path}/consent", data, on=path)
    text = await answer.text()
    assert "Nothing of it is quoted." in text
    assert "The teller allows less now" not in text
    assert "Nobody asks us." not in await neema.page("/quotes")
    assert (await stories.find(path.rpartition("/")[2])).consent is Consent.INTERNAL
    answer = await propose(amina, path, "Nobody asks us.")
    assert "Nothing was changed just now." in await answer.text()


async def test_a_quote_of_another_story_is_not_reached_from_here(amina, neema, path, stories):
    other = await stories.tell(STORY, language="en")
    quote_id = await stories.propose(other, "Nobody", amina.member, language="en")
    for act in ("release", "back"):
        answer = await neema.post(f"{path}/quotes/{quote_id}/{act}", {"checked": "x"}, on=path)
        assert answer.status == 404


async def test_without_a_key_nothing_is_quoted(join, path, amina, kept):
    await propose(amina, path, "Nobody asks us.")
    (quote,) = await kept(path)
    late = await join(name="Ruth")
    for act in ("quotes", "consent", f"quotes/{quote.id}/release", f"quotes/{quote.id}/back"):
        answer = await late.post(f"{path}/{act}", {"checked": "yes"}, on="/account")
        assert answer.status == 404
