from datetime import timedelta

import pytest
from sqlalchemy import select

from forum import audit, bodies, keyholders
from forum.members import Role
from grievances import caseload, exclusions, referrals
from grievances.exclusions import Why
from grievances.referrals import PAGE, WAYS, Nowhere, Status, TooLate
from grievances.states import NotAllowed, State

COURT = "c" * 32


@pytest.fixture(autouse=True)
async def court(database):
    async with database.transaction() as db:
        row = {"id": COURT, "name": "Labour court", "kind": "labour"}
        await db.execute(bodies.bodies.insert().values(row))


@pytest.fixture
def send(database, secretary, now):
    async def sent(filed, body=COURT, place="", when=now):
        async with database.transaction() as db:
            given = {"by": secretary.member, "now": when}
            return await referrals.send(db, filed.case_id, body_id=body, place=place, **given)

    return sent


@pytest.fixture
def change(database, secretary, now):
    async def changed(filed, referral, status, note=""):
        async with database.transaction() as db:
            given = {"by": secretary.member, "note": note, "now": now}
            return await referrals.change(db, filed.case_id, referral, status, **given)

    return changed


@pytest.fixture
def look(database, secretary):
    async def found(filed):
        async with database.reading() as db:
            who = secretary.member.id
            key = await keyholders.open_subject(db, filed.case_id, who, secretary.private)
            kept = await referrals.of_case(db, filed.case_id)
            row = await caseload.find(db, secretary.member, filed.reference)
            return [one.opened(key) for one in kept], row.state

    return found


@pytest.fixture
def listed(database, secretary):
    async def of(person=secretary, **which):
        async with database.reading() as db:
            return await referrals.listed(db, person.member, **which)

    return of


async def test_what_is_sent_elsewhere_is_followed(file, send, look, now):
    filed = await file()
    await send(filed, place="Room 4, ask for the registrar")
    (one,), state = await look(filed)
    assert state is State.REDIRECTED
    assert (one.body_name, one.place) == ("Labour court", "Room 4, ask for the registrar")
    assert (one.status, one.sent_at, one.note) == (Status.SENT, now, None)


async def test_it_goes_to_a_body_or_to_a_place_in_words(file, send, look):
    filed = await file()
    with pytest.raises(Nowhere):
        await send(filed, body=None)
    await send(filed, body=None, place="The chief of the village")
    (one,), _ = await look(filed)
    assert (one.body_name, one.place) == (None, "The chief of the village")


async def test_what_was_written_of_it_is_sealed(file, send, change, database):
    filed = await file()
    made = await send(filed, place="The chief")
    await change(filed, made, Status.ACCEPTED, "He will call them.")
    async with database.reading() as db:
        (row,) = await db.execute(select(referrals.referrals))
        (one,) = await referrals.of_case(db, filed.case_id)
    assert b"chief" not in row.place
    assert b"call" not in row.note
    assert (one.opened(None).place, one.opened(bytes(32)).note) == (None, None)


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("after", Status)
async def test_only_what_the_table_says_becomes_of_it(file, send, change, look, before, after):
    filed = await file()
    made = await send(filed)
    if before is not Status.SENT:
        await change(filed, made, before)
    if after in WAYS[before]:
        await change(filed, made, after)
    else:
        with pytest.raises(TooLate):
            await change(filed, made, after)
    (one,), _ = await look(filed)
    assert one.status is (after if after in WAYS[before] else before)


async def test_what_is_rejected_comes_back(file, send, change, look):
    filed = await file()
    made = await send(filed)
    assert await change(filed, made, Status.REJECTED, "Not in their district.")
    (one,), state = await look(filed)
    assert (one.note, state) == ("Not in their district.", State.REOPENED)


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.DONE])
async def test_what_is_accepted_or_done_stays_where_it_is(file, send, change, look, status):
    filed = await file()
    assert not await change(filed, await send(filed), status)
    assert (await look(filed))[1] is State.REDIRECTED


async def test_a_referral_of_another_case_is_none(file, send, change):
    filed, other = await file(), await file()
    made = await send(filed)
    with pytest.raises(TooLate):
        await change(other, made, Status.DONE)


async def test_a_case_is_not_sent_twice(file, send, look):
    filed = await file()
    await send(filed)
    with pytest.raises(NotAllowed):
        await send(filed)
    assert len((await look(filed))[0]) == 1


async def test_every_change_is_written_down(file, send, change, database):
    filed = await file()
    made = await send(filed)
    await change(filed, made, Status.ACCEPTED)
    await change(filed, made, Status.REJECTED)
    async with database.reading() as db:
        acts = [line.act for line in await audit.recent(db) if line.act.startswith("referral.")]
    assert acts == ["referral.rejected", "referral.accepted", "referral.sent"]


async def test_the_list_is_by_status_and_age(file, send, change, listed, now):
    old, fresh = await file(), await file()
    month = now - timedelta(days=30)
    first, second = await send(old, when=month), await send(fresh)
    assert [one.id for one in (await listed()).rows] == [first, second]
    await change(fresh, second, Status.DONE)
    assert [one.id for one in (await listed()).rows] == [first]
    done = await listed(statuses={Status.DONE})
    assert [one.id for one in done.rows] == [second]
    everything = await listed(statuses=set(Status), sent_before=now - timedelta(days=7))
    assert [one.id for one in everything.rows] == [first]


async def test_the_list_has_pages_and_none_twice(file, send, listed):
    made = [await send(await file()) for _ in range(PAGE + 2)]
    first = await listed()
    second = await listed(page=first.next)
    assert sorted(one.id for page in (first, second) for one in page.rows) == sorted(made)
    assert (len(second.rows), second.next) == (2, None)
    for damaged in ("", "x", "2026-01-01_a", "_"):
        assert len((await listed(page=damaged)).rows) == PAGE


async def test_who_is_kept_out_sees_no_referral(file, send, listed, join, database, now):
    filed = await file()
    await send(filed)
    other = await join("other@example.org")
    blind = await join("blind@example.org", Role.OFFICIAL)
    assert len((await listed(other)).rows) == 1
    async with database.transaction() as db:
        ids = [filed.case_id], [other.member.id]
        await exclusions.exclude(db, *ids, Why.NAMED, by="x", now=now)
    assert (await listed(other)).rows == []
    assert (await listed(blind)).rows == []
