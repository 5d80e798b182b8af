from datetime import UTC

import pytest

from grievances import inflow
from grievances.periods import weeks_up_to
from grievances.states import ENDED
from tests.support.lives import lives, write


@pytest.fixture
async def made(database, now, secretary, handler):
    many = lives(now, 300, handlers=[handler.member.id])
    async with database.transaction() as db:
        await write(db, many)
    return many


def was_open(life, at):
    """Whether a case was open at a moment, from its history alone."""
    if life.received_at >= at:
        return False
    states = [move.state for move in life.moves if move.at < at]
    return not states or states[-1] not in ENDED


def by_hand(made, weeks):
    for week in weeks:
        came = [life for life in made if week.starts <= life.received_at < week.ends]
        moves = [m for life in made for m in life.moves if week.starts <= m.at < week.ends]
        ended = [m for m in moves if m.state in ENDED and m.present not in ENDED]
        again = [m for m in moves if m.present in ENDED and m.state not in ENDED]
        still = [life for life in made if was_open(life, week.ends)]
        yield len(came), len(ended), len(again), len(still)


def counts(flows):
    return [(flow.received, flow.ended, flow.reopened, flow.open) for flow in flows]


@pytest.mark.parametrize("count", [1, 13, 52])
async def test_every_week_is_what_its_cases_say(made, database, secretary, now, count):
    weeks = weeks_up_to(now, UTC, count)
    async with database.reading() as db:
        found = await inflow.flows(db, secretary.member, weeks)
    assert [flow.week for flow in found] == weeks
    assert counts(found) == list(by_hand(made, weeks))


async def test_the_dice_made_every_kind_of_event(made, database, secretary, now):
    async with database.reading() as db:
        found = await inflow.flows(db, secretary.member, weeks_up_to(now, UTC, 52))
    sums = [sum(column) for column in zip(*counts(found), strict=True)]
    assert all(sums)


async def test_a_handler_sees_the_flow_of_their_own(made, database, handler, now):
    given = [life for life in made if life.assignee and not life.quarantine]
    theirs = [life for life in given if life.category != "ABUSE"]  # no focal point of the lane
    weeks = weeks_up_to(now, UTC, 26)
    async with database.reading() as db:
        found = await inflow.flows(db, handler.member, weeks)
    assert counts(found) == list(by_hand(theirs, weeks))


async def test_with_no_case_every_week_is_empty(database, secretary, now):
    async with database.reading() as db:
        found = await inflow.flows(db, secretary.member, weeks_up_to(now, UTC, 4))
    assert counts(found) == [(0, 0, 0, 0)] * 4
