import asyncio
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import delete, select, update

from app import metrics
from app.errands import Errands
from channels.contacts import routes
from channels.ledger import outbox
from grievances import checks, correspondence, followups, retaliation
from grievances.case import cases, move
from grievances.followups import Kind
from grievances.parties import Answer
from grievances.states import Actor
from grievances.states import State as CaseState
from storage.engine import connect
from tests.support.scripted_channel import ScriptedChannel

WORDS = "The inspector comes tomorrow."
NEUTRAL = "You have news."


@pytest.fixture
async def safe(file):
    """A report from a phone that only its owner reads."""
    return await file(safe=True)


@pytest.fixture
async def unsafe(file):
    return await file(safe=False)


async def kinds(database):
    async with database.reading() as reads:
        rows = await reads.execute(select(outbox.c.kind).order_by(outbox.c.seq))
        return list(rows.scalars())


# --- what a reporter is told


async def test_a_safe_phone_gets_the_answer_in_full(safe, database):
    await safe.answered(WORDS)
    told = "\n".join(await safe.followed_up())
    assert WORDS in told
    assert NEUTRAL not in told
    assert set(await kinds(database)) == {"reply"}


async def test_what_is_proposed_on_a_safe_phone_is_asked_at_once(safe, database):
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=CaseState.PROPOSED))
    await safe.answered(WORDS)
    told = "\n".join(await safe.followed_up())
    assert told.index(WORDS) < told.index("Do you agree to what we propose?")
    await safe.phone.says("1")
    async with database.reading() as reads:
        assert (await reads.execute(select(cases.c.state))).scalar_one() == CaseState.AGREED


async def test_an_unsafe_phone_gets_a_neutral_line(unsafe):
    await unsafe.answered(WORDS)
    told = "\n".join(await unsafe.followed_up())
    assert NEUTRAL in told
    assert WORDS not in told
    assert WORDS in "\n".join(await unsafe.phone.says("1"))  # and reads when it likes


async def test_a_phone_of_which_nobody_said_whether_it_is_safe_is_not(file):
    report = await file()
    await report.answered(WORDS)
    assert WORDS not in "\n".join(await report.followed_up())


async def test_two_answers_are_told_in_one_go(safe):
    await safe.answered("First.")
    await safe.answered("Second.")
    told = "\n".join(await safe.followed_up())
    assert told.index("First.") < told.index("Second.")
    assert await safe.followed_up(minutes=5) == []


async def test_an_unread_answer_is_called_to_mind_after_three_days_and_after_seven(
    unsafe, database
):
    await unsafe.answered(WORDS)
    await unsafe.followed_up()
    assert await unsafe.followed_up(days=2) == []
    assert NEUTRAL in "\n".join(await unsafe.followed_up(days=1, minutes=1))
    assert NEUTRAL in "\n".join(await unsafe.followed_up(days=4))
    assert await unsafe.followed_up(days=30) == []
    assert (await kinds(database))[-1] == "followup"


async def test_nobody_is_reminded_of_what_they_have_read(unsafe):
    await unsafe.answered(WORDS)
    await unsafe.followed_up()
    await unsafe.phone.says("1")
    assert await unsafe.followed_up(days=3, minutes=1) == []
    assert await unsafe.followed_up(days=5) == []


async def asked(report, database, text="Which shaft?"):
    """Ask the reporter something, from a case in review."""
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=CaseState.IN_REVIEW))
        await correspondence.answer(
            db,
            report.house.keyring,
            member=report.secretary,
            case_id=report.id,
            text=text,
            now=report.phone.now,
            expects_reply=True,
        )


async def test_who_read_a_question_and_stays_silent_is_reminded_twice_of_no_word_of_it(
    unsafe, database
):
    await asked(unsafe, database)
    await unsafe.followed_up()
    assert "Which shaft?" in "\n".join(await unsafe.phone.says("1"))
    for wait in ({"days": 3, "minutes": 1}, {"days": 4}):
        told = "\n".join(await unsafe.followed_up(**wait))
        assert "We wait for your answer." in told
        assert "shaft" not in told
    assert await unsafe.followed_up(days=30) == []


async def test_who_has_not_read_a_question_is_told_of_news_and_not_twice(unsafe, database):
    await asked(unsafe, database)
    await unsafe.followed_up()
    told = await unsafe.followed_up(days=3, minutes=1)
    assert "\n".join(told).count(NEUTRAL) == 1
    assert "We wait" not in "\n".join(told)


