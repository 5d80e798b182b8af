import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from sqlalchemy import func, select, update

from forum.circulation import TOTAL, Cell
from grievances import releases
from grievances.case import cases
from grievances.periods import Quarter, quarter_of
from grievances.releases import UNKNOWN, Part, counted
from grievances.states import State
from grievances.taxonomy import DEFAULT
from tests.support.lives import add, lives, write
from tests.support.reader import Reader

NEWEST = Quarter(2026, 1)  # ``now`` is a day in May 2026
ORDINARY = Part.ORDINARY


@pytest.fixture
def release_due(database, now):
    async def released(at=now):
        async with database.transaction() as db:
            for quarter, part in await releases.due(db, at, UTC):
                await releases.release(db, quarter, part, at, UTC)

    return released


@pytest.fixture
def tally(database, secretary):
    async def counts(quarter=NEWEST, part=ORDINARY, person=secretary):
        async with database.reading() as db:
            return await releases.tally(db, person.member, quarter, part)

    return counts


@pytest.fixture
async def made(database, now):
    """A year and more of cases; nobody has them."""
    many = lives(now, 300)
    async with database.transaction() as db:
        await write(db, many)
    return many


def waits(life):
    """Whether a case is published a quarter late."""
    return life.category is None or life.category in DEFAULT.grave or life.quarantine


def by_hand(made, quarter, part):
    return Counter(
        Cell(life.district or UNKNOWN, life.category or UNKNOWN)
        for life in made
        if quarter_of(life.received_at, UTC) == quarter
        and life.state is not State.DUPLICATE
        and waits(life) is (part is Part.GRAVE)
    )


def one(made, quarter, n=900, **facts):
    """Return one more case, received in the middle of *quarter*."""
    middle = quarter.ends(UTC) - timedelta(days=45)
    fresh = {"moves": [], "clocks": {}, "acknowledged_at": None, "checks": []}
    life = replace(made[0], id=f"{n:032x}", received_at=middle, **{**fresh, **facts})
    life.start(middle)
    return life


async def test_a_quarter_counts_what_came_in_it(made, release_due, tally):
    await release_due()
    for quarter in (NEWEST, NEWEST.before, NEWEST.before.before):
        assert (await tally(quarter)).counts == by_hand(made, quarter, ORDINARY)


async def test_what_is_grave_or_not_sorted_waits_for_a_quarter_more(made, release_due, tally, now):
    await release_due()
    late = (await tally(NEWEST.before, Part.GRAVE)).counts
    assert late == by_hand(made, NEWEST.before, Part.GRAVE)
    assert late.keys() & {Cell("North", "BRIBE"), Cell("North", "ABUSE")}
    assert not releases.over(NEWEST, Part.GRAVE, now, UTC)
    assert releases.over(NEWEST, Part.GRAVE, NEWEST.next.ends(UTC), UTC)
    assert (await tally(NEWEST, Part.GRAVE)).counts == {}


async def test_nothing_is_out_before_its_quarter_is_over(now):
    assert releases.over(NEWEST, ORDINARY, NEWEST.ends(UTC), UTC)
    assert not releases.over(NEWEST, ORDINARY, NEWEST.ends(UTC) - timedelta(seconds=1), UTC)
    assert not releases.over(NEWEST.next, ORDINARY, now, UTC)


async def test_every_case_is_counted_at_most_once(made, release_due, database, now):
    for months in range(6):
        await release_due(now + timedelta(days=30 * months))
    async with database.reading() as db:
        n = (await db.execute(select(func.count()).select_from(counted))).scalar_one()
    assert n == sum(life.state is not State.DUPLICATE for life in made)


async def test_nothing_is_due_twice(made, release_due, database, now):
    async with database.reading() as db:
        assert await releases.due(db, now, UTC)
    await release_due()
    async with database.reading() as db:
        assert await releases.due(db, now, UTC) == []


async def test_with_no_case_nothing_is_due(database, now):
    async with database.reading() as db:
        assert await releases.due(db, now, UTC) == []


async def test_what_is_late_is_told_before_the_next_quarter_takes_it(made, database, now):
    async with database.reading() as db:
        order = await releases.due(db, now, UTC)
    late, after = (NEWEST.before, Part.GRAVE), (NEWEST, ORDINARY)
    assert order.index(late) + 1 == order.index(after)
    assert order.index((NEWEST.before, ORDINARY)) < order.index(late)


async def test_whoever_releases_second_counts_nothing(made, release_due, tally, database, now):
    await release_due()
    before = (await tally()).counts
    async with database.transaction() as db:
        await add(db, [one(made, NEWEST, category="PAY", quarantine=False)])
        await releases.release(db, NEWEST, ORDINARY, now, UTC)
    assert (await tally()).counts == before


