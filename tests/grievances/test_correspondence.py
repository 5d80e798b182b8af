import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.base import Address, Media
from channels.contacts import routes
from forum import keyholders
from grievances import case, checks, correspondence, deadlines, followups
from grievances.case import cases
from grievances.correspondence import FORGET_AFTER, unread
from grievances.deadlines import Step
from grievances.entries import Audience, Kind
from grievances.followups import NUDGES_AFTER
from grievances.states import State
from grievances.status import SAYS
from vault.seals import CannotOpen, unseal

DAY = timedelta(days=1)


@pytest.fixture
async def case_id(secretary, file):
    return (await file()).case_id


@pytest.fixture
def put(database, case_id):
    async def changed(**values):
        async with database.transaction() as db:
            await db.execute(update(cases).where(cases.c.id == case_id).values(**values))

    return changed


@pytest.fixture
def answer(database, keyring, secretary, case_id, now):
    async def answered(text="We come on Monday.", when=now, **more):
        async with database.transaction() as db:
            return await correspondence.answer(
                db,
                keyring,
                member=secretary.member,
                case_id=case_id,
                text=text,
                now=when,
                **more,
            )

    return answered


@pytest.fixture
def extend(database, keyring, case_id, now):
    async def extended(text="More.", attachments=()):
        async with database.transaction() as db:
            await correspondence.extend(
                db, keyring, case_id, text, attachments, channel="telegram", now=now
            )

    return extended


@pytest.fixture
def hand_over(database, case_id, now):
    async def handed():
        async with database.transaction() as db:
            return await correspondence.hand_over(db, case_id, now)

    return handed


@pytest.fixture
def status(database, case_id):
    async def told():
        async with database.reading() as db:
            return await correspondence.status_of(db, case_id)

    return told


@pytest.fixture
def held(database, case_id):
    async def found():
        async with database.transaction() as db:
            return await case.hold(db, case_id)

    return found


@pytest.fixture
def thread(database, secretary, case_id):
    async def read():
        async with database.reading() as db:
            private = await keyholders.open_subject(
                db, case_id, secretary.member.id, secretary.private
            )
            return await correspondence.thread(db, case_id, private)

    return read


@pytest.fixture
def due(database):
    async def claimed(when):
        async with database.transaction() as db:
            found = await followups.claim_due(db, when, limit=99, by="w")
        return sorted(each.kind for each in found)

    return claimed


async def _met(database, case_id):
    async with database.reading() as db:
        found = await deadlines.of_case(db, case_id)
    return {each.step for each in found if each.met_at is not None}


# --- the secretariat writes ---------------------------------------------------------------------


async def test_an_answer_stands_in_the_thread_under_its_writer(answer, thread, secretary):
    entry_id = await answer("We come on Monday.")
    entry = (await thread())[-1].entry
    assert (entry.id, entry.text) == (entry_id, "We come on Monday.")
    assert (entry.author, entry.audience) == (secretary.member.id, Audience.REPORTER)


async def test_only_the_sender_opens_the_copy_that_travels(answer, hand_over, keyring):
    await answer("We come on Monday.")
    (body,) = await hand_over()
    opened = unseal(keyring.sender_private, body.sealed, context=body.context)
    assert opened == b"We come on Monday."
    assert "Monday" not in repr(body)


async def test_the_first_answer_is_the_acknowledgement(answer, database, case_id, now):
    await answer()
    await answer(when=now + DAY)
    assert await _met(database, case_id) == {Step.ACKNOWLEDGE}
    async with database.reading() as db:
        row = (await db.execute(select(cases).where(cases.c.id == case_id))).one()
    assert (row.acknowledged_at, row.told_at) == (now, now + DAY)


async def test_an_answer_that_follows_a_look_is_feedback(answer, put, database, case_id):
    await put(state=State.IN_REVIEW)
    await answer()
    assert await _met(database, case_id) == {Step.ACKNOWLEDGE, Step.FEEDBACK, Step.TOTAL}


async def test_a_question_is_no_feedback(answer, put, database, case_id):
    await put(state=State.IN_REVIEW)
    await answer("Which shaft?", expects_reply=True)
    assert await _met(database, case_id) == {Step.ACKNOWLEDGE}


async def test_a_reason_for_delay_is_no_feedback(answer, put, database, case_id):
    await put(state=State.IN_REVIEW)
    await answer("It takes longer.", feedback=False)
    assert await _met(database, case_id) == {Step.ACKNOWLEDGE}


async def test_a_question_makes_a_case_in_review_wait(answer, put, held):
    await put(state=State.IN_REVIEW)
    await answer("Which shaft?", expects_reply=True)
    assert (await held()).state is State.WAITING_REPORTER


