import pytest

from channels.base import Media
from forum import audit, safekeeping
from forum.cleaning import Cleaned, Reason
from forum.members import Role
from outreach import voices
from outreach.voices import Consent
from tests.support.kept_files import bring_home

NOTE = b"OggS" + bytes(range(200))


@pytest.fixture
def keep(database, keyring, now):
    """Keep whatever waits at the provider, as the file that it is in truth."""

    async def kept(mime="audio/ogg", doubt=None):
        return await bring_home(database, keyring, now, Cleaned(mime, NOTE), doubt)

    return kept


@pytest.fixture
async def note(amina, file, keep):
    """A voice note of a case: its page's address and its own."""

    async def came(mime="audio/ogg", doubt=None):
        made = await file("Listen.", attachments=[Media("ref", "voice", "audio/ogg")])
        path = f"/cases/{made.reference}"
        return path, f"{path}/attachments/{(await keep(mime, doubt))[0]}"

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
    "mime", ["text/html", "image/svg+xml", "application/pdf", "audio/ogg", "no type at all"]
)
async def test_a_strangers_file_does_nothing_in_the_browser(amina, note, mime):
    _, source = await note(mime)
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


@pytest.mark.parametrize(
    ("too_large", "told"),
    [(False, "could not be fetched any more"), (True, "too large to be fetched")],
)
async def test_one_that_is_on_its_way_or_lost_says_so(
    amina, file, database, keyring, now, too_large, told
):
    made = await file("Look.", attachments=[Media("ref", "photo", "image/jpeg")])
    path = f"/cases/{made.reference}"
    assert "still on its way" in await amina.page(path)
    async with database.transaction() as db:
        for each in await safekeeping.claim(db, keyring, now, limit=10):
            await safekeeping.lose(db, each.id, too_large=too_large)
    text = await amina.page(path)
    assert told in text
    assert "attachments/" not in text


async def test_one_that_was_cleaned_says_so(amina, note):
    path, _ = await note()
    text = await amina.page(path)
    assert "cleaned of hidden data" in text
    assert "Not cleaned" not in text


@pytest.mark.parametrize(("mime", "shown"), [("image/jpeg", "<img"), ("video/mp4", "<video")])
async def test_what_it_is_in_truth_decides_how_it_is_shown(amina, note, mime, shown):
    path, source = await note(mime)
    assert shown in await amina.page(f"{path}?open={source.rpartition('/')[2]}")


async def test_what_no_browser_plays_is_only_saved(amina, note):
    path, source = await note("audio/amr")
    text = await amina.page(path)
    assert ">Play<" not in text
    assert f"{source}?download=yes" in text


# --- what could not be cleaned


async def test_what_was_not_cleaned_is_shown_to_nobody(amina, note):
    path, source = await note(doubt=Reason.BROKEN)
    text = await amina.page(f"{path}?open={source.rpartition('/')[2]}")
    assert "Not cleaned: it may give away who sent it." in text
    assert "<audio" not in text
    assert "?download=yes" not in text
    assert f'href="{source}/as-it-came"' in text


@pytest.mark.parametrize("wish", ["", "?download=yes"])
async def test_whoever_asks_for_it_all_the_same_is_asked_back(amina, note, wish):
    _, source = await note(doubt=Reason.BROKEN)
    answer = await amina.get(f"{source}{wish}", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, f"{source}/as-it-came")


@pytest.mark.parametrize("doubt", Reason)
async def test_after_a_second_look_it_is_saved_as_it_came(amina, note, database, doubt):
    path, source = await note("application/zip", doubt)
    asked = await amina.page(f"{source}/as-it-came")
    assert "may say who sent it" in asked
    assert f'href="{path}#attachment-' in asked
    answer = await amina.post(f"{source}/as-it-came")
    assert await answer.read() == NOTE
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    async with database.reading() as db:
        acts = [(act.act, act.actor, act.subject) for act in await audit.recent(db)]
    assert ("attachment.saved_as_it_came", amina.member.id, source.rpartition("/")[2]) in acts


async def test_what_is_clean_needs_no_second_look(amina, note):
    path, source = await note()
    answer = await amina.get(f"{source}/as-it-came", allow_redirects=False)
    assert answer.status == 303
    assert answer.headers["Location"].startswith(f"{path}#attachment-")


async def test_who_handles_a_case_and_does_not_sort_it_saves_nothing_uncleaned(amina, note, join):
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    path, source = await note(doubt=Reason.BROKEN)
    judged = {"category": "DANGER", "severity": "S2", "named": "nobody"}
    await amina.post(f"{path}/facts", judged, on=path)
    await amina.post(f"{path}/assign", {"assignee": handler.member.id}, on=path)
    text = await handler.page(path)
    assert "Not cleaned" in text
    assert "as-it-came" not in text
    assert (await handler.get(f"{source}/as-it-came")).status == 404
    assert (await handler.get(source)).status == 404


async def test_a_post_without_its_token_saves_nothing(amina, note):
    _, source = await note(doubt=Reason.BROKEN)
    answer = await amina.client.post(f"{source}/as-it-came")
    assert NOTE not in await answer.read()


async def test_a_story_has_its_own_second_look(amina, database, keyring, keep, now):
    story = {"story": "Listen.", "consent": Consent.INTERNAL, "language": "en"}
    offer = [Media("ref", "voice", "audio/ogg")]
    async with database.transaction() as db:
        voice = await voices.keep(
            db, keyring, **story, channel="telegram", attachments=offer, now=now
        )
    [attachment] = await keep(doubt=Reason.STUCK)
    source = f"/voices/{voice}/attachments/{attachment}/as-it-came"
    assert source in await amina.page("/voices")
    assert await (await amina.post(source)).read() == NOTE


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
