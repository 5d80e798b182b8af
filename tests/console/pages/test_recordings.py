"""Recordings of parts: brought, heard, replaced, and judged by their bytes alone."""

from html import unescape
from io import BytesIO

import pytest
from aiohttp import FormData

from channels import sounds
from forum.members import Role
from outreach import recordings, rule_texts
from outreach.recordings import LARGEST
from outreach.rule_texts import Part, Variant
from tests.support.exchange import Exchange
from tests.support.planted import NAME
from tests.support.planted_recordings import opus as planted_opus
from tests.support.planted_recordings import vorbis
from tests.support.rulemaking import Rules
from tests.support.spoken import mp3, opus, wav


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def rules(database, now):
    return Rules(database, now)


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Oluchi Eze")


@pytest.fixture
def kept(database):
    async def found(rule):
        async with database.reading() as db:
            texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
            return await recordings.of(db, rule, texts)

    return found


async def bring(who, path, content, *, name="why.mp3", query=""):
    """Bring a file; the name and the type that it claims count for nothing."""
    form = FormData(await who.hidden(path.rpartition("/")[0] + query))
    form.add_field("file", BytesIO(content), filename=name, content_type="image/png")
    return await who.client.post(path + query, data=form)


async def test_a_recording_is_kept_shown_and_heard(official, rules, kept):
    rule = await rules.published()
    path = f"/rules/{rule.id}/recordings/en"
    assert (await official.page(path)).count("No recording.") == 5
    answer = await bring(official, f"{path}/why", mp3(3))
    text = unescape(await answer.text())
    assert answer.url.path == path
    assert "Why of R1: the recording is kept." in text
    assert "4 seconds" in text
    assert "Oluchi Eze" in text
    heard = await official.get(f"{path}/why")
    assert (heard.status, heard.content_type) == (200, "audio/mpeg")
    assert await heard.read() == mp3(3)
    assert heard.headers["Content-Disposition"] == 'inline; filename="R1-1-en.mp3"'
    part = await official.get(f"{path}/why", headers={"Range": "bytes=0-3"})
    assert (part.status, await part.read()) == (206, mp3(3)[:4])
    assert [*await kept(rule)] == [(Part.WHY, "en")]


async def test_what_is_hidden_in_a_file_is_not_kept(official, rules, kept, database):
    rule = await rules.published()
    await bring(official, f"/rules/{rule.id}/recordings/en/how", planted_opus())
    (one,) = (await kept(rule)).values()
    async with database.reading() as db:
        sound = await sounds.get(db, one.sound_id)
    assert sound.mime == "audio/ogg"
    assert NAME.encode() not in sound.content


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a file."),
        (b"hello", "This is no recording that every phone can play"),
        (vorbis(), "This is no recording that every phone can play"),
        (opus(121), "This lasts too long"),
        (bytes(LARGEST + 1), "This file is too large"),
    ],
    ids=["none", "text", "codec", "long", "large"],
)
async def test_what_is_unfit_is_said_beside_the_field(official, rules, kept, content, said):
    rule = await rules.published()
    answer = await bring(official, f"/rules/{rule.id}/recordings/en/why", content)
    text = unescape(await answer.text())
    assert answer.status == 422
    assert f'id="why-error">{said}' in text
    assert await kept(rule) == {}


async def test_a_form_without_a_file_is_given_back(official, rules):
    rule = await rules.published()
    path = f"/rules/{rule.id}/recordings/en"
    assert (await official.post(f"{path}/why", {"file": "why.mp3"}, on=path)).status == 422


async def test_it_is_replaced_and_taken_away(official, rules, kept):
    rule = await rules.published()
    path = f"/rules/{rule.id}/recordings/en"
    await bring(official, f"{path}/why", mp3(3))
    await bring(official, f"{path}/why", wav(5))
    assert [one.mime for one in (await kept(rule)).values()] == ["audio/wav"]
    gone = await official.post(f"{path}/why/remove", on=path)
    assert "the recording is taken away" in await gone.text()
    assert await kept(rule) == {}
    assert (await official.get(f"{path}/why")).status == 404
    again = await official.post(f"{path}/why/remove", on=path)
    assert "there is no recording any more" in await again.text()


