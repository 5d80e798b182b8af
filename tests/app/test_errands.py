import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from app import metrics
from app.errands import Errands
from channels.contacts import routes
from channels.ledger import outbox
from grievances import correspondence, followups
from grievances.case import cases, move
from grievances.followups import Kind
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
