import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from console.pages import quotes as page
from forum import keyholders
from forum.members import Role
from outreach import quotes
from outreach.voices import Consent
from tests.support.rulemaking import Rules
from tests.support.storytelling import Stories


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def released(amina, join, database, keyring, now):
    """Release the words of a story; return the voice."""
    stories = Stories(database, keyring, now)

    async def made(text, consent=Consent.UNNAMED, **more):
        voice = await stories.tell(text, consent=consent, language="en")
        quote_id = await stories.propose(voice, text, amina.member, **{"language": "en", **more})
        async with database.reading() as db:
            private = await keyholders.open_subject(db, voice.id, amina.member.id, amina.private)
        neema = await join(name="Neema", email=f"{quote_id}@forum.example")
        stories.now += timedelta(minutes=1)
        await stories.release(quote_id, private, neema.member)
        return voice

    return made


@pytest.mark.parametrize("role", Role)
async def test_every_member_reads_what_is_released(join, released, role):
    voice = await released("Nobody asks <us>.")
    person = await join(role, name="Grace")
    text = await person.page("/quotes")
    assert "Nobody asks &lt;us&gt;." in text
    assert "A miner, without a name" in text
    assert (voice.id in text) is (role in {Role.LEAD, Role.SECRETARY})


async def test_whoever_is_not_signed_in_reads_nothing(visitor, released):
    await released("Nobody asks us.")
    for path in ("/quotes", "/quotes/print"):
        async with visitor.get(path) as answer:
            assert "Nobody asks us." not in await answer.text()


async def test_nothing_yet_says_how_a_quote_comes(amina, join):
    assert "Propose words on the page of a story" in await amina.page("/quotes")
    auditor = await join(Role.AUDITOR, name="Grace")
    assert "The secretariat proposes words" in await auditor.page("/quotes")


async def test_quotes_come_in_pages_and_by_language(amina, released, monkeypatch):
    for text, language in (("One", "en"), ("Deux", "fr"), ("Three", "en")):
        await released(text, language=language)
    assert "Deux" not in await amina.page("/quotes?language=en")
    assert "Deux" in await amina.page("/quotes?language=%00")
    monkeypatch.setattr(quotes, "PAGE", 2)
    first = await amina.page("/quotes")
    assert first.index("Three") < first.index("Deux")
    assert "One" not in first
    following = first.split('rel="next"')[0].rpartition('href="')[2].split('"')[0]
    assert "One" in await amina.page(following.replace("&amp;", "&"))


async def test_the_file_for_print_stands_alone_and_holds_what_the_page_holds(amina, released):
    await released("Nobody asks <us>.", Consent.PUBLIC)
    answer = await amina.get("/quotes/print")
    text = await answer.text()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="quotes.html"'
    assert "Nobody asks &lt;us&gt;." in text
    assert "A miner, told to be published" in text
    assert re.search(r"<style>[^<&]+</style>", text)
    for elsewhere in ("http", "/voices", "src=", "href="):
        assert elsewhere not in text


async def test_a_file_of_very_many_says_that_there_are_more(amina, released, monkeypatch):
    monkeypatch.setattr(page, "MOST_PRINTED", 1)
    for text in ("One", "Two"):
        await released(text)
    text = await (await amina.get("/quotes/print")).text()
    assert "Two" in text
    assert "One<" not in text
    assert "There are more on the page of the quotes." in text


async def test_an_empty_file_says_so(amina):
    answer = await amina.get("/quotes/print")
    assert "Nothing is to be quoted yet" in await answer.text()


async def test_the_quotes_of_one_subject_are_shown_and_printed_alone(
    amina, join, released, database, keyring, now
):
    stories, rule = Stories(database, keyring, now), await Rules(database, now).draft()
    theme = await stories.theme("Clean air", amina.member)
    its = {"agenda": "Water & wells", "theme": theme, "rule": rule.id, "tag": "x"}
    for n, (kind, value) in enumerate(its.items()):
        voice = await released(f"Quote number {n}.")
        await stories.file(voice, amina.member, **{kind: {value}})
    keys = ("agenda:Water & wells", f"theme:{theme}", f"rule:{rule.id}")
    for n, key in enumerate(keys):
        query = urlencode({"about": key})
        text = await amina.page(f"/quotes?{query}")
        assert f'href="/quotes/print?{query}"' in text
        for path in ("/quotes", "/quotes/print"):
            text = await (await amina.get(f"{path}?{query}")).text()
            assert re.findall(r"Quote number \d", text) == [f"Quote number {n}"]
    assert "Clean air" in text or rule.reference in text
    assert 'value="tag:x"' not in await amina.page("/quotes")
    handler = await join(Role.HANDLER, name="Hawa")  # reads no rule change that is being written
    assert f"rule:{rule.id}" not in await handler.page("/quotes")
    for key in (keys[2], "tag:x", "agenda:Fire"):
        query = urlencode({"about": key})
        text = await handler.page(f"/quotes?{query}")
        assert "No quote is like that" in text
        assert "Quote number" not in text + await handler.page(f"/quotes/print?{query}")