async def test_while_calls_play_it_it_stays_as_it_was_approved(
    official, rules, kept, database, keyring, now
):
    exchange = Exchange(database, keyring, now)
    rule = await rules.published()
    path = f"/rules/{rule.id}/recordings/en"
    await exchange.record(rule, "12")
    await exchange.list_people((1, "sms", "en"))
    before = await kept(rule)
    token = await official.hidden(path)
    made = await exchange.leave(rule)
    page = await official.page(path)
    assert "They stay as they were approved" in page
    assert f'href="/broadcasts/{made}"' in page
    assert 'type="file"' not in page
    for deed in ("remove", "right"):
        answer = await official.client.post(f"{path}/why/{deed}", data=token)
        assert answer.status == 422
    form = FormData(token)
    form.add_field("file", BytesIO(mp3(3)), filename="x.mp3")
    assert (await official.client.post(f"{path}/why", data=form)).status == 422
    assert await kept(rule) == before


async def test_changed_words_ask_somebody_to_listen_again(official, rules, kept):
    rule = await rules.published()
    path = f"/rules/{rule.id}/recordings/en"
    await bring(official, f"{path}/why", mp3(3))
    rule = await rules.act("write", rule, "en", {(Part.WHY, Variant.FULL): "Other words."})
    text = await official.page(path)
    assert "The words were changed after this was recorded." in text
    assert "1, 2, 3, 4, 5" in await official.page(f"/rules/{rule.id}")
    answer = await official.post(f"{path}/why/right", on=path)
    assert "the recording is played again" in await answer.text()
    assert not (await kept(rule))[Part.WHY, "en"].stale
    assert "not recorded, or changed since: 2, 3, 4, 5" in await official.page(f"/rules/{rule.id}")


async def test_the_edition_that_miners_hear_can_be_recorded_while_another_is_written(
    official, rules, kept
):
    told = await rules.published()
    newest = await rules.act("write", told, "en", {(Part.WHY, Variant.FULL): "Other words."})
    path = f"/rules/{told.id}/recordings/en"
    assert f'href="{path}?edition=1"' in await official.page(path)
    answer = await bring(official, f"{path}/why", mp3(3), query="?edition=1")
    assert answer.url.query_string == "edition=1"
    assert [*await kept(told)] == [(Part.WHY, "en")]
    assert await kept(newest) == {}


async def test_a_part_that_is_not_written_is_not_recorded(official, rules, kept):
    rule = await rules.published()
    path = f"/rules/{rule.id}/recordings/sw"
    assert 'type="file"' not in await official.page(path)
    form = FormData(await official.hidden(f"/rules/{rule.id}/recordings/en"))
    form.add_field("file", mp3(3), filename="x.mp3")
    answer = await official.client.post(f"{path}/why", data=form)
    assert answer.status == 422
    assert await kept(rule) == {}


@pytest.mark.parametrize("path", ["title", "nothing"])
async def test_only_the_five_parts_are_recorded(official, rules, path):
    rule = await rules.published()
    assert (await official.get(f"/rules/{rule.id}/recordings/en/{path}")).status == 404
    assert (await official.get(f"/rules/{rule.id}/recordings/xx")).status == 404


async def test_who_only_reads_rules_listens_and_changes_nothing(official, amina, rules):
    rule = await rules.published()
    path = f"/rules/{rule.id}/recordings/en"
    await bring(official, f"{path}/why", mp3(3))
    text = await amina.page(path)
    assert "<audio" in text
    assert 'type="file"' not in text
    assert (await amina.get(f"{path}/why")).status == 200
    assert (await amina.post(f"{path}/why/remove", on="/rules")).status == 403
