import re

import pytest

from channels.base import Address
from forum import bodies
from forum.members import Role
from outreach import discussion_releases, discussions, report_backs, terms
from outreach.discussions import Outcome, State
from tests.support.storytelling import Stories

A, B = "+254711000001", "+254711000002"


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def stories(database, keyring, now):
    return Stories(database, keyring, now)


@pytest.fixture
async def water(amina, stories):
    """Two people who want to hear of «Water», and one who does not."""
    for number, language in ((A, "sw"), (A, "sw"), (B, "fr"), (None, "en")):
        voice = await stories.tell("They took the stream.", language=language)
        await stories.file(voice, amina.member, agenda={"Water"})
        if number is not None:
            await stories.wish(voice, number)


@pytest.fixture
def begin(amina, now):
    async def begun(**more):
        plain = {"subject": "agenda:Water", "body": "", "language": "en"}
        data = {**plain, "day": now.date().isoformat(), **more}
        return await amina.post("/discussions", data)

    return begun


@pytest.fixture
def only(database):
    async def found():
        async with database.reading() as db:
            (one,) = await discussions.recent(db)
            return one, await discussions.texts_of(db, one.id)

    return found


async def test_without_any_story_it_says_what_comes_first(amina):
    text = await amina.page("/discussions")
    assert "Nothing is recorded yet" in text
    assert "File stories under a theme" in text
    assert '<form method="post" action="/discussions"' not in text


async def test_it_is_recorded_written_seen_beforehand_and_told(amina, water, begin, only, now):
    answer = await begin()
    text = await answer.text()
    one, _ = await only()
    path = f"/discussions/{one.id}"
    assert answer.url.path == path
    assert "2 people who told of this asked to hear of it." in text
    assert "Write first what came of it." in text
    data = {"language": "en", "full-en": "A well.", "full-sw": "Kisima.", "short-sw": "K."}
    text = await (await amina.post(path, data)).text()
    assert "The words are kept." in text
    assert "News of the forum, 12 May: A well." in text  # for who speaks French
    assert re.search(r"Kiswahili</th><td class=\"n\">1</td>", text)
    assert re.search(r"Français</th><td class=\"n\">1</td><td>English</td>", text)
    assert "1 segment as an SMS" in text
    text = await (await amina.post(f"{path}/tell", on=path)).text()
    one, texts = await only()
    assert "Those who asked for it are told, by day." in text
    assert (one.state, one.released_at) == (State.TELLING, now)
    assert texts == {"en": Outcome("A well."), "sw": Outcome("Kisima.", "K.")}
    assert f'action="{path}/tell"' not in text
    assert "Being told" in await amina.page("/discussions")


async def test_many_are_told_by_a_second_person_and_it_can_be_stopped(
    join, amina, water, begin, only, database, now
):
    async with database.transaction() as db:
        values = {"id": 1, "alone_up_to": 1, "currency": "USD", "moved_at": now}
        await db.execute(terms.broadcast_terms.insert().values(values))
    await begin()
    path = f"/discussions/{(await only())[0].id}"
    text = await (await amina.post(path, {"language": "en", "full-en": "A well."})).text()
    assert "Ask a second person" in text
    assert "By SMS that is 2 segments at most." in text
    assert f'action="{path}/tell"' not in text
    text = await (await amina.post(f"{path}/tell", on=path)).text()  # a forged form
    assert "So many people are told only when a second person agrees" in text
    text = await (await amina.post(f"{path}/ask", on=path)).text()
    assert "so somebody else has to" in text
    assert f'action="{path}/approve"' not in text
    (content,) = {discussion_releases.content((await only())[0].talk, (await only())[1])}
    text = await (await amina.post(f"{path}/approve", {"content": content}, on=path)).text()
    assert "so somebody else has to" in text
    assert (await only())[0].state is State.ASKED
    brian = await join(Role.SECRETARY, name="Brian Phiri")
    text = await brian.page(path)
    assert f'value="{content}"' in text
    await brian.post(f"{path}/back", on=path)
    assert (await only())[0].draft
    await amina.post(f"{path}/ask", on=path)
    text = await (await brian.post(f"{path}/approve", {"content": content}, on=path)).text()
    assert "Those who asked for it are told, by day." in text
    text = await (await brian.post(f"{path}/stop", on=path)).text()
    assert "It is stopped." in text
    assert (await only())[0].state is State.STOPPED
    text = await (await amina.post(f"{path}/stop", on=path)).text()
    assert "It has gone on meanwhile." in text
    assert "Tell the others after all" in text
    text = await (await amina.post(f"{path}/anew", on=path)).text()
    assert "It is a draft again." in text
    assert "Ask a second person" in text
    text = await (await amina.post(f"{path}/anew", on=path)).text()
    assert "It has gone on meanwhile." in text


async def test_who_was_told_before_it_was_stopped_is_counted_apart(
    amina, water, begin, only, database, keyring, now
):
    await begin()
    one, _ = await only()
    path = f"/discussions/{one.id}"
    await amina.post(path, {"language": "en", "full-en": "A well."})
    await amina.post(f"{path}/tell", on=path)
    async with database.transaction() as db:
        await discussions.first_time(db, keyring, one.id, Address("sms", A), language="en")
        await db.execute(discussions.discussion_tellings.update().values(outbox_id="gone"))
    await amina.post(f"{path}/stop", on=path)
    assert "can be told there" in await (await begin()).text()
    text = await (await amina.post(f"{path}/anew", on=path)).text()
    assert "1 of them was written to before it was stopped" in text
    assert f'action="{path}/drop"' not in text
    answer = await amina.post(f"{path}/drop", on=path)
    assert "It has gone on meanwhile." in await answer.text()


