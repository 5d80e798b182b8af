import pytest

from outreach import voices
from outreach.voices import Consent


@pytest.fixture
def tell(database, keyring, clock):
    async def told(story, consent=Consent.UNNAMED):
        clock.turn(minutes=1)
        async with database.transaction() as db:
            await voices.keep(
                db,
                keyring,
                story=story,
                consent=consent,
                language="sw",
                channel="sms",
                now=clock(),
            )

    return told


async def test_stories_are_read_newest_first_with_what_may_be_done_with_them(amina, tell):
    await tell("We wash the sand & nobody asks us.")
    await tell("Write my words on the wall.", Consent.PUBLIC)
    text = await amina.page("/voices")
    assert text.index("Write my words") < text.index("We wash the sand &amp; nobody asks us.")
    assert "May be quoted without a name" in text
    assert "May be published" in text


async def test_no_story_yet_says_how_one_comes(amina):
    assert "No story has come yet" in await amina.page("/voices")


async def test_a_story_without_a_key_stays_closed(tell, join):
    await tell("Told before anybody came.")
    late = await join()
    text = await late.page("/voices")
    assert "You have no key to this story." in text
    assert "Told before" not in text


async def test_many_stories_come_in_pages(amina, tell, monkeypatch):
    monkeypatch.setattr(voices, "PAGE", 1)
    await tell("The older one.")
    await tell("The newer one.")
    first = await amina.page("/voices")
    assert "The older one." not in first
    following = first.split('rel="next"')[0].rpartition('href="')[2].split('"')[0]
    assert "The older one." in await amina.page(following.replace("&amp;", "&"))
