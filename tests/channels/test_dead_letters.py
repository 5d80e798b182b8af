from datetime import timedelta

import pytest
from sqlalchemy import select

from channels import broadcasts, dead_letters, lines
from channels.dead_letters import GRACE, KEPT_FOR, Again, Reason
from channels.ledger import DEAD, State, outbox
from channels.outbox import VALID_FOR
from tests.support.letters import broadcast, letter

AWAY = Reason(State.UNDELIVERED, "30003")
LATER = timedelta(minutes=5)


@pytest.fixture
def do(database):
    async def done(act, *args, **named):
        async with database.transaction() as db:
            return await act(db, *args, **named)

    return done


@pytest.fixture
def row(database):
    async def found(outbox_id):
        async with database.reading() as db:
            return (await db.execute(select(outbox).where(outbox.c.id == outbox_id))).one()

    return found


async def died(database, now, **more):
    return await letter(database, now, State.UNDELIVERED, error="30003", **more)


async def test_only_what_died_is_listed_the_newest_first(database, now, do):
    ids = [
        await letter(database, now + timedelta(seconds=n), state)
        for n, state in enumerate(sorted(State))
        if state in DEAD
    ]
    for state in set(State) - DEAD:
        await letter(database, now, state)
    page = await do(dead_letters.page, now)
    assert [one.id for one in page.rows] == ids[::-1]
    assert page.next is None


async def test_a_long_list_comes_in_pages_and_each_letter_once(database, now, do, monkeypatch):
    monkeypatch.setattr(dead_letters, "PAGE", 2)
    ids = {await died(database, now) for _ in range(5)}
    seen, after = [], None
    while after is not None or not seen:
        page = await do(dead_letters.page, now, after=after)
        seen += [one.id for one in page.rows]
        after = page.next
        if after is None:
            break
    assert len(seen) == 5
    assert set(seen) == ids


@pytest.mark.parametrize("damaged", ["", "x", "1", "-", "1-x", "9" * 40 + "-1", "٣-٣"])
async def test_a_damaged_page_begins_at_the_front(database, now, do, damaged):
    await died(database, now)
    assert len((await do(dead_letters.page, now, after=damaged)).rows) == 1


async def test_reasons_are_counted_the_most_frequent_first(database, now, do):
    await letter(database, now, State.EXPIRED)
    for _ in range(2):
        await died(database, now)
    counted = await do(dead_letters.reasons)
    assert list(counted.items()) == [(AWAY, 2), (Reason(State.EXPIRED, None), 1)]
    assert await do(dead_letters.count) == 3


@pytest.mark.parametrize("reason", [AWAY, Reason(State.EXPIRED, None)])
async def test_a_page_of_one_reason_holds_no_other(database, now, do, reason):
    await letter(database, now, State.EXPIRED)
    await died(database, now)
    found = await do(dead_letters.page, now, reason=reason)
    assert [one.reason for one in found.rows] == [reason]


@pytest.mark.parametrize(
    "reason", [AWAY, Reason(State.EXPIRED, None), Reason(State.FAILED, "a:b")]
)
def test_a_reason_is_one_word_and_back(reason):
    assert Reason.of(reason.key) == reason


@pytest.mark.parametrize("word", ["", "planned:", "delivered:30003", "nonsense", ":30003"])
def test_no_other_word_is_a_reason(word):
    assert Reason.of(word) is None


async def test_a_letter_leaves_again_as_if_it_had_never_been_tried(database, now, do, row):
    made = await died(database, now, away=3, attempt=4, entry_id="e" * 32)
    then = now + LATER
    assert await do(dead_letters.requeue, made, then)
    again = await row(made)
    assert (again.state, again.body, again.entry_id) == (State.PLANNED, b"sealed", "e" * 32)
    assert (again.attempt, again.away, again.not_before) == (0, 0, then + GRACE)
    assert again.expires_at == then + VALID_FOR


async def test_it_leaves_again_once(database, now, do):
    made = await died(database, now)
    assert await do(dead_letters.requeue, made, now)
    assert not await do(dead_letters.requeue, made, now)


@pytest.mark.parametrize("state", sorted(set(State) - DEAD))
async def test_what_is_not_dead_is_left_alone(database, now, do, row, state):
    made = await letter(database, now, state)
    assert not await do(dead_letters.requeue, made, now)
    assert (await row(made)).state == state


