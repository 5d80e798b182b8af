import pytest
from sqlalchemy import event

from forum.members import Role
from grievances import board, exclusions
from grievances.board import CARDS, USUAL
from grievances.exclusions import Why
from grievances.states import ENDED, OPEN, State
from tests.support.lives import lives, write


@pytest.fixture
async def made(database, now, handler):
    many = lives(now, 300, handlers=[handler.member.id])
    async with database.transaction() as db:
        await write(db, many)
    return many


@pytest.fixture
def columns(database):
    async def seen(person):
        async with database.reading() as db:
            return {each.state: each for each in await board.columns(db, person.member)}

    return seen


def nearest(life):
    return min((clock.due for clock in life.clocks.values() if clock.met is None), default=None)


async def test_every_open_case_is_counted_in_its_column(made, columns, secretary):
    seen = await columns(secretary)
    by_hand = {state: [life for life in made if life.state is state] for state in OPEN}
    assert {state: column.count for state, column in seen.items()} == {
        state: len(several) for state, several in by_hand.items() if several or state in USUAL
    }
    assert not set(seen) & ENDED


async def test_the_cards_are_those_with_the_least_time_left(made, columns, secretary):
    seen = await columns(secretary)
    full = [column for column in seen.values() if column.more]
    assert full
    for column in full:
        theirs = [life for life in made if life.state is column.state]
        far = max(filter(None, map(nearest, made)))
        order = sorted(
            theirs, key=lambda life: (nearest(life) is None, nearest(life) or far, life.id)
        )
        assert [card.id for card in column.cards] == [life.id for life in order[:CARDS]]
        assert column.more == len(theirs) - CARDS


async def test_the_usual_way_stands_there_when_nothing_does(columns, secretary):
    seen = await columns(secretary)
    assert tuple(seen) == USUAL
    assert not any(column.count or column.cards for column in seen.values())


async def test_a_handler_sees_their_own_and_nobody_a_hidden_one(
    made, columns, handler, secretary, database, now, join, file
):
    lead = await join("lead@example.org", Role.LEAD)
    theirs = [
        life
        for life in made
        if life.assignee == handler.member.id
        and not life.quarantine
        and life.state in OPEN
        and life.category != "ABUSE"  # whose lane is closed to them
    ]
    assert sum(column.count for column in (await columns(handler)).values()) == len(theirs)
    hidden = await file()
    before = (await columns(secretary))[State.RECEIVED].count
    async with database.transaction() as db:
        ids = [hidden.case_id], [secretary.member.id]
        await exclusions.exclude(db, *ids, Why.BARRED, by=lead.member.id, now=now)
    after = (await columns(secretary))[State.RECEIVED]
    assert after.count == before - 1
    assert hidden.case_id not in {card.id for card in after.cards}


async def test_a_board_is_two_queries(made, columns, secretary, database):
    asked = []
    engine = database.reader.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    await columns(secretary)
    assert sum(statement.lstrip().startswith("SELECT") for statement in asked) == 2
