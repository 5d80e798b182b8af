from dataclasses import replace
from datetime import timedelta

import pytest

from forum import audit
from outreach import populations
from outreach.populations import Changed, Population, Wrong
from outreach.vouching import Bar, Barred


@pytest.fixture
async def told(ground):
    return Population(await ground.site("KB12"), "sw", 400, "Count of 2025", ground.today)


async def state(ground, told, by="system"):
    await ground.do(populations.state, told, by=by, today=ground.today)


async def confirm(ground, by=None):
    (one,) = await ground.read(populations.waiting)
    await ground.do(populations.confirm, one.id, by=by or await ground.second())
    return one.id


async def test_what_is_stated_again_and_confirmed_takes_the_place_of_what_was(ground, told):
    key = (told.site_id, "sw")
    before = {}
    for people in (400, 250, 0):
        again = replace(told, people=people)
        await state(ground, again)
        assert await ground.read(populations.every) == before
        await confirm(ground)
        before = {key: again}
        assert await ground.read(populations.every) == before
        assert await ground.read(populations.waiting) == []


async def test_of_two_that_wait_only_the_newer_can_be_confirmed(ground, told):
    await state(ground, told)
    (older,) = await ground.read(populations.waiting)
    await state(ground, replace(told, people=9))
    with pytest.raises(Changed):
        await ground.do(populations.confirm, older.id, by=await ground.second())
    assert await ground.read(populations.moved_at, [told.site_id]) is None
    newer = await confirm(ground)
    assert await ground.read(populations.moved_at, [told.site_id]) == ground.now
    assert await ground.read(populations.moved_at, ["0" * 32]) is None
    with pytest.raises(Changed):
        await ground.do(populations.confirm, newer, by=await ground.second())
    assert [one.people for one in (await ground.read(populations.every)).values()] == [9]
    acts = [line.act for line in await ground.read(audit.recent)]
    assert acts == ["population.confirmed", "population.stated", "population.stated"]


async def test_who_stated_it_is_no_second_person(ground, told, rehema):
    await state(ground, told, by=rehema.id)
    with pytest.raises(Barred) as error:
        await confirm(ground, by=rehema)
    assert error.value.why is Bar.AUTHOR
    assert await ground.read(populations.every) == {}


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
        await state(ground, wrong)
    assert error.value.fields == {name}


async def test_nobody_counts_tomorrow(ground, told):
    ahead = replace(told, as_of=ground.today + timedelta(days=1))
    with pytest.raises(Wrong):
        await state(ground, ahead)