@pytest.mark.parametrize(
    ("values", "later", "again"),
    [
        ({}, LATER, Again.YES),
        ({"body": None}, LATER, Again.ERASED),
        ({}, KEPT_FOR, Again.ERASED),
        ({"stopped": True}, LATER, Again.SHUT),
        ({"stopped": False}, LATER, Again.SHUT),
        ({"broadcast": "b" * 32, "body": None}, LATER, Again.OVER),
    ],
)
async def test_a_letter_says_whether_it_can_leave_again(database, now, do, values, later, again):
    made = await died(database, now, **values)
    then = now + later
    assert (await do(dead_letters.find, made, then)).again is again
    assert await do(dead_letters.requeue, made, then) is (again is Again.YES)


async def test_a_broadcast_is_sent_again_while_it_lasts_and_keeps_its_end(database, now, do, row):
    of = await broadcast(database, now)
    made = await died(database, now, broadcast=of, body=None)
    assert await do(dead_letters.requeue, made, now + LATER)
    assert (await row(made)).expires_at == now + timedelta(hours=24)


async def test_a_broadcast_that_had_ended_goes_on_for_what_is_sent_again(database, now, do):
    of = await broadcast(database, now)
    made = await died(database, now, broadcast=of, body=None)
    await do(broadcasts.move, of, broadcasts.State.ENDED, now)
    assert (await do(dead_letters.find, made, now)).again is Again.YES
    assert await do(dead_letters.requeue, made, now)
    assert (await do(broadcasts.find, of)).state is broadcasts.State.RUNNING


async def test_a_broadcast_whose_time_is_over_stays_ended(database, now, do):
    of = await broadcast(database, now)
    made = await died(database, now, broadcast=of, body=None)
    over = now + timedelta(hours=48)
    assert (await do(dead_letters.find, made, over)).again is Again.OVER
    assert not await do(dead_letters.requeue, made, over)


async def test_nothing_of_a_cancelled_broadcast_leaves_again(database, now, do):
    of = await broadcast(database, now)
    made = await died(database, now, broadcast=of, body=None)
    await do(broadcasts.cancel, of, now)
    assert not await do(dead_letters.requeue, made, now)


async def test_all_of_one_reason_leave_again_and_no_others(database, now, do, row):
    mine = [await died(database, now) for _ in range(3)]
    other = await letter(database, now, State.FAILED, error="21211")
    assert await do(dead_letters.requeue_all, AWAY, now + LATER) == 3
    assert {(await row(one)).state for one in mine} == {State.PLANNED}
    assert (await row(other)).state == State.FAILED


async def test_only_so_many_leave_at_one_press(database, now, do, monkeypatch):
    monkeypatch.setattr(dead_letters, "AT_ONCE", 2)
    for _ in range(3):
        await died(database, now)
    assert await do(dead_letters.requeue_all, AWAY, now) == 2
    assert await do(dead_letters.requeue_all, AWAY, now) == 1


async def test_taking_it_back_leaves_everything_as_it_was(database, now, do, row):
    of = await broadcast(database, now)
    await do(lines.note, "sms", last_sent_at=now)
    mine = [await died(database, now), await died(database, now, broadcast=of, body=None)]
    waiting = await letter(database, now, State.PLANNED)
    then = now + LATER
    await do(dead_letters.requeue_all, AWAY, then)
    assert await do(dead_letters.put_back, AWAY, then, then + timedelta(seconds=3)) == 2
    back = [await row(one) for one in mine]
    assert {(one.state, one.error) for one in back} == {(State.UNDELIVERED, "30003")}
    assert back[0].body == b"sealed"
    assert (await row(waiting)).state == State.PLANNED


@pytest.mark.parametrize("state", sorted(DEAD))
async def test_every_way_to_die_can_be_taken_back_to(database, now, do, row, state):
    made = await letter(database, now, state, error="x")
    await do(dead_letters.requeue, made, now)
    assert await do(dead_letters.put_back, Reason(state, "x"), now, now) == 1
    assert (await row(made)).state == state


async def test_what_has_left_meanwhile_is_not_taken_back(database, now, do, row):
    made = await died(database, now)
    await do(dead_letters.requeue, made, now)
    left = outbox.update().where(outbox.c.id == made).values(state=State.SUBMITTING)
    async with database.transaction() as db:
        await db.execute(left)
    assert await do(dead_letters.put_back, AWAY, now, now) == 0


async def test_the_words_are_erased_in_the_end(database, now, do, row):
    old = await died(database, now, entry_id="e" * 32)
    fresh = await died(database, now + timedelta(hours=1))
    waiting = await letter(database, now, State.PLANNED)
    assert await do(dead_letters.forget_words, now + KEPT_FOR) == 1
    gone = await row(old)
    assert (gone.body, gone.entry_id, gone.state) == (None, None, State.UNDELIVERED)
    assert (await row(fresh)).body is not None
    assert (await row(waiting)).body is not None
