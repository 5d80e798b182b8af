from html import unescape
from io import BytesIO

import pytest
from aiohttp import FormData

from bots import calling
from console.pages.call_phrases import NAMES
from forum.members import Role
from outreach import announcements
from outreach.announcements import Draft, Words
from outreach.call_phrases import Phrase
from outreach.recordings import LARGEST
from tests.support.spoken import mp3, opus, wav

PATH = "/calls/sw"


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Oluchi Eze")


async def bring(who, phrase, content, name="said.mp3"):
    form = FormData(await who.hidden(PATH))
    form.add_field("file", BytesIO(content), filename=name, content_type="audio/mpeg")
    return await who.client.post(f"{PATH}/{phrase}", data=form)


def test_every_sentence_has_a_name_and_words():
    assert set(NAMES) == set(Phrase) == set(calling.PHRASES)
    assert not any("{" in text for text in calling.PHRASES.values())


async def test_a_sentence_is_recorded_heard_replaced_and_taken_away(official):
    text = await official.page(PATH)
    assert text.count("No recording.") == len(Phrase)
    assert "10 sentences are missing, and nothing is heard in their place." in text
    assert calling.words("sw")[Phrase.OTHERS] in unescape(text)
    for seconds in (3, 4):
        answer = await bring(official, "others", wav(seconds))
        text = await answer.text()
        assert "What the other keys do: the recording is kept. Listen to it once." in text
        assert f"{seconds} seconds" in text
    assert "9 sentences are missing" in text
    heard = await official.get(f"{PATH}/others")
    assert heard.content_type == "audio/wav"
    assert len(await heard.read()) > 1000
    answer = await official.post(f"{PATH}/others/remove", on=PATH)
    assert "the recording is taken away." in await answer.text()
    assert (await official.get(f"{PATH}/others")).status == 404
    answer = await official.post(f"{PATH}/others/remove", on=PATH)
    assert "there is no recording any more." in await answer.text()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a file."),
        (b"no sound at all", "This is no recording that every phone can play"),
        (mp3(3) + b"\0" * LARGEST, "This file is too large"),
        (opus(2), "A telephone call cannot play this file."),
    ],
)
async def test_what_cannot_be_kept_is_named_beside_the_field(official, content, said):
    answer = await bring(official, "others", content)
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    assert 'aria-describedby="others-hint others-error"' in text


async def test_where_a_machine_reads_the_language_nothing_is_missing(official):
    text = await official.page("/calls/en")
    assert "What is not recorded a machine reads aloud." in text
    assert "missing" not in text


async def test_who_does_not_broadcast_hears_it_and_changes_nothing(official, amina):
    await bring(official, "others", mp3(3))
    text = await amina.page(PATH)
    assert "<audio" in text
    assert 'type="file"' not in text
    assert (await bring(amina, "others", mp3(3))).status == 403
    assert (await amina.post(f"{PATH}/others/remove", on=PATH)).status == 403


async def test_while_a_broadcast_calls_they_stay_and_it_is_said_why(official, ground):
    await bring(official, "others", wav(3))
    made = await ground.do(announcements.create, Draft("A", "sw", calls=True), by=official.member)
    words = {(0, "sw"): Words("Habari.")}
    await ground.do(announcements.say, made, words, edition=1, by=official.member)
    async with ground.database.transaction() as db:
        to = announcements.State.APPROVED
        await announcements.move(db, made, to, by=None, now=ground.now)
    removed = await official.post(f"{PATH}/others/remove", on=PATH)
    for answer in (removed, await bring(official, "others", wav(4))):
        assert answer.status == 422
        assert "They stay as they were approved" in await answer.text()
    assert "3 seconds" in await official.page(PATH)


async def test_there_is_no_such_language_or_sentence(official):
    for path in ("/calls/xx", f"{PATH}/hello", "/calls/xx/others"):
        assert (await official.get(path)).status == 404
