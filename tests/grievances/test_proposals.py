from datetime import timedelta

import pytest
from sqlalchemy import select, update

from forum import keyholders
from grievances import case, caseload, deadlines, entries, proposals, succession
from grievances.case import NoSuchCase, Turn, cases
from grievances.deadlines import Step
from grievances.filters import Filter, Show
from grievances.proposals import Word
from grievances.states import Actor, NotAllowed, State
from vault.seals import CannotOpen


@pytest.fixture
def stands(database):
    """A case that stands somewhere."""

    async def put(filed, state):
        async with database.transaction() as db:
            its = cases.c.id == filed.case_id
            await db.execute(update(cases).where(its).values(state=state))
        return filed

    return put


@pytest.fixture
def says(database, now):
    async def said(filed, word):
        async with database.transaction() as db:
            await proposals.answered(db, filed.case_id, word, now=now)

    return said


@pytest.fixture
def state_of(database):
    async def state(filed):
        async with database.reading() as db:
            its = select(cases.c.state).where(cases.c.id == filed.case_id)
            return State((await db.execute(its)).scalar_one())

    return state


@pytest.fixture
def thread(database, secretary):
    async def read(filed):
        async with database.reading() as db:
            key = await keyholders.open_subject(
                db, filed.case_id, secretary.member.id, secretary.private
            )
            return [entry.text for entry in await entries.read(db, filed.case_id, key)]

    return read


@pytest.mark.parametrize(
    ("word", "to"),
    [
        (Word.YES, State.AGREED),
        (Word.NO, State.IN_REVIEW),
        (Word.TALK, State.IN_REVIEW),
        (Word.APPEAL, State.APPEALED),
    ],
)
async def test_the_case_goes_on_by_the_reporters_word(
    secretary, file, stands, says, state_of, thread, database, word, to
):
    filed = await stands(await file(), State.PROPOSED)
    await says(filed, word)
    assert await state_of(filed) is to
    said = (await thread(filed))[-1]
    assert "proposal" in said or "others decide" in said
    async with database.reading() as db:
        (move,) = await case.history(db, filed.case_id)
    assert (move.word_of, move.actor) == (Actor.REPORTER, "reporter")


@pytest.mark.parametrize("state", sorted(set(State) - {State.PROPOSED}))
async def test_a_word_that_comes_too_late_is_kept_and_moves_nothing(
    secretary, file, stands, says, state_of, thread, state
):
    filed = await stands(await file(), state)
    await says(filed, Word.YES)
    assert await state_of(filed) is state
    assert (await thread(filed))[-1] == "The reporter agrees to the proposal."


async def test_of_two_words_the_first_counts_and_both_are_kept(
    secretary, file, stands, says, state_of, thread
):
    filed = await stands(await file(), State.PROPOSED)
    await says(filed, Word.YES)
    await says(filed, Word.NO)
    assert await state_of(filed) is State.AGREED
    assert len([text for text in await thread(filed) if "proposal" in text]) == 2


async def test_a_word_brings_the_case_back_to_whoever_has_it(
    secretary, file, stands, says, database, now
):
    filed = await stands(await file(), State.PROPOSED)
    async with database.transaction() as db:
        await db.execute(update(cases).values(told_at=now))
    await says(filed, Word.TALK)
    async with database.reading() as db:
        assert (await db.execute(select(cases.c.heard_at))).scalar_one() == now


async def test_there_is_such_a_case(says):
    class Nowhere:
        case_id = "0" * 32

    with pytest.raises(NoSuchCase):
        await says(Nowhere, Word.YES)


@pytest.fixture
def proposed(database, file, stands, handler, secretary, now):
    """A case whose handler has proposed something, with the key to it; feedback was given."""

    async def made():
        filed = await stands(await file(), State.PROPOSED)
        async with database.transaction() as db:
            await case.change(db, filed.case_id, assignee=handler.member.id)
            await keyholders.grant(
                db,
                to=handler.member,
                by=secretary.member.id,
                by_private=secretary.private,
                subjects=[filed.case_id],
                now=now,
            )
            await deadlines.meet(db, filed.case_id, [Step.FEEDBACK, Step.TOTAL], now)
        return filed

    return made


@pytest.fixture
def held(database):
    async def found(filed):
        async with database.transaction() as db:
            return await case.hold(db, filed.case_id)

    return found


@pytest.fixture
def notes(database, secretary, now):
    async def noted(filed, word, by=secretary):
        async with database.transaction() as db:
            await proposals.noted(db, filed.case_id, word, by=by.member, now=now)

    return noted


async def clocks_of(database, filed):
    async with database.reading() as db:
        return {one.step: one for one in await deadlines.of_case(db, filed.case_id)}


@pytest.mark.parametrize("way", ["said", "noted"])
async def test_after_a_no_another_handler_looks_at_it(
    proposed, says, notes, held, handler, secretary, database, now, way
):
    filed = await proposed()
    await (says if way == "said" else notes)(filed, Word.NO)
    after = await held(filed)
    assert (after.assignee, after.turn) == (None, Turn.REFUSED)
    clocks = await clocks_of(database, filed)
    assert clocks[Step.FEEDBACK].due_at == now + timedelta(days=21)
    assert clocks[Step.TOTAL].met_at == now
    async with database.reading() as db:
        assert handler.member.id not in await succession.eligible(db, filed.case_id)
        assert await caseload.find(db, handler.member, filed.reference) is None
        with pytest.raises(CannotOpen):
            await keyholders.open_subject(db, filed.case_id, handler.member.id, handler.private)
        listed = await caseload.queue(
            db, secretary.member, now=now, chosen=Filter(show=Show.UNASSIGNED)
        )
    assert [(row.reference, row.turn) for row in listed.rows] == [(filed.reference, Turn.REFUSED)]


async def test_to_talk_first_leaves_it_with_the_handler(proposed, says, held, handler, database):
    filed = await proposed()
    await says(filed, Word.TALK)
    after = await held(filed)
    assert (after.assignee, after.turn) == (handler.member.id, None)
    assert (await clocks_of(database, filed))[Step.FEEDBACK].met_at is not None


async def test_what_a_member_notes_moves_it_on_their_word(
    proposed, notes, thread, database, secretary
):
    filed = await proposed()
    await notes(filed, Word.YES)
    async with database.reading() as db:
        (move,) = await case.history(db, filed.case_id)
    assert (move.word_of, move.actor) == (Actor.STAFF, secretary.member.id)
    assert "told us" in (await thread(filed))[-1]


@pytest.mark.parametrize("word", Word)
async def test_a_member_notes_nothing_where_nothing_is_proposed(file, notes, thread, word):
    filed = await file()
    before = await thread(filed)
    with pytest.raises(NotAllowed):
        await notes(filed, word)
    assert await thread(filed) == before
