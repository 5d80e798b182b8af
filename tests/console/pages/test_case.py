import asyncio

import pytest
from sqlalchemy import func, select

from forum.members import Role
from grievances import correspondence, followups, triage
from grievances.parties import NOBODY
from grievances.severity import Severity


@pytest.fixture
async def path(file):
    return f"/cases/{(await file('The wall fell.', describe={'safe': True})).reference}"


async def count(database, table):
    async with database.reading() as db:
        return (await db.execute(select(func.count()).select_from(table))).scalar_one()


async def test_the_page_shows_what_the_reporter_said_and_in_which_language_to_answer(amina, path):
    text = await amina.page(path)
    assert "The wall fell." in text
    assert "Your words, in Kiswahili" in text
    assert 'lang="sw"' in text
    assert "2 days left" in text


async def test_an_answer_is_kept_for_the_reporter_and_planned(amina, path, database):
    answer = await amina.post(f"{path}/answer", {"answer": "We are coming."}, on=path)
    text = await answer.text()
    assert "on its way to the reporter" in text
    assert "Amina Okello, to the reporter" in text
    assert "The reporter has not asked for it yet" in text
    assert await count(database, correspondence.unread) == 1
    assert await count(database, followups.followups) > 0


async def test_an_answer_is_sent_once_however_often_the_button_is_pressed(amina, path, database):
    form = {**await amina.hidden(path), "answer": "We are coming."}
    post = [amina.client.post(f"{path}/answer", data=form) for _ in range(4)]
    texts = [await answer.text() for answer in await asyncio.gather(*post)]
    assert await count(database, correspondence.unread) == 1
    assert any("Nothing was sent twice." in text for text in texts)


async def test_an_empty_or_endless_answer_is_given_back(amina, path, database):
    empty = await amina.post(f"{path}/answer", {"answer": "  "}, on=path)
    endless = await amina.post(f"{path}/answer", {"answer": "long " * 400}, on=path)
    assert empty.status == endless.status == 422
    assert "Write something first." in await empty.text()
    assert "long long long" in await endless.text()
    assert await count(database, correspondence.unread) == 0


async def test_who_wrote_meanwhile_is_read_first(amina, file, database, keyring, now):
    made = await file("The wall fell.")
    path = f"/cases/{made.reference}"
    form = await amina.hidden(path)
    async with database.transaction() as db:
        said = "Nobody is hurt."
        await correspondence.extend(db, keyring, made.case_id, said, channel="sms", now=now)
    answer = await amina.client.post(f"{path}/answer", data={**form, "answer": "Who is hurt?"})
    text = await answer.text()
    assert answer.status == 422
    assert "The reporter wrote again while you were writing." in text
    assert "Who is hurt?" in text
    assert "Nobody is hurt." in text
    again = await amina.post(f"{path}/answer", {"answer": "Good."}, on=path)
    assert again.status == 200


@pytest.mark.parametrize(
    ("safe", "said"),
    [
        (True, "goes to the reporter&#39;s phone in full"),
        (False, "The reporter's phone is not safe."),
        (None, "has not said whether their phone is safe"),
    ],
)
async def test_it_says_where_the_answer_will_be_seen(amina, file, safe, said):
    made = await file("Words.", describe={"safe": safe})
    text = await amina.page(f"/cases/{made.reference}")
    assert said.replace("&#39;", "'") in text.replace("&#39;", "'")


async def test_a_note_is_for_colleagues_only(amina, path, database):
    answer = await amina.post(f"{path}/note", {"note": "Ask the clinic."}, on=path)
    text = await answer.text()
    assert "Note by Amina Okello, only for colleagues" in text
    assert await count(database, correspondence.unread) == 0


async def test_an_empty_note_is_refused_beside_its_field(amina, path):
    answer = await amina.post(f"{path}/note", {"note": ""}, on=path)
    assert answer.status == 422
    assert 'id="note-error"' in await answer.text()


async def test_what_is_said_is_never_html(amina, file):
    made = await file("<script>alert(1)</script>")
    text = await amina.page(f"/cases/{made.reference}")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


async def test_a_case_that_is_not_theirs_reads_like_one_that_is_not_there(join, path):
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    theirs, nowhere = await handler.get(path), await handler.get("/cases/ZZZZZZ")
    assert theirs.status == nowhere.status == 404
    one, other = await theirs.text(), await nowhere.text()
    assert one.replace(path, "/cases/ZZZZZZ") == other


async def test_a_handler_reads_what_was_given_to_them(amina, join, file, database, now):
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    made = await file("For Joseph.")
    async with database.transaction() as db:
        judged = {"category": "PAY", "severity": Severity.S3, "named": NOBODY}
        await triage.triage(db, made.case_id, **judged, by=amina.member, now=now)
        by = {"by": amina.member, "by_private": amina.private, "now": now}
        await triage.assign(db, made.case_id, handler.member, **by)
    text = await handler.page(f"/cases/{made.reference}")
    assert "For Joseph." in text
    assert 'name="assignee"' not in text
    assert "Start the review" in text


async def test_a_number_to_call_is_shown(amina, file):
    made = await file("", callback_number="+12025550101")
    text = await amina.page(f"/cases/{made.reference}")
    assert "Call back at:" in text
    assert "+12025550101" in text


async def test_all_texts_are_there_in_french_too(join, path):
    someone = await join(name="Awa Diop", language="fr")
    answer = await someone.get(path)
    assert answer.status == 200
    assert '<html lang="fr"' in await answer.text()