async def test_a_question_at_any_other_state_moves_nothing(answer, put, held):
    for state in set(State) - {State.IN_REVIEW}:
        await put(state=state)
        await answer("Which shaft?", expects_reply=True)
        assert (await held()).state is state


async def test_an_answer_is_told_now_and_reminded_of_twice(answer, due, now):
    await answer()
    assert await due(now) == [followups.Kind.ANSWER]
    for wait in NUDGES_AFTER:
        assert await due(now + wait - timedelta(minutes=5)) == [followups.Kind.ANSWER]
        assert followups.Kind.NUDGE in await due(now + wait)


async def test_a_second_answer_doubles_no_reminder(answer, due, now):
    await answer()
    await answer()
    assert await due(now + NUDGES_AFTER[0]) == ["answer", "answer", "nudge"]


async def test_a_note_is_for_staff_and_never_travels(
    database, secretary, case_id, thread, status, now
):
    async with database.transaction() as db:
        await correspondence.note(
            db, member=secretary.member, case_id=case_id, text="Call the chief.", now=now
        )
    entry = (await thread())[-1].entry
    assert (entry.text, entry.audience) == ("Call the chief.", Audience.INTERNAL)
    assert not (await status()).news
    assert await _met(database, case_id) == set()


async def test_what_came_with_an_entry_stands_beside_it(extend, thread):
    await extend("Look.", [Media("f", "photo", "image/jpeg")])
    await extend("No picture.")
    assert [len(view.attachments) for view in await thread()] == [0, 1, 0]


# --- the reporter writes and reads --------------------------------------------------------------


async def test_a_reply_takes_a_waiting_case_back_into_review(extend, put, held):
    await put(state=State.WAITING_REPORTER)
    await extend()
    assert (await held()).state is State.IN_REVIEW


async def test_words_at_any_other_state_are_kept_and_move_nothing(extend, put, held, thread):
    for state in set(State) - {State.WAITING_REPORTER}:
        await put(state=state)
        await extend(f"It is {state}.")
        assert (await held()).state is state
        assert (await thread())[-1].entry.text == f"It is {state}."


async def test_a_code_in_a_reply_is_cut_out(extend, thread, file):
    other = await file()
    await extend(f"{other.code_text} is my code")
    assert (await thread())[-1].entry.text == "[code] is my code"


async def test_replies_at_once_are_all_kept(extend, thread, put, held):
    await put(state=State.WAITING_REPORTER)
    await asyncio.gather(*(extend(str(n)) for n in range(8)))
    assert {view.entry.text for view in await thread()} >= {str(n) for n in range(8)}
    assert (await held()).state is State.IN_REVIEW


async def test_a_reporter_can_ask_to_be_called_later_on(database, case_id, thread, now):
    async with database.transaction() as db:
        await correspondence.ask_call(db, case_id, "+255700000009", now + DAY)
    entry = (await thread())[-1].entry
    assert (entry.kind, entry.text) == (Kind.NUMBER, "+255700000009")
    async with database.reading() as db:
        row = (await db.execute(select(cases).where(cases.c.id == case_id))).one()
    assert (row.callback, row.heard_at) == (True, now + DAY)
    assert "700000009" not in str(tuple(row))


async def test_a_reporter_is_told_where_it_stands(put, status, now):
    for state in State:
        await put(state=state, resolved_at=now)
        assert (await status()).msgid == SAYS[state]


async def test_there_is_news_until_it_is_read(answer, hand_over, status):
    assert not (await status()).news
    await answer()
    assert (await status()).news
    await hand_over()
    assert not (await status()).news


async def test_answers_are_handed_over_oldest_first(answer, hand_over):
    written = [await answer(str(n)) for n in range(5)]
    assert [body.entry_id for body in await hand_over()] == written


async def test_an_answer_is_handed_over_once_to_one_of_many(answer, hand_over):
    await answer()
    handed = await asyncio.gather(*(hand_over() for _ in range(8)))
    assert sum(map(len, handed)) == 1


async def test_what_was_read_is_marked_and_no_longer_announced(
    answer, hand_over, thread, due, now
):
    await answer()
    await hand_over()
    assert (await thread())[-1].entry.read_at == now
    assert await due(now) == []
    assert await due(now + NUDGES_AFTER[0]) == []


async def test_what_was_handed_over_is_gone_from_the_table(answer, hand_over, database):
    await answer()
    await hand_over()
    async with database.reading() as db:
        assert (await db.execute(select(unread))).all() == []


async def test_the_newest_open_case_of_a_phone_is_found(database, keyring, file, phone, now):
    await file()
    newest = await file(now=now + DAY)
    ended = await file(now=now + 2 * DAY)
    await file(address=Address("sms", "+255700000002"), now=now + 3 * DAY)
    async with database.transaction() as db:
        await db.execute(
            update(cases).where(cases.c.id == ended.case_id).values(state=State.CLOSED)
        )
        assert await correspondence.newest_open(db, keyring, phone) == newest.case_id