async def test_two_who_look_at_once_count_once(made, release_due, tally):
    await asyncio.gather(*(release_due() for _ in range(4)))
    assert (await tally()).counts == by_hand(made, NEWEST, ORDINARY)
    late = await tally(NEWEST.before, Part.GRAVE)
    assert late.counts == by_hand(made, NEWEST.before, Part.GRAVE)


async def test_a_table_that_is_out_never_changes(made, release_due, tally, database, now):
    """Judged again, put right, or come in late: what was published stays as it was, and safe."""
    await release_due()
    first = releases.reckoned(await tally())
    async with database.transaction() as db:
        await add(db, [one(made, NEWEST, category="PAY", quarantine=False)])
        put_right = {"category": "WATER", "district": "South", "severity": "S1"}
        await db.execute(update(cases).values(put_right))
    await release_due(now + timedelta(days=120))
    again = releases.reckoned(await tally())
    assert again == first
    after = releases.reckoned(await tally(NEWEST.next))
    assert after.table.at("South", "WATER") != 0


async def test_what_came_in_late_is_counted_in_the_next_table(made, release_due, tally, database):
    await release_due()
    late = one(made, NEWEST.before, category="PAY", district="Far", quarantine=False)
    async with database.transaction() as db:
        await add(db, [late])
    await release_due(NEWEST.next.ends(UTC))
    assert (await tally(NEWEST, Part.GRAVE)).counts[Cell("Far", "PAY")] == 1
    assert Cell("Far", "PAY") not in (await tally(NEWEST.before)).counts


async def test_nothing_hidden_follows_from_all_that_was_ever_published(
    made, release_due, tally, now
):
    """The reader holds every table of a year, and each twice: as it was and as it is later."""
    quarters = [NEWEST, NEWEST.before, NEWEST.before.before]
    await release_due()
    shown = {}
    for quarter in quarters:
        for part in Part:
            if releases.over(quarter, part, now, UTC):
                release = releases.reckoned(await tally(quarter, part))
                shown[f"{quarter.name} {part}"] = release.table.counts
    reader = Reader(shown)
    assert reader.hidden
    least = {place: 9 if place[0].endswith(Part.GRAVE) else 4 for place in reader.hidden}
    assert set(least.values()) == {4, 9}
    assert [place for place in reader.hidden if reader.width(place) < least[place]] == []


async def test_a_member_counts_only_what_they_may_see(
    made, release_due, tally, handler, database, join
):
    theirs = [life for life in made if life.category == "PAY" and not life.quarantine]
    async with database.transaction() as db:
        ids = [life.id for life in theirs]
        await db.execute(
            update(cases).where(cases.c.id.in_(ids)).values(assignee=handler.member.id)
        )
    await release_due()
    assert (await tally(person=handler)).counts == by_hand(theirs, NEWEST, ORDINARY)
    assert (await tally()).counts == by_hand(made, NEWEST, ORDINARY)


async def test_a_quiet_district_is_one_with_fewer_than_ten_cases_in_a_year(
    database, now, release_due, tally
):
    base = lives(now, 1)
    plain = {"category": "PAY", "quarantine": False, "site": None}
    many = [
        one(base, quarter, n, district=district, **plain)
        for n, (quarter, district) in enumerate(
            [(NEWEST, "Busy")] * 4
            + [(NEWEST.before, "Busy")] * 6
            + [(NEWEST, "Quiet")] * 9
            + [(Quarter(2025, 1), "Quiet")] * 5,  # more than a year before
            start=100,
        )
    ]
    async with database.transaction() as db:
        await write(db, many)
    await release_due()
    assert (await tally()).quiet == {"North", "South", "Quiet", UNKNOWN}


async def test_a_table_has_a_row_for_every_district_and_a_column_for_every_category(
    made, release_due, tally
):
    await release_due()
    table = releases.reckoned(await tally()).table
    assert table.rows == ["North", "South", UNKNOWN]
    assert len(table.columns) == 11
    assert not {*table.columns} & DEFAULT.grave
    late = releases.reckoned(await tally(NEWEST.before, Part.GRAVE)).table
    assert {*late.columns} >= {*DEFAULT.grave, UNKNOWN}


async def test_what_is_grave_is_hidden_below_ten(made, release_due, tally):
    await release_due()
    late = await tally(NEWEST.before, Part.GRAVE)
    table = releases.reckoned(late).table
    assert late.counts
    assert all(table.counts[cell] is None for cell, n in late.counts.items() if n < 10)


def test_the_grave_categories_are_the_domains():
    assert {"ABUSE", "GUNS", "SOLDIERS", "BRIBE"} == DEFAULT.grave
    assert TOTAL is None
