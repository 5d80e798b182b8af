import pytest

from channels.base import Media
from forum import attachments, audit
from outreach import voices
from outreach.voices import Consent

NOTE = b"OggS" + bytes(range(200))


@pytest.fixture
def keep(database, keyring, now):
    """Keep whatever waits at the provider."""

    async def kept(content=NOTE):
        async with database.transaction() as db:
            claimed = await attachments.claim_waiting(db, keyring, now, limit=10)
            for each in claimed:
                await attachments.keep(db, each, content)
        return [each.id for each in claimed]

    return kept


@pytest.fixture
async def note(amina, file, keep):
    """A voice note of a case: its page's address and its own."""

    async def came(kind="voice", mime="audio/ogg"):
        made = await file("Listen.", attachments=[Media("ref", kind, mime)])
        path = f"/cases/{made.reference}"
        return path, f"{path}/attachments/{(await keep())[0]}"

    return came


async def test_nothing_is_played_before_it_is_asked_for(amina, note):
    path, source = await note()
    text = await amina.page(path)
    assert "Voice note" in text
    assert "<audio" not in text
    opened = await amina.page(f"{path}?open={source.rpartition('/')[2]}")
    assert f'<audio src="{source}"' in opened


async def test_the_bytes_come_back_as_they_were(amina, note):
    _, source = await note()
    answer = await amina.get(source)
    assert answer.content_type == "audio/ogg"
    assert await answer.read() == NOTE


async def test_a_player_may_skip_in_it(amina, note):
    _, source = await note()
    answer = await amina.get(source, headers={"Range": "bytes=4-13"})
    assert answer.status == 206
    assert answer.headers["Content-Range"] == f"bytes 4-13/{len(NOTE)}"
    assert await answer.read() == NOTE[4:14]


@pytest.mark.parametrize("wished", ["bytes=9000-", "bytes=x", "lines=1-2"])
async def test_a_part_that_there_is_not_is_answered_with_all(amina, note, wished):
    _, source = await note()
    answer = await amina.get(source, headers={"Range": wished})
    assert (answer.status, await answer.read()) == (200, NOTE)


@pytest.mark.parametrize(
    "mime", ["text/html", "image/svg+xml", "application/pdf", "audio/ogg; x", "no type at all"]
)
async def test_a_strangers_file_does_nothing_in_the_browser(amina, note, mime):
    _, source = await note("file", mime)
    answer = await amina.get(source)
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content_type in {"application/octet-stream", "audio/ogg"}


async def test_a_file_is_saved_under_a_name_that_says_nothing(amina, note):
    path, source = await note()
    answer = await amina.get(f"{source}?download=yes")
    name = f"{path.rpartition('/')[2]}-{source.rpartition('/')[2][:6]}"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}.og')


async def test_the_attachment_of_another_case_is_not_found(amina, note, file):
    _, source = await note()
    other = await file()
    elsewhere = source.replace(source.split("/")[2], other.reference)
    assert (await amina.get(elsewhere)).status == 404


async def test_somebody_without_the_key_does_not_find_it(note, join):
    _, source = await note()
    late = await join(name="Neema Achieng")
    assert (await late.get(source)).status == 404


async def test_opening_one_is_audited(amina, note, database):
    _, source = await note()
    await amina.get(source)
    async with database.reading() as db:
        acts = [(act.act, act.actor, act.subject) for act in await audit.recent(db)]
    assert ("attachment.opened", amina.member.id, source.rpartition("/")[2]) in acts


async def test_one_that_is_on_its_way_or_lost_says_so(amina, file, database, keyring, now):
    made = await file("Look.", attachments=[Media("ref", "photo", "image/jpeg")])
    path = f"/cases/{made.reference}"
    assert "still on its way" in await amina.page(path)
    async with database.transaction() as db:
        for each in await attachments.claim_waiting(db, keyring, now, limit=10):
            await attachments.lose(db, each.id)
    assert "could not be fetched any more" in await amina.page(path)


async def test_a_story_has_its_own(amina, database, keyring, keep, now):
    async with database.transaction() as db:
        voice = await voices.keep(
            db,
            keyring,
            story="Listen.",
            consent=Consent.INTERNAL,
            language="en",
            channel="telegram",
            attachments=[Media("ref", "voice", "audio/ogg")],
            now=now,
        )
    [attachment] = await keep()
    source = f"/voices/{voice}/attachments/{attachment}"
    assert source in await amina.page("/voices")
    assert await (await amina.get(source)).read() == NOTE
