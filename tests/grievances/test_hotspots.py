from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from grievances import hotspots
from grievances.states import State
from tests.support.lives import Move, lives, write

DAY = timedelta(days=1)
NORTH = {"site": "a" * 32, "district": "North", "category": "WATER"}


@pytest.fixture
def spots(database, now, secretary):
    async def found(made, person=None):
        async with database.transaction() as db:
            await write(db, made)
        async with database.reading() as db:
            return await hotspots.hot_spots(db, (person or secretary).member, now)

    return found


@pytest.fixture
def cases(now):
    """Make one case so many days ago each, alike but for what is given."""

    def made(*ago, start=0, **facts):
        (life,) = lives(now, 1)
        plain = {"moves": [], "clocks": {}, "acknowledged_at": None, "checks": []}
        alike = {**plain, **NORTH, "quarantine": False, **facts}
        return [
            replace(life, id=f"{start + n:032x}", received_at=now - days * DAY, **alike)
            for n, days in enumerate(ago)
        ]

    return made


@pytest.mark.parametrize(
    ("recent", "earlier", "hot"),
    [
        ((1, 2), (), False),  # two are not three
        ((1, 2, 29), (), True),
        ((1, 2, 30), (), False),  # thirty days are over
        ((1, 2, 3), range(31, 40), True),  # nine in 180 days are 1.5 in 30; three are twice that
        ((1, 2, 3), range(31, 41), False),
        ((1, 2, 3), range(211, 300), True),  # older than is looked at
    ],
)
async def test_a_hot_spot_has_three_and_twice_the_usual(spots, cases, recent, earlier, hot):
    found = await spots([*cases(*recent), *cases(*earlier, start=100)])
    assert bool(found) is hot


async def test_a_hot_spot_says_where_and_how_many(spots, cases):
    (spot,) = await spots([*cases(1, 2, 3, 4), *cases(100, 150, 200, start=50)])
    assert (spot.site, spot.district, spot.category) == ("Site a", "North", "WATER")
    assert (spot.recent, spot.usual) == (4, 0.5)


@pytest.mark.parametrize("facts", [{"site": None}, {"category": None}])
async def test_what_has_no_site_or_category_is_in_none(spots, cases, facts):
    assert await spots(cases(1, 2, 3, 4, **facts)) == []


async def test_a_duplicate_is_no_further_case(spots, cases, now):
    ended = Move(now, State.RECEIVED, State.DUPLICATE, "staff")
    assert await spots([*cases(1, 2), *cases(3, 4, start=9, moves=[ended])]) == []


async def test_a_handler_sees_the_hot_spots_of_their_own(spots, cases, handler):
    made = [*cases(1, 2, 3), *cases(4, 5, start=9, assignee=handler.member.id)]
    assert await spots(made, handler) == []


async def test_the_hottest_comes_first_and_sites_are_apart(spots, now):
    made = lives(now, 400, days=60)
    found = await spots(made)
    by_hand = Counter(
        (life.site, life.category)
        for life in made
        if life.received_at > now - 30 * DAY and life.state is not State.DUPLICATE
    )
    assert found
    assert [spot.recent for spot in found] == sorted((s.recent for s in found), reverse=True)
    for spot in found:
        assert by_hand[spot.site[-1] * 32, spot.category] == spot.recent


@pytest.mark.parametrize(
    ("recent", "earlier", "nth"),
    [
        ((1, 2), (), [None, None]),  # no hot spot
        ((1, 2, 29), (), [3, 2, 1]),
        ((1, 2, 3, 31), (), [3, 2, 1, None]),  # the last is too old to be told of
        ((1, 2, 3), range(31, 41), [None] * 3),
    ],
)
async def test_a_case_has_its_place_in_a_hot_spot(
    spots, cases, secretary, database, now, recent, earlier, nth
):
    made = cases(*recent)
    await spots([*made, *cases(*earlier, start=100)])
    async with database.reading() as db:
        found = [await hotspots.repeated(db, secretary.member, life.id, now) for life in made]
    assert [each and each.nth for each in found] == nth


async def test_of_a_hot_spot_that_somebody_may_not_see_they_hear_nothing(
    spots, cases, handler, database, now
):
    made = [*cases(1, 2), *cases(3, start=9, assignee=handler.member.id)]
    await spots(made)
    async with database.reading() as db:
        assert await hotspots.repeated(db, handler.member, made[-1].id, now) is None