async def test_the_case_that_waits_for_a_call_is_found(database, keyring, file, phone, now):
    await file(callback_number=phone.value)
    latest = await file(callback_number=phone.value, now=now + DAY)
    await file(now=now + 2 * DAY)
    ended = await file(callback_number=phone.value, now=now + 3 * DAY)
    async with database.transaction() as db:
        await db.execute(
            update(cases).where(cases.c.id == ended.case_id).values(state=State.CLOSED)
        )
        waits = await correspondence.waits_for_call(db, keyring, phone)
        assert waits == (latest.case_id, now + DAY)
        await correspondence.ask_call(db, latest.case_id, phone.value, now + 5 * DAY)
        waits = await correspondence.waits_for_call(db, keyring, phone)
        assert waits == (latest.case_id, now + 5 * DAY)


async def test_a_phone_that_asked_for_no_call_waits_for_none(database, keyring, file, phone):
    await file()
    async with database.transaction() as db:
        assert await correspondence.waits_for_call(db, keyring, phone) is None


async def test_a_phone_that_filed_nothing_has_no_case(database, keyring, case_id, phone):
    async with database.transaction() as db:
        other = replace(phone, value="+255700000003")
        assert await correspondence.newest_open(db, keyring, other) is None


# --- the check-in -------------------------------------------------------------------------------


async def test_a_check_asks_only_once_it_was_sent(put, status, database, case_id, now):
    await put(state=State.IMPLEMENTING)
    async with database.transaction() as db:
        await case.move(db, case_id, State.RESOLVED, by=case.Actor.STAFF, actor="x", now=now)
    assert not (await status()).asks
    async with database.transaction() as db:
        first, *_ = await checks.of_case(db, case_id, followups.Kind.CHECK_IN)
        await checks.asked(db, first, now)
    assert (await status()).asks
    async with database.transaction() as db:
        await checks.answered(db, case_id, followups.Kind.CHECK_IN, checks.Answer.YES, now)
    assert not (await status()).asks


# --- the way there ------------------------------------------------------------------------------


@pytest.fixture
def reach(database, keyring, case_id):
    async def reached(keys=keyring):
        async with database.transaction() as db:
            return await correspondence.reach(db, keys, case_id)

    return reached


@pytest.mark.parametrize(("said", "safe"), [(None, False), (False, False), (True, True)])
async def test_a_phone_is_safe_only_when_its_owner_said_so(reach, put, phone, said, safe):
    await put(safe=said)
    assert await reach() == (phone, "en", safe)


async def test_only_the_sender_can_reach_anybody(reach, keyring):
    with pytest.raises(CannotOpen):
        await reach(replace(keyring, route_private=None))


@pytest.fixture
def forget(database):
    async def forgotten(when):
        async with database.transaction() as db:
            return await correspondence.forget_ended(db, when)

    return forgotten


@pytest.mark.parametrize("state", [State.CLOSED, State.WITHDRAWN])
async def test_the_address_is_erased_within_a_day_of_the_end(
    answer, put, forget, reach, database, due, now, state
):
    await answer()
    await put(state=state, moved_at=now)
    assert await forget(now + FORGET_AFTER - timedelta(seconds=1)) == 0
    assert await forget(now + FORGET_AFTER) == 1
    assert await forget(now + FORGET_AFTER) == 0
    assert await reach() is None
    async with database.transaction() as db:
        assert (await (await db.routes()).execute(select(routes))).all() == []
    assert await due(now + 3 * DAY) == []


async def test_who_is_still_asked_whether_they_are_well_keeps_a_way_back(
    put, forget, reach, database, case_id, now
):
    await put(state=State.CLOSED, moved_at=now)
    async with database.transaction() as db:
        await checks.plan(db, case_id, followups.Kind.RETALIATION, (30,), now)
    assert await forget(now + 29 * DAY) == 0
    async with database.transaction() as db:
        (last,) = await checks.of_case(db, case_id, followups.Kind.RETALIATION)
        await checks.asked(db, last, now + 30 * DAY)
    assert await forget(now + 31 * DAY) == 0
    async with database.transaction() as db:
        await checks.give_up(db, last, now + 37 * DAY)
    assert await forget(now + 37 * DAY) == 1
    assert await reach() is None


async def test_the_address_of_any_other_case_stays(put, forget, reach, now):
    for state in set(State) - {State.CLOSED, State.WITHDRAWN}:
        await put(state=state, moved_at=now)
        assert await forget(now + 30 * DAY) == 0
    assert await reach() is not None
