from datetime import timedelta

import pytest
from sqlalchemy import event

from channels.base import Media
from outreach import voices
from outreach.voices import Consent
from tests.support.rulemaking import Rules
from tests.support.storytelling import Stories


@pytest.fixture
def stories(database, keyring, now):
    return Stories(database, keyring, now)


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


async def test_stories_are_sifted_and_the_choice_stays_over_pages(amina, stories, monkeypatch):
    monkeypatch.setattr(voices, "PAGE", 1)
    for story in ("The older one.", "The newer one."):
        await stories.file(await stories.tell(story), amina.member, tag={"sand & river"})
    await stories.tell("Another matter.")
    first = await amina.page("/voices?tag=sand+%26+river&language=sw")
    assert "2 stories" in first
    assert "Another matter." not in first
    following = first.split('rel="next"')[0].rpartition('href="')[2].split('"')[0]
    second = await amina.page(following.replace("&amp;", "&"))
    shown = first + second
    assert "The older one." in shown
    assert "The newer one." in shown
    assert "Another matter." not in second


@pytest.mark.parametrize("query", ["tag=nothing", "linked=rule", "consent=public"])
async def test_where_no_story_fits_the_way_back_is_shown(amina, stories, query):
    await stories.tell("Told.")
    text = await amina.page(f"/voices?{query}")
    assert "No story is like that" in text
    assert '<a href="/voices">' in text


async def test_a_rule_is_named_where_its_stories_are_shown(amina, stories, database, now):
    rule = await Rules(database, now).published("Retorts only")
    await stories.file(await stories.tell("Of retorts."), amina.member, rule={rule.id})
    text = await amina.page(f"/voices?rule={rule.id}")
    assert "Of retorts." in text
    assert f"Only what leads to {rule.reference}: Retorts only." in text


async def test_what_cannot_be_in_a_filter_is_left_out(amina, stories):
    await stories.tell("Told.")
    assert "Told." in await amina.page("/voices?theme=%00&linked=")


async def test_fifty_stories_are_no_more_questions_than_two(amina, stories, database):
    asked = []

    def note(*given):
        asked.append(given[2])

    engines = {database.writer.sync_engine, database.reader.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    counts = []
    for more in (2, 48):
        for _ in range(more):
            await stories.tell(attachments=[Media("p1", "photo", "image/jpeg")])
        asked.clear()
        text = await amina.page("/voices")
        counts.append(sum(one.lstrip().startswith("SELECT") for one in asked))
    assert text.count("We wash the sand.") == 50
    assert counts[0] == counts[1]


async def test_the_stories_of_a_rule_or_an_item_are_chosen_by_a_field(
    amina, stories, database, now
):
    rule = await Rules(database, now).draft()
    about, other = await stories.tell("Of the rule."), await stories.tell("Of the well.")
    await stories.file(about, amina.member, rule={rule.id})
    await stories.file(other, amina.member, agenda={"Water & wells"})
    text = await amina.page("/voices")
    assert f'<option value="{rule.id}">' in text
    assert '<option value="Water &amp; wells">' in text
    text = await amina.page(f"/voices?rule={rule.id}")
    assert "Of the rule." in text
    assert "Of the well." not in text
    assert f'<option value="{rule.id}" selected>' in text
    text = await amina.page("/voices?agenda=Water+%26+wells")
    assert "Of the well." in text
    assert "Of the rule." not in text


async def test_stories_whose_tellers_wait_are_shown_and_those_soon_forgotten_are_named(
    amina, stories, now
):
    await stories.wish(await stories.tell("I want to hear of it."))
    await stories.tell("I do not.")
    text = await amina.page("/voices?waits=all")
    assert "I want to hear of it." in text
    assert "I do not." not in text
    assert "waits=soon" not in text
    stories.now = now - timedelta(days=350)
    await stories.wish(await stories.tell("Long ago."))
    assert "The teller of 1 story asked to hear of it" in await amina.page("/voices")
    text = await amina.page("/voices?waits=soon")
    assert "Long ago." in text
    assert "I want to hear of it." not in text
