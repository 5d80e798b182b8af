from dataclasses import replace
from datetime import timedelta

import pytest

from outreach import populations
from outreach.populations import Population, Wrong


@pytest.fixture
async def told(ground):
    return Population(await ground.site("KB12"), "sw", 400, "Count of 2025", ground.today)


async def test_what_is_stated_again_takes_the_place_of_what_was(ground, told):
    for people in (400, 250, 0):
        again = replace(told, people=people)
        await ground.do(populations.state, again, by="system", today=ground.today)
    assert await ground.read(populations.every) == {(told.site_id, "sw"): again}


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("site_id", "0" * 32, "site"),
        ("language", "xx", "language"),
        ("people", -1, "people"),
        ("people", populations.MOST + 1, "people"),
        ("source", "", "source"),
        ("source", "x" * 201, "source"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_its_field(ground, told, field, value, name):
    with pytest.raises(Wrong) as error:
        wrong = replace(told, **{field: value})
        await ground.do(populations.state, wrong, by="system", today=ground.today)
    assert error.value.fields == {name}


async def test_nobody_counts_tomorrow(ground, told):
    ahead = replace(told, as_of=ground.today + timedelta(days=1))
    with pytest.raises(Wrong):
        await ground.do(populations.state, ahead, by="system", today=ground.today)
