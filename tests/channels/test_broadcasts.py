from datetime import timedelta

import pytest

from channels import broadcasts
from channels.base import Outbound, Style
from channels.broadcasts import TRANSITIONS, State, Wording

HOUR = timedelta(hours=1)
TEXTS = (
    Wording(0, "en", Style.SMS, "The fee is 10."),
    Wording(0, "en", Style.CHAT, "The fee is 10."),
    Wording(1, "en", Style.SMS, "x" * 161),
)


@pytest.fixture
def create(database, now):
    async def act(**more):
        when = {"not_before": now, "expires_at": now + 24 * HOUR, "now": now, **more}
        async with database.transaction() as db:
            return await broadcasts.create(db, TEXTS, language="en", **when)

    return act


@pytest.fixture
def do(database):
    async def act(deed, *args):
        async with database.transaction() as db:
            return await deed(db, *args)

    return act


async def test_nothing_leaves_before_somebody_has_approved(create, do, now):
    broadcast = await create()
    assert not (await do(broadcasts.find, broadcast)).may_leave(now)
    assert await do(broadcasts.release, broadcast, now)
    assert (await do(broadcasts.find, broadcast)).may_leave(now)


async def test_it_can_be_paused_and_goes_on(create, do, now):
    broadcast = await create()
    assert not await do(broadcasts.pause, broadcast, now)  # it has not begun
    await do(broadcasts.release, broadcast, now)
    assert await do(broadcasts.pause, broadcast, now, "failures")
    paused = await do(broadcasts.find, broadcast)
    assert (paused.state, paused.why, paused.may_leave(now)) == (State.PAUSED, "failures", False)
    await do(broadcasts.release, broadcast, now + HOUR)
    running = await do(broadcasts.find, broadcast)
    assert (running.state, running.why, running.judged_from) == (State.RUNNING, None, now + HOUR)


async def test_what_was_cancelled_never_leaves(create, do, now):
    broadcast = await create()
    assert await do(broadcasts.cancel, broadcast, now)
    assert not await do(broadcasts.release, broadcast, now)
    assert TRANSITIONS[State.CANCELLED] == frozenset()


async def test_what_had_ended_goes_on_when_some_of_it_leaves_later(create, do, now):
    broadcast = await create()
    await do(broadcasts.reopen, broadcast, now)  # not ended: not approved either
    assert (await do(broadcasts.find, broadcast)).state == State.WAITING
    await do(broadcasts.release, broadcast, now)
    await do(broadcasts.move, broadcast, State.ENDED, now)
    await do(broadcasts.reopen, broadcast, now)
    assert (await do(broadcasts.find, broadcast)).state == State.RUNNING


@pytest.mark.parametrize(
    ("opens", "closes", "hour", "may"),
    [
        (0, 0, 3, True),  # always
        (8 * 60, 20 * 60, 7.99, False),
        (8 * 60, 20 * 60, 8, True),
        (8 * 60, 20 * 60, 20, False),
        (20 * 60, 6 * 60, 23, True),  # over midnight
        (20 * 60, 6 * 60, 6, False),
    ],
)
async def test_it_leaves_at_decent_hours_where_people_are(
    create, do, now, opens, closes, hour, may
):
    midnight_in_nairobi = now.replace(hour=21, minute=0)
    begin = {"not_before": now - HOUR, "expires_at": now + 48 * HOUR}
    broadcast = await create(opens=opens, closes=closes, zone="Africa/Nairobi", **begin)
    await do(broadcasts.release, broadcast, now)
    found = await do(broadcasts.find, broadcast)
    assert found.may_leave(midnight_in_nairobi + hour * HOUR) is may


async def test_it_leaves_neither_too_soon_nor_too_late(create, do, now):
    broadcast = await create(not_before=now + HOUR, expires_at=now + 2 * HOUR)
    await do(broadcasts.release, broadcast, now)
    found = await do(broadcasts.find, broadcast)
    assert [found.may_leave(now + n * HOUR) for n in (0, 1, 2)] == [False, True, False]


async def test_its_words_are_kept_once_for_everybody(create, do):
    broadcast = await create()
    texts = await do(broadcasts.texts, broadcast)
    assert texts[(0, "en", Style.CHAT)] == Outbound("The fee is 10.")
    assert len(texts) == 3
    assert (await do(broadcasts.find, broadcast)).parts == 2


async def test_those_in_a_state_come_the_oldest_first(create, do, now):
    younger, older = await create(now=now), await create(now=now - HOUR)
    found = await do(broadcasts.in_state, State.WAITING, State.RUNNING)
    assert [one.id for one in found] == [older, younger]
    assert await do(broadcasts.in_state, State.RUNNING) == []
