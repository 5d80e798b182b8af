import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from forum import audit
from grievances import exclusions, links
from grievances.case import NoSuchCase, cases
from grievances.exclusions import Why
from grievances.links import CannotJoin, Kind, NoSuchLink


@pytest.fixture
async def pair(file):
    return await file(), await file()


@pytest.fixture
def link(database, now):
    """Link two filed cases; a member's id or «system» says so."""

    async def joined(one, other, kind=Kind.RELATED, by="system"):
        async with database.transaction() as db:
            return await links.join(db, one.case_id, other.case_id, kind, by=by, now=now)

    return joined


@pytest.fixture
def undo(database, now):
    async def undone(link, by="system"):
        async with database.transaction() as db:
            await links.undo(db, link, by=by, now=now + timedelta(hours=1))

    return undone


@pytest.fixture
def seen(database):
    async def of(person, filed):
        async with database.reading() as db:
            return list(await links.of_case(db, person.member, filed.case_id))

    return of


@pytest.mark.parametrize("kind", Kind)
async def test_a_link_is_seen_from_both_its_ends(pair, link, seen, secretary, now, kind):
    made = await link(*pair, kind, secretary.member.id)
    (there,), (back,) = await seen(secretary, pair[0]), await seen(secretary, pair[1])
    assert (there.id, there.kind, there.reference) == (made, kind, pair[1].reference)
    assert (back.id, back.kind, back.reference) == (made, kind, pair[0].reference)
    assert (there.follows, back.follows) == (True, False)
    assert (there.by, there.at, there.received_at) == (secretary.member.id, now, now)


async def test_who_may_not_see_one_case_sees_no_link_to_it(
    pair, link, seen, secretary, handler, database, now
):
    await link(*pair)
    assert await seen(handler, pair[0]) == []  # neither is assigned to them
    async with database.transaction() as db:
        mine = update(cases).where(cases.c.id == pair[1].case_id)
        await db.execute(mine.values(assignee=handler.member.id))
    assert [one.reference for one in await seen(handler, pair[0])] == [pair[1].reference]
    assert await seen(handler, pair[1]) == []
    async with database.transaction() as db:
        out = [pair[1].case_id], [secretary.member.id], Why.NAMED
        await exclusions.exclude(db, *out, by=handler.member.id, now=now)
    assert await seen(secretary, pair[0]) == []


@pytest.mark.parametrize("kind", Kind)
async def test_no_case_is_linked_to_itself(pair, link, kind):
    with pytest.raises(CannotJoin):
        await link(pair[0], pair[0], kind)


async def test_what_was_said_already_is_not_said_twice(pair, link, seen, secretary):
    there, back = await link(*pair), await link(*reversed(pair))
    assert there == back
    assert len(await seen(secretary, pair[0])) == 1
    assert await link(*pair, Kind.DUPLICATE) == await link(*pair, Kind.DUPLICATE)
    after, before = await link(*pair, Kind.RETALIATION), await link(*pair[::-1], Kind.RETALIATION)
    assert after != before  # which came after which is another matter
    assert len(await seen(secretary, pair[0])) == 4


async def test_no_chain_of_duplicates_goes_round(file, link):
    first, second, third = [await file() for _ in range(3)]
    await link(first, second, Kind.DUPLICATE)
    await link(second, third, Kind.DUPLICATE)
    for other in (first, second):
        with pytest.raises(CannotJoin):
            await link(third, other, Kind.DUPLICATE)


async def test_a_case_follows_one_other_at_most(file, link):
    first, second, third = [await file() for _ in range(3)]
    await link(first, second, Kind.DUPLICATE)
    with pytest.raises(CannotJoin):
        await link(first, third, Kind.DUPLICATE)
    await link(third, first, Kind.DUPLICATE)  # but many may follow it


async def test_two_who_would_close_a_circle_at_once_do_not(file, link, database):
    a, b, c, d = [await file() for _ in range(4)]
    await link(a, b, Kind.DUPLICATE)
    await link(c, d, Kind.DUPLICATE)
    both = [link(b, c, Kind.DUPLICATE), link(d, a, Kind.DUPLICATE)]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sum(isinstance(each, str) for each in outcomes) == 1
    async with database.reading() as db:
        count = select(func.count()).select_from(links.links)
        assert (await db.execute(count)).scalar_one() == 3


async def test_of_a_case_that_is_none_nothing_is_said(pair, database, now):
    for ends in ((pair[0].case_id, "0" * 32), ("0" * 32, pair[0].case_id)):
        with pytest.raises(NoSuchCase):
            async with database.transaction() as db:
                await links.join(db, *ends, Kind.RELATED, by="system", now=now)


async def test_a_link_taken_back_is_gone_and_may_be_made_again(pair, link, undo, seen, secretary):
    made = await link(*pair, Kind.DUPLICATE)
    await undo(made, secretary.member.id)
    assert await seen(secretary, pair[0]) == await seen(secretary, pair[1]) == []
    with pytest.raises(NoSuchLink):
        await undo(made)
    assert await link(*pair, Kind.DUPLICATE) != made


async def test_who_linked_and_who_took_it_back_is_audited_at_both(
    pair, link, undo, secretary, database
):
    await undo(await link(*pair, Kind.RELATED, secretary.member.id), secretary.member.id)
    async with database.reading() as db:
        acts = await audit.recent(db)
        row = (await db.execute(select(links.links))).one()
    by = secretary.member.id
    for each in pair:
        of_one = [act for act in acts if act.subject == each.case_id and "linked" in act.act]
        told = [(act.act, act.actor) for act in reversed(of_one)]
        assert told == [("case.linked.related", by), ("case.unlinked.related", by)]
    assert row.undone_by == secretary.member.id
    assert row.undone_at > row.at