async def test_who_answered_is_reminded_no_more(unsafe, database):
    await asked(unsafe, database)
    await unsafe.followed_up()
    await unsafe.phone.says("1", "The northern one.")
    assert await unsafe.followed_up(days=3, minutes=1) == []


async def test_an_answer_that_was_pulled_before_it_was_told_is_not_told(unsafe):
    await unsafe.answered(WORDS)
    assert WORDS in "\n".join(await unsafe.phone.says("CHECK", "1"))
    assert await unsafe.followed_up() == []


async def test_after_a_resolution_the_reporter_is_asked_whether_it_holds(unsafe, database):
    async with database.transaction() as db:
        for state in (CaseState.IN_REVIEW, CaseState.IMPLEMENTING):
            await db.execute(update(cases).where(cases.c.id == unsafe.id).values(state=state))
        await move(
            db,
            unsafe.id,
            CaseState.RESOLVED,
            by=Actor.STAFF,
            actor=unsafe.secretary.id,
            now=unsafe.phone.now,
        )
    await unsafe.followed_up()
    assert "Is it solved?" in "\n".join(await unsafe.followed_up(days=14, minutes=1))
    assert "look at it again" in "\n".join(await unsafe.phone.says("2"))
    async with database.reading() as reads:
        row = (await reads.execute(select(cases.c.state))).one()
    assert row.state == CaseState.TRIAGED


async def test_nobody_is_told_whose_address_is_erased(safe, database):
    await safe.answered(WORDS)
    async with database.transaction() as db:
        await (await db.routes()).execute(delete(routes))
    assert await safe.followed_up() == []
    assert await safe.followed_up(minutes=10) == []  # and it is not tried for ever
    async with database.reading() as reads:
        rows = (await reads.execute(select(followups.followups))).all()
    assert [row.done_at is not None for row in rows if row.kind == Kind.ANSWER] == [True]


async def test_nobody_is_told_whose_case_has_no_address_any_more(safe, database):
    await safe.answered(WORDS)
    async with database.transaction() as db:
        await db.execute(update(cases).values(route_id=None))
    assert await safe.followed_up() == []


async def test_a_channel_that_is_not_served_any_more_is_no_failure(safe, house):
    await safe.answered(WORDS)
    safe.house = replace(house, channels={"telegram": ScriptedChannel("telegram")})
    assert await safe.followed_up() == []


# --- a file that was not kept


async def lose(report, database, *kinds):
    async with database.transaction() as db:
        for too_large in kinds:
            await correspondence.file_lost(
                db, report.id, too_large=too_large, now=report.phone.now
            )


async def test_of_files_that_were_too_large_the_reporter_is_told_once(unsafe, database):
    await lose(unsafe, database, True, True)
    told = "\n".join(await unsafe.followed_up(minutes=1))
    assert told.count("it was too large. Send a shorter one, or describe it.") == 1
    assert await unsafe.followed_up(minutes=10) == []
    await lose(unsafe, database, True)  # the next one
    assert "too large" in "\n".join(await unsafe.followed_up(minutes=1))


async def test_of_a_file_that_did_not_reach_us_they_are_told_so_in_their_language(file, database):
    report = await file(language="fr")
    await lose(report, database, False)
    told = "\n".join(await report.followed_up(minutes=1))
    assert "n'est pas arrivé" in told
    assert "tunnel" not in told


async def test_what_they_write_then_is_added_to_the_case(unsafe, database):
    await lose(unsafe, database, True)
    await unsafe.followed_up(minutes=1)
    assert "It is added." in "\n".join(await unsafe.phone.says("It showed the bridge."))


# --- what goes wrong


class Stumbles:
    """A runner that cannot say anything."""

    async def tell(self, *_args, **_named):
        raise KeyError("a bug")


async def test_what_fails_is_given_back_and_done_later(safe, house):
    await safe.answered(WORDS)
    safe.house = replace(house, runner=Stumbles())
    assert await safe.followed_up() == []
    safe.house = house
    assert await safe.followed_up(seconds=30) == []
    assert WORDS in "\n".join(await safe.followed_up(seconds=31))


async def test_one_that_fails_does_not_hold_up_the_others(safe, file, house, database, keyring):
    other = await file(safe=True, address=replace(safe.phone.address, value="+254711000002"))
    await safe.answered(WORDS)
    await other.answered("Yours, too.")

    class Half:
        async def tell(self, db, address, *args, **named):
            if address == safe.phone.address:
                raise KeyError("a bug")
            await house.runner.tell(db, address, *args, **named)

    safe.house = replace(house, runner=Half())
    told = "\n".join(await safe.followed_up())
    assert "Yours, too." in told
    assert WORDS not in told