async def test_only_a_page_that_shows_it_counts_who_would_be_told(
    amina, water, begin, only, monkeypatch
):
    await begin()
    path, counted = f"/discussions/{(await only())[0].id}", []
    expected = report_backs.expected

    async def counting(*args, **more):
        counted.append(1)
        return await expected(*args, **more)

    monkeypatch.setattr(report_backs, "expected", counting)
    await amina.page(path)
    assert len(counted) == 1
    await amina.post(path, {"language": "en", "full-en": "A well."}, allow_redirects=False)
    await amina.post(f"{path}/drop", on=path, allow_redirects=False)
    assert len(counted) == 3  # the page that each form stood on


async def test_the_page_shows_counts_and_nobody(amina, water, begin, only):
    await begin()
    text = await amina.page(f"/discussions/{(await only())[0].id}")
    for gone in (A, B, "stream", "/voices/", "voice-"):
        assert gone not in text


async def test_themes_and_rules_are_offered_where_a_story_is_filed_under_them(amina, stories):
    theme = await stories.theme("Clean air", amina.member)
    await stories.theme("Unused", amina.member)
    await stories.file(await stories.tell(), amina.member, theme={theme})
    text = await amina.page("/discussions")
    assert f'value="theme:{theme}"' in text
    assert "Clean air" in text
    assert "Unused" not in text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"subject": "agenda:Fire"}, "Choose one of the list."),
        ({"subject": "tag:Water"}, "Choose one of the list."),
        ({"subject": ""}, "Choose one of the list."),
        ({"day": "2026-05-13"}, "Choose a day; today or before."),
        ({"day": "soon"}, "Choose a day; today or before."),
        ({"body": "0" * 32}, "Choose one of the list."),
        ({"language": "xx"}, "Choose one of the list."),
    ],
)
async def test_what_cannot_be_recorded_is_given_back(water, begin, wrong, said, database):
    answer = await begin(**wrong)
    assert answer.status == 422
    assert said in await answer.text()
    async with database.reading() as db:
        assert await discussions.recent(db) == []


async def test_the_same_is_recorded_once(water, begin):
    await begin()
    answer = await begin()
    assert answer.status == 422
    assert "This is recorded already" in await answer.text()


async def test_a_body_is_named(amina, water, begin, only, database, now):
    async with database.transaction() as db:
        body = await bodies.add_body(db, "Water board", "authority", by="system", now=now)
    text = await (await begin(body=body)).text()
    assert "Discussed by Water board on" in text
    path = f"/discussions/{(await only())[0].id}"
    text = await (await amina.post(path, {"language": "en", "full-en": "A well."})).text()
    assert "News of Water board, 12 May: A well." in text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"full-sw": "Kisima."}, "Write it in this language first"),
        ({"full-en": "A well.", "short-fr": "Un puits."}, "Write the full words as well"),
        ({"full-en": "x" * 801}, "800 characters at most"),
        ({"full-en": "x" * 700}, "four segments at most"),
        ({"full-en": "A well.", "language": "xx"}, "Choose one of the list."),
    ],
)
async def test_words_that_cannot_be_kept_are_given_back(amina, water, begin, only, data, said):
    await begin()
    path = f"/discussions/{(await only())[0].id}"
    answer = await amina.post(path, {"language": "en", **data})
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    assert all(typed in text for name, typed in data.items() if name != "language")
    assert (await only())[1] == {}


async def test_letters_that_make_it_dear_are_named(amina, water, begin, only):
    await begin()
    path = f"/discussions/{(await only())[0].id}"
    text = await (await amina.post(path, {"language": "en", "full-en": "Un rêve."})).text()
    assert "dearer because of ê" in text


async def test_without_words_nobody_is_told(amina, water, begin, only):
    await begin()
    path = f"/discussions/{(await only())[0].id}"
    answer = await amina.post(f"{path}/tell", on=path)
    assert answer.status == 422
    assert (await only())[0].draft


async def test_a_draft_is_dropped_and_what_is_told_is_not(amina, water, begin, only, stories):
    await begin()
    path = f"/discussions/{(await only())[0].id}"
    text = await (await amina.post(f"{path}/drop", on=path)).text()
    assert "The draft is dropped." in text
    made = await stories.discuss("agenda", "Water", amina.member, {"en": "A well."}, told=True)
    for act in ("drop", "tell"):
        answer = await amina.post(f"/discussions/{made}/{act}", on="/discussions")
        assert "It has gone on meanwhile." in await answer.text()
    assert (await only())[0].state is State.TELLING


async def test_of_what_nobody_asked_to_hear_nobody_is_told(amina, stories, begin):
    await stories.file(await stories.tell(), amina.member, agenda={"Water"})
    text = await (await begin()).text()
    assert "Nobody who told of this asked to hear of it." in text


async def test_there_is_no_such_discussion(amina):
    assert (await amina.get(f"/discussions/{'0' * 32}")).status == 404
    for path in ("", "/tell", "/ask", "/approve", "/back", "/stop", "/anew", "/drop"):
        answer = await amina.post(f"/discussions/{'0' * 32}{path}", on="/discussions")
        assert answer.status == 404


@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.HANDLER, Role.AUDITOR])
async def test_whoever_does_not_triage_learns_nothing_of_it(join, amina, water, begin, only, role):
    await begin()
    viewer = await join(role, name="Vera Phiri")
    assert (await viewer.get("/discussions")).status == 403
    assert (await viewer.get(f"/discussions/{(await only())[0].id}")).status == 404
