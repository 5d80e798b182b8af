import pytest
from sqlalchemy import select, update

from forum import keyholders
from grievances import case, entries, proposals
from grievances.case import NoSuchCase, cases
from grievances.proposals import Word
from grievances.states import Actor, State


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
    [(Word.YES, State.AGREED), (Word.NO, State.IN_REVIEW), (Word.TALK, State.IN_REVIEW)],
)
async def test_the_case_goes_on_by_the_reporters_word(
    secretary, file, stands, says, state_of, thread, database, word, to
):
    filed = await stands(await file(), State.PROPOSED)
    await says(filed, word)
    assert await state_of(filed) is to
    assert "proposal" in (await thread(filed))[-1]
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