async def test_two_workers_at_once_tell_it_once(unsafe, house, database_url, tmp_path):
    """Each with connections of its own, as two processes have."""
    for n in range(3):
        await unsafe.answered(f"Word {n}.")
        workers = [
            replace(house, database=connect(database_url, tmp_path), channels=house.channels)
            for _ in range(2)
        ]
        errands = [Errands(one, f"worker-{n}") for n, one in enumerate(workers)]
        await asyncio.gather(*(one.follow_up(unsafe.phone.now) for one in errands for _ in "ab"))
        assert "\n".join(await unsafe.phone.hears()).count(NEUTRAL) == 1
        for one in workers:
            await one.database.close()


async def test_a_worker_that_slept_over_its_lease_tells_nothing(safe, house, database):
    await safe.answered(WORDS)
    async with database.transaction() as db:
        (asleep,) = await followups.claim_due(db, safe.phone.now, limit=9, by="sleeper")
    told = "\n".join(await safe.followed_up(seconds=61))
    await Errands(house, "sleeper")._try(asleep, safe.phone.now)
    assert told.count(WORDS) == 1
    assert await safe.phone.hears() == []


async def test_each_kind_is_counted(safe):
    counter = metrics.FOLLOW_UPS.labels("answer")
    before = counter._value.get()
    await safe.answered(WORDS)
    await safe.followed_up()
    assert counter._value.get() == before + 1


# --- checks


async def resolve(report, database):
    async with database.transaction() as db:
        its = update(cases).where(cases.c.id == report.id)
        await db.execute(its.values(state=CaseState.IMPLEMENTING))
        by = {"by": Actor.STAFF, "actor": report.secretary.id}
        await move(db, report.id, CaseState.RESOLVED, now=report.phone.now, **by)


async def name_somebody(report, database):
    async with database.transaction() as db:
        await db.execute(update(cases).values(named=Answer.UNKNOWN, severity="S2"))
        await retaliation.plan(db, report.id, report.phone.now)


async def state_of(report, database):
    async with database.reading() as reads:
        found = await reads.execute(select(cases.c.state).where(cases.c.id == report.id))
        return CaseState(found.scalar_one())


async def test_who_names_somebody_is_asked_whether_they_are_ok_and_no_word_of_why(
    unsafe, database
):
    await name_somebody(unsafe, database)
    told = await unsafe.followed_up(days=7, minutes=1)
    assert told == ["Hello from Baraza. Are you OK?\n1 I am OK\n2 I am not OK"]
    assert "write what happened" in "\n".join(await unsafe.phone.says("2"))
    assert "It is added" in "\n".join(await unsafe.phone.says("they took my tools"))
    async with database.reading() as reads:
        rows = (await reads.execute(select(cases).order_by(cases.c.received_at))).all()
    assert [row.id == unsafe.id for row in rows] == [True, False]
    assert rows[1].heard_at == unsafe.phone.now


async def test_after_a_week_of_silence_a_second_case_is_opened_by_the_worker(
    unsafe, database, keyring
):
    await name_somebody(unsafe, database)
    await unsafe.followed_up(days=7, minutes=1)
    await unsafe.phone.says("1")
    await unsafe.followed_up(days=23)
    await unsafe.followed_up(days=7, minutes=1)
    async with database.reading() as reads:
        assert len((await reads.execute(select(cases.c.id))).all()) == 2
    async with database.transaction() as db:
        newest = await correspondence.newest_open(db, keyring, unsafe.phone.address)
    assert newest != unsafe.id
    assert "Are you OK?" in "\n".join(await unsafe.followed_up(days=7, minutes=2))


@pytest.mark.parametrize("gone", ["stopped", "erased", "not served"])
async def test_whom_nothing_reaches_is_not_asked(unsafe, database, house, gone):
    await resolve(unsafe, database)
    if gone == "stopped":
        await unsafe.phone.says("STOP")
    elif gone == "erased":
        async with database.transaction() as db:
            await (await db.routes()).execute(delete(routes))
    else:
        unsafe.house = replace(house, channels={"telegram": ScriptedChannel("telegram")})
    assert await unsafe.followed_up(days=14, minutes=1) == []
    async with database.reading() as reads:
        (first, *_) = await checks.of_case(reads, unsafe.id, Kind.CHECK_IN)
    assert (first.asked_at, first.expired_at) == (None, unsafe.phone.now)


