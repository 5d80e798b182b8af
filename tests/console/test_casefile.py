import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from console.casefile import kind_of
from forum import members
from forum.members import Role
from grievances import case, correspondence, entries, escalation
from grievances.bells import Bell
from grievances.bells import Kind as BellKind
from grievances.case import Move, cases
from grievances.correspondence import EntryView
from grievances.deadlines import Step
from grievances.entries import SYSTEM, Audience, Entry, Kind
from grievances.reckonings import Reckoning, Why
from grievances.states import Actor, State


def entry(now, author="reporter", audience=Audience.REPORTER):
    said = Entry("e", 1, now, audience, author, Kind.TEXT, "words", None, None)
    return EntryView(said, [])


@pytest.mark.parametrize(
    ("author", "audience", "kind"),
    [
        ("reporter", Audience.REPORTER, "reporter"),
        ("m1", Audience.REPORTER, "forum"),
        (SYSTEM, Audience.REPORTER, "forum"),
        ("m1", Audience.INTERNAL, "internal"),
    ],
)
def test_a_line_looks_like_who_wrote_it_for_whom(now, author, audience, kind):
    assert kind_of(entry(now, author, audience)) == kind


def test_a_move_looks_like_something_that_happened(now):
    move = Move(now, State.RECEIVED, State.TRIAGED, Actor.STAFF, "m1")
    assert kind_of(move) == "happened"


def test_what_the_clocks_did_looks_like_itself(now):
    bell = Bell("c", Step.TRIAGE, BellKind.PASSED, now, now, 1)
    moved = Reckoning("c", Step.TRIAGE, now, Why.CALENDAR, now, now)
    assert (kind_of(bell), kind_of(moved)) == ("called", "reckoned")


async def test_whoever_it_has_come_to_opens_a_case_once_a_keyholder_has(
    amina, join, file, database, now
):
    made = await file("Read this, chair.")
    path = f"/cases/{made.reference}"
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    chair = await join(Role.HANDLER, name="Chiku Daudi")
    async with database.transaction() as db:
        await escalation.name(db, 2, chair.member, by=lead.member, now=now)
    assert (await chair.get(path)).status == 404
    await amina.get(path)
    async with database.transaction() as db:
        await db.execute(update(cases).values(level=2))
    assert "You have no key to this case yet" in await chair.page(path)
    await asyncio.gather(amina.get(path), amina.get(path))
    assert "Read this, chair." in await chair.page(path)


async def test_the_page_tells_how_long_it_has_been_open_and_where(amina, file, clock):
    made = await file("Words.")
    clock.turn(minutes=20)
    path = f"/cases/{made.reference}"
    judged = {"category": "PAY", "severity": "S3", "named": "nobody"}
    await amina.post(f"{path}/facts", judged, on=path)
    clock.turn(minutes=20)
    assert "In this state for 20 min, open for 40 min in all." in await amina.page(path)


async def test_the_newest_stands_first(amina, file, clock):
    made = await file("First words.", describe={"place": "By the bridge"})
    clock.turn(minutes=10)
    await amina.post(
        f"/cases/{made.reference}/note", {"note": "Last words."}, on=f"/cases/{made.reference}"
    )
    text = await amina.page(f"/cases/{made.reference}")
    assert text.index("Last words.") < text.index("By the bridge") < text.index("First words.")


async def test_names_of_those_who_left_stay(amina, join, file, database, now):
    made = await file()
    path = f"/cases/{made.reference}"
    baraka = await join(name="Baraka Juma")
    await baraka.post(f"{path}/note", {"note": "I have looked."}, on=path)
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    async with database.transaction() as db:
        later = now + timedelta(days=1)
        await members.remove(db, baraka.member.id, by=lead.member, now=later)
    assert "Note by Baraka Juma" in await amina.page(path)


async def test_a_secretary_without_the_key_is_told_who_can_give_it(amina, join, file):
    made = await file("Nobody else shall read this.")
    late = await join(name="Neema Achieng")
    text = await late.page(f"/cases/{made.reference}")
    assert "You have no key to this case yet" in text
    assert "Amina Okello" in text
    assert "Nobody else shall read this." not in text


async def test_a_long_thread_comes_in_pages_and_everything_stands_on_one_of_them(
    amina, file, database, keyring, clock, monkeypatch
):
    monkeypatch.setattr(entries, "PART", 3)
    made = await file("Words 1.")
    path = f"/cases/{made.reference}"
    for number in range(2, 9):
        clock.turn(minutes=1)
        async with database.transaction() as db:
            said = f"Words {number}."
            await correspondence.extend(
                db, keyring, made.case_id, said, channel="sms", now=clock.now
            )
        if number % 3 == 0:
            judged = {"category": "PAY", "severity": "S3", "named": "nobody"}
            await amina.post(f"{path}/facts", judged, on=path)
    seen, happened, page = [], 0, path
    while page:
        text = await amina.page(page)
        thread = text.split('class="thread"')[1]
        seen += [int(n) for n in re.findall(r"Words (\d)\.", thread)]
        happened += thread.count("entry happened")
        assert ("Send the answer" in text) is (page == path)
        following = re.search(r'href="([^"#]+)#thread-title" rel="next"', text)
        page = following and following[1]
    assert seen == list(range(8, 0, -1))
    async with database.reading() as db:
        assert happened == len(await case.history(db, made.case_id)) > 0


async def test_an_answer_minds_the_newest_words_whichever_page_they_are_on(
    amina, file, monkeypatch
):
    monkeypatch.setattr(entries, "PART", 2)
    path = f"/cases/{(await file('First.')).reference}"
    for number in range(3):
        await amina.post(f"{path}/note", {"note": f"Note {number}."}, on=path)
    assert "First." not in await amina.page(path)
    answer = await amina.post(f"{path}/answer", {"answer": "We are coming."}, on=path)
    assert "on its way to the reporter" in await answer.text()


async def test_a_number_that_is_none_shows_the_newest(amina, file):
    path = f"/cases/{(await file('Words.')).reference}"
    for wished in ("x", "-1", "9" * 40, "0", "1"):
        assert "Words." in await amina.page(f"{path}?entry={wished}")