async def test_who_comes_back_after_a_stop_is_asked_again(unsafe, database):
    await resolve(unsafe, database)
    await unsafe.phone.says("STOP")
    assert await unsafe.followed_up(days=14, minutes=1) == []
    await unsafe.phone.says("START")
    assert "Is it solved?" in "\n".join(await unsafe.followed_up(days=16))


async def test_a_proposal_is_called_to_mind_twice_and_asked(unsafe, database):
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=CaseState.IN_REVIEW))
        by = {"by": Actor.STAFF, "actor": unsafe.secretary.id}
        await move(db, unsafe.id, CaseState.PROPOSED, now=unsafe.phone.now, **by)
    await unsafe.answered(WORDS)
    await unsafe.followed_up()
    unread = await unsafe.followed_up(days=3, minutes=1)
    assert "\n".join(unread).count(NEUTRAL) == 1
    await unsafe.phone.says("1")
    told = "\n".join(await unsafe.followed_up(days=4))
    assert "We wait for your answer." in told
    assert told.count("Do you agree") == 1
    assert await unsafe.followed_up(days=30) == []


class Script:
    """What somebody answers, by the day and the question; on all others they are silent."""

    def __init__(self, *, solved=(), well=(), stops=None):
        self.answers = {"Is it solved?": dict(solved), "Are you OK?": dict(well)}
        self.stops = stops


YES, NO = "1", "2"

LIVES = {
    "always well": (
        Script(solved=[(14, YES), (30, YES), (90, YES)], well=[(7, YES), (31, YES), (91, YES)]),
        {"Is it solved?": [14, 30, 90], "Are you OK?": [7, 31, 91]},
        (CaseState.CLOSED, 90),
        1,
    ),
    "silent": (
        Script(),
        # Two questions on one day would be answered by one digit: the other comes a day later.
        {"Is it solved?": [14, 30, 90], "Are you OK?": [7, 31, 91]},
        (CaseState.CLOSED, 104),
        1,
    ),
    "stops": (
        Script(solved=[(14, YES)], well=[(7, YES)], stops=20),
        {"Is it solved?": [14], "Are you OK?": [7]},
        (CaseState.CLOSED, 90),
        1,
    ),
    "says no": (
        Script(solved=[(14, YES), (30, NO)], well=[(7, YES), (31, YES), (90, YES)]),
        {"Is it solved?": [14, 30], "Are you OK?": [7, 31, 90]},
        (CaseState.TRIAGED, 30),
        1,
    ),
    "falls silent": (
        Script(solved=[(14, YES)], well=[(7, YES)]),
        # From day 38 on it is the second case that asks, 7 and 30 days after it was opened.
        {"Is it solved?": [14, 30, 90], "Are you OK?": [7, 31, 45, 68]},
        (CaseState.CLOSED, 104),
        2,
    ),
}


@pytest.mark.parametrize("name", LIVES)
async def test_a_hundred_days_of_checks_with_processes_that_die(unsafe, database, name):
    """Each question once and on its day, none after STOP, and the end on the right day."""
    script, asked, (state, on), count = LIVES[name]
    await name_somebody(unsafe, database)
    await resolve(unsafe, database)
    dice, start = Random(name), unsafe.phone.now
    heard = {question: [] for question in asked}
    moved = None
    while (day := (unsafe.phone.now - start).days) <= 110:
        if day == script.stops:
            await unsafe.phone.says("STOP")
        if dice.random() < 0.4:  # somebody claims what is due, and dies with it
            async with database.transaction() as db:
                await followups.claim_due(db, unsafe.phone.now, limit=9, by="dies")
        for line in await unsafe.followed_up(seconds=61):
            for question in asked:
                if question in line:
                    heard[question].append(day)
                    if day in script.answers[question]:
                        await unsafe.phone.says(script.answers[question][day])
        if moved is None and await state_of(unsafe, database) is state:
            moved = day
        unsafe.phone.now += timedelta(hours=7)
    assert heard == asked
    assert moved == on
    async with database.reading() as reads:
        assert len((await reads.execute(select(cases.c.id))).all()) == count
        left = await checks.of_case(reads, unsafe.id, Kind.CHECK_IN)
    assert all(each.done_at is not None for each in left)
