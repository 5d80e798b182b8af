"""Two people where two are needed: every way that one alone could try, and what stops it."""

import asyncio
from datetime import timedelta

import pytest

from channels.base import Address
from channels.broadcasts import State as Leaving
from forum import audit, members
from forum.members import Role
from outreach import announcements, approvals, steering, trials
from outreach.announcements import Changed, State, Words
from outreach.approvals import Outcome, Refusal, Refused
from outreach.audiences import Audience
from outreach.schedules import Schedule
from outreach.terms import ALONE_UP_TO
from tests.support.newsroom import HOUR, TEXTS

MANY = ALONE_UP_TO + 1


@pytest.fixture
async def many(room):
    await room.list_people((MANY, "sms", "en"))


async def state(room, made):
    return (await room.find(made)).state


async def refused(attempt):
    with pytest.raises(Refused) as told:
        await attempt
    return told.value.why


async def outcomes(room, made):
    async with room.database.reading() as reads:
        return [one.outcome for one in await approvals.of(reads, made)]


# --- as it is meant -----------------------------------------------------------------------------


async def test_another_person_lets_it_leave(room, rehema, joseph, many):
    made = await room.write(rehema)
    await room.ask(made, rehema)
    assert await state(room, made) == State.ASKED
    await room.approve(made, joseph)
    this = await room.find(made)
    assert (this.state, this.moved_by) == (State.APPROVED, joseph.id)
    async with room.database.reading() as reads:
        (one,) = await approvals.of(reads, made)
        acts = [act.act for act in await audit.recent(reads, limit=3)]
    assert (one.people, one.asked_by, one.decided_by) == (MANY, rehema.id, joseph.id)
    assert acts == ["broadcast.approved", "broadcast.asked", "broadcast.written"]


async def test_to_a_few_one_person_writes_alone(room, rehema):
    await room.list_people((ALONE_UP_TO, "sms", "en"))
    made = await room.write(rehema)
    await room.alone(made, rehema)
    assert await state(room, made) == State.APPROVED
    assert await outcomes(room, made) == [Outcome.ALONE]


async def test_it_is_declined_and_written_anew(room, rehema, joseph, many):
    made = await room.write(rehema)
    await room.ask(made, rehema)
    assert await refused(room.do(approvals.decline, made, by=rehema)) == Refusal.AUTHOR
    await room.do(approvals.decline, made, by=joseph)
    assert await state(room, made) == State.DRAFT
    await room.let_go(made, rehema, joseph)
    assert await outcomes(room, made) == [Outcome.APPROVED, Outcome.DECLINED]


async def test_who_asked_takes_it_back(room, rehema, joseph, many):
    made = await room.write(rehema)
    await room.ask(made, rehema)
    await room.do(approvals.withdraw, made, by=rehema)
    assert await state(room, made) == State.DRAFT
    with pytest.raises(Changed):
        await room.approve(made, joseph)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"texts": {(0, "fr"): Words("Seulement.")}}, Refusal.UNFIT),
        ({"audience": Audience(languages=frozenset({"zz"}))}, Refusal.NOBODY),
        ({"schedule": Schedule(times=3)}, Refusal.UNFIT),
    ],
)
async def test_what_is_not_whole_is_not_asked_for(room, rehema, many, changes, why):
    made = await room.write(rehema, **changes)
    assert await refused(room.ask(made, rehema)) == why


async def test_what_is_over_is_not_asked_for(room, rehema, many):
    past = room.now.date() - timedelta(days=9)
    made = await room.write(rehema, schedule=Schedule(day=past, before=(0,)))
    assert await refused(room.ask(made, rehema)) == Refusal.OVER


PHONE = Address("sms", "+255700000100")


async def untried(room, made):
    async with room.database.reading() as reads:
        return (await approvals.of(reads, made))[0].untried


async def test_what_nobody_has_had_on_a_phone_is_asked_for_with_a_reason(
    room, rehema, joseph, many
):
    made = await room.write(rehema)
    assert await refused(room.ask(made, rehema, "")) == Refusal.UNTRIED
    assert await state(room, made) == State.DRAFT
    await room.ask(made, rehema, "The line is down. " * 20)
    assert await untried(room, made) == ("The line is down. " * 20)[: approvals.MOST_UNTRIED]
    await room.do(approvals.decline, made, by=joseph)
    this = await room.find(made)
    given = {"ways": room.office.ways, "by": rehema}
    await room.do(trials.send, room.keyring, this, [PHONE], "fr", **given)
    await room.ask(made, rehema, "")
    assert await untried(room, made) is None


async def test_a_test_of_other_words_is_none(room, rehema, many):
    made = await room.write(rehema)
    this = await room.find(made)
    given = {"ways": room.office.ways, "by": rehema}
    await room.do(trials.send, room.keyring, this, [PHONE], "en", **given)
    await room.do(announcements.say, made, {(0, "en"): Words("20")}, edition=1, by=rehema)
    assert await refused(room.ask(made, rehema, "")) == Refusal.UNTRIED


# --- every way with one -------------------------------------------------------------------------


async def test_many_are_not_written_to_alone(room, rehema, many):
    made = await room.write(rehema)
    assert await refused(room.alone(made, rehema)) == Refusal.SECOND
    assert await state(room, made) == State.DRAFT


async def test_nobody_approves_what_they_wrote_or_asked_for(room, rehema, joseph, many):
    made = await room.write(rehema)
    await room.ask(made, joseph)  # who did not write it
    assert await refused(room.approve(made, rehema)) == Refusal.AUTHOR
    assert await refused(room.approve(made, joseph)) == Refusal.AUTHOR
    assert await state(room, made) == State.ASKED


async def test_a_word_of_one_makes_them_an_author_for_good(room, rehema, joseph, many):
    made = await room.write(rehema)
    await room.do(announcements.say, made, {(0, "sw"): Words("Ada.")}, edition=1, by=joseph)
    await room.do(announcements.say, made, {(0, "sw"): Words("")}, edition=2, by=rehema)
    await room.ask(made, rehema)
    assert await refused(room.approve(made, joseph)) == Refusal.AUTHOR


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICIAL])
async def test_no_other_role_approves(room, rehema, many, role):
    other = await room.member(role)
    made = await room.write(rehema)
    await room.ask(made, rehema)
    assert await refused(room.approve(made, other)) == Refusal.RIGHT


async def test_who_is_removed_and_invited_again_is_the_same_person(room, many):
    admin = await room.member(Role.ADMINISTRATOR)
    author = await room.member(email="rehema@forum.example")
    made = await room.write(author)
    await room.ask(made, author)
    await room.do(members.remove, author.id, by=admin)
    room.now += HOUR
    same = await room.member(email="rehema@forum.example", joined=room.now)
    assert await refused(room.approve(made, same)) == Refusal.AUTHOR
    # Nor under another address: whoever joined after it was written is no second person.
    other_self = await room.member(email="r.juma@forum.example", joined=room.now)
    assert await refused(room.approve(made, other_self)) == Refusal.LATER


async def test_an_author_in_another_role_and_back_is_the_same_person(room, rehema, many):
    admin = await room.member(Role.ADMINISTRATOR)
    made = await room.write(rehema)
    await room.ask(made, rehema)
    for role in (Role.ADMINISTRATOR, Role.OFFICIAL):
        await room.do(members.change_role, rehema.id, role, by=admin)
    assert await refused(room.approve(made, rehema)) == Refusal.AUTHOR


async def test_who_lost_the_right_meanwhile_decides_nothing(room, rehema, joseph, many):
    """What a session remembers of a role does not count."""
    admin = await room.member(Role.ADMINISTRATOR)
    made = await room.write(rehema)
    await room.ask(made, rehema)
    await room.do(members.change_role, joseph.id, Role.AUDITOR, by=admin)
    assert await refused(room.approve(made, joseph)) == Refusal.RIGHT
    await room.do(members.remove, rehema.id, by=admin)
    assert await refused(room.do(approvals.withdraw, made, by=rehema)) == Refusal.RIGHT


async def test_an_edit_voids_what_was_asked_and_what_was_approved(room, rehema, joseph, many):
    made = await room.write(rehema)
    await room.ask(made, rehema)
    seen = await room.content(made)
    await room.do(announcements.say, made, {(0, "en"): Words("20")}, edition=1, by=rehema)
    with pytest.raises(Changed):
        await room.approve(made, joseph, seen)
    await room.let_go(made, rehema, joseph)
    await room.do(announcements.say, made, {(0, "en"): Words("30")}, edition=2, by=rehema)
    assert await state(room, made) == State.DRAFT
    assert await room.tick() == (0, 0, 0)
    await room.ask(made, rehema)
    with pytest.raises(Changed):  # what was seen is not what is asked for now
        await room.approve(made, joseph, seen)
    assert await outcomes(room, made) == [Outcome.ASKED, Outcome.APPROVED, Outcome.VOID]


async def test_a_forged_or_replayed_approval_is_none(room, rehema, joseph, many):
    made, other = await room.write(rehema), await room.write(rehema, title="Other", parts=1)
    await room.ask(made, rehema)
    for forged in ("", "0" * 64):
        with pytest.raises(Changed):
            await room.do(approvals.approve, made, content=forged, office=room.office, by=joseph)
    await room.approve(made, joseph)
    with pytest.raises(Changed):  # once is once
        await room.approve(made, joseph)
    with pytest.raises(Changed):  # nor of something that nobody asked for
        await room.approve(other, joseph)


async def test_approved_once_is_not_approved_again_after_a_change(room, rehema, joseph, many):
    made = await room.write(rehema)
    await room.let_go(made, rehema, joseph)
    seen = await room.content(made)
    await room.do(announcements.say, made, {(0, "en"): Words("20")}, edition=1, by=rehema)
    await room.do(announcements.say, made, TEXTS, edition=2, by=rehema)
    assert await room.content(made) == seen  # the same words as before
    assert await state(room, made) == State.DRAFT
    with pytest.raises(Changed):
        await room.approve(made, joseph, seen)


async def test_edit_and_approval_at_once_leave_no_unseen_word(room, rehema, joseph, many):
    """Whoever comes first, what leaves is what was seen, or nothing does."""
    for n in range(5):
        made = await room.write(rehema)
        await room.ask(made, rehema)
        seen = await room.content(made)
        words = {(0, "en"): Words(f"unseen {n}")}
        await asyncio.gather(
            room.do(announcements.say, made, words, edition=1, by=rehema),
            room.approve(made, joseph, seen),
            return_exceptions=True,
        )
        if await state(room, made) == State.APPROVED:
            assert await room.content(made) == seen
        else:
            assert await state(room, made) == State.DRAFT


async def test_small_ones_add_up_within_a_day(room, rehema):
    await room.list_people((20, "sms", "en"), (20, "sms", "fr"), (20, "sms", "sw"))
    by_language = [
        await room.write(rehema, audience=Audience(languages=frozenset({tag})))
        for tag in ("en", "fr", "sw")
    ]
    for made in by_language[:2]:
        await room.alone(made, rehema)
    assert await refused(room.alone(by_language[2], rehema)) == Refusal.SECOND
    room.now += timedelta(days=1)
    await room.alone(by_language[2], rehema)


async def test_two_small_ones_at_the_same_moment_add_up_as_well(room, rehema):
    await room.list_people((30, "sms", "en"))
    made = [await room.write(rehema, title=str(n)) for n in range(4)]
    done = await asyncio.gather(*(room.alone(one, rehema) for one in made), return_exceptions=True)
    assert [one is None for one in done].count(True) == 1
    assert [await state(room, one) for one in made].count(State.APPROVED) == 1


async def test_an_audience_that_grows_beyond_what_one_may_is_asked_for(room, rehema, joseph):
    """Alone to a handful, and the handful became a crowd before it left."""
    await room.list_people((3, "sms", "en"))
    later = Schedule(starts_at=room.now + HOUR)
    made = await room.write(rehema, schedule=later)
    await room.alone(made, rehema)
    await room.list_people((MANY, "sms", "en"))
    room.now += HOUR
    assert await room.tick() == (0, 0, 0)
    this = await room.find(made)
    assert (this.state, this.why) == (State.ASKED, "alone")
    assert await refused(room.approve(made, rehema)) == Refusal.AUTHOR
    await room.approve(made, joseph)
    assert (await room.tick())[:2] == (1, 1)


def to(*tags):
    return Audience(languages=frozenset(tags))


async def test_many_small_ones_that_grew_are_not_many_by_one_persons_word(room, rehema):
    """Alone to ten cohorts of one, and each is filled up before it leaves."""
    tags = [f"x{n}" for n in range(10)]
    await room.list_people(*((1, "sms", tag) for tag in tags))
    later = Schedule(starts_at=room.now + HOUR)
    made = [await room.write(rehema, audience=to(tag), schedule=later) for tag in tags]
    for one in made:
        await room.alone(one, rehema)
    await room.list_people(*((ALONE_UP_TO - 20, "sms", tag) for tag in tags))
    room.now += HOUR
    assert (await room.tick())[:2] == (1, 1)
    assert [await state(room, one) for one in made].count(State.ASKED) == 9


async def test_what_was_let_on_several_days_for_one_moment_adds_up(room, rehema):
    await room.list_people((30, "sms", "en"), (30, "sms", "fr"))
    moment = Schedule(starts_at=room.now + timedelta(days=3))
    made = []
    for tag in ("en", "fr"):
        made.append(await room.write(rehema, audience=to(tag), schedule=moment))
        await room.alone(made[-1], rehema)
        room.now += timedelta(days=1)
    room.now += timedelta(days=1)
    assert (await room.tick())[:2] == (1, 1)
    assert [await state(room, one) for one in made] == [State.APPROVED, State.ASKED]


async def test_small_ones_that_stayed_small_all_leave(room, rehema):
    await room.list_people((25, "sms", "en"), (25, "sms", "fr"))
    later = Schedule(starts_at=room.now + HOUR)
    for tag in ("en", "fr"):
        await room.alone(await room.write(rehema, audience=to(tag), schedule=later), rehema)
    room.now += HOUR
    assert (await room.tick())[:2] == (2, 2)


async def test_a_daily_one_leaves_every_day_alone_and_leaves_no_room_beside_it(room, rehema):
    await room.list_people((ALONE_UP_TO, "sms", "en"), (1, "sms", "fr"))
    daily = Schedule(starts_at=room.now, every=1, times=3)
    made = await room.write(rehema, audience=to("en"), schedule=daily)
    await room.alone(made, rehema)
    for _ in range(2):
        assert (await room.tick())[:2] == (1, 1)
        # The next begins a moment less than a day after this one.
        room.now += timedelta(days=1)
    assert (await room.tick())[:2] == (1, 1)
    room.now += timedelta(hours=23)
    other = await room.write(rehema, audience=to("fr"))
    assert await refused(room.alone(other, rehema)) == Refusal.SECOND


async def test_a_repeated_one_is_counted_at_each_of_its_times(room, rehema):
    await room.list_people((3, "sms", "en"), (ALONE_UP_TO, "sms", "fr"))
    made = await room.write(
        rehema, audience=to("en"), schedule=Schedule(starts_at=room.now, every=7, times=12)
    )
    await room.alone(made, rehema)
    assert (await room.tick())[:2] == (1, 1)
    room.now += timedelta(days=7)
    other = await room.write(rehema, audience=to("fr"))
    await room.alone(other, rehema)
    assert (await room.tick())[0] == 1
    asked = [one for one in (made, other) if await state(room, one) == State.ASKED]
    assert len(asked) == 1


@pytest.mark.parametrize(("more", "leaves"), [(10, True), (11, False)])
async def test_an_audience_may_grow_by_a_tenth(room, rehema, joseph, more, leaves):
    await room.list_people((100, "sms", "en"))
    made = await room.write(rehema, schedule=Schedule(starts_at=room.now + HOUR))
    await room.let_go(made, rehema, joseph)
    await room.list_people((more, "sms", "en"))
    room.now += HOUR
    assert (await room.tick())[0] == leaves
    assert await state(room, made) == (State.APPROVED if leaves else State.ASKED)


async def test_one_that_grew_meanwhile_is_not_approved_by_its_old_number(
    room, rehema, joseph, many
):
    made = await room.write(rehema)
    await room.ask(made, rehema)
    await room.list_people((MANY, "sms", "en"))
    with pytest.raises(Changed):
        await room.approve(made, joseph)


async def test_steering_is_no_way_round(room, rehema, many):
    made = await room.write(rehema)
    await room.ask(made, rehema)
    for deed in (steering.pause, steering.resume):
        with pytest.raises(Changed):
            await room.do(deed, made, by=rehema)
    await room.do(steering.cancel, made, by=rehema)
    with pytest.raises(Changed):
        await room.do(steering.resume, made, by=rehema)
    assert await room.tick() == (0, 0, 0)


async def test_what_was_written_past_this_module_does_not_leave(room, rehema, joseph, many):
    """Whoever changes a row by other means finds that it is not what was approved."""
    made = await room.write(rehema)
    await room.let_go(made, rehema, joseph)
    async with room.database.transaction() as db:
        await db.execute(announcements.announcement_texts.update().values(short="Something else."))
    assert await room.tick() == (0, 0, 0)
    assert await state(room, made) == State.DRAFT
    assert await room.broadcasts(made) == []


async def test_what_was_changed_past_this_module_after_it_began_leaves_no_further(
    room, rehema, joseph
):
    await room.list_people((3, "sms", "en"))
    weekly = Schedule(starts_at=room.now, every=7, times=2)
    made = await room.write(rehema, schedule=weekly)
    await room.let_go(made, rehema, joseph)
    await room.tick()
    async with room.database.transaction() as db:
        await db.execute(announcements.announcement_texts.update().values(short="Something else."))
    room.now += timedelta(days=7)
    await room.tick()
    assert await state(room, made) == State.CANCELLED
    assert {one.state for one in await room.broadcasts(made)} == {Leaving.CANCELLED}


@pytest.mark.parametrize("deed", ["decline", "withdraw"])
async def test_of_one_that_grew_after_it_began_nothing_more_leaves_when_put_back(
    room, rehema, joseph, deed
):
    await room.list_people((100, "sms", "en"))
    weekly = Schedule(starts_at=room.now, every=7, times=2)
    made = await room.write(rehema, schedule=weekly)
    await room.let_go(made, rehema, joseph)
    assert (await room.tick())[:2] == (1, 1)
    await room.list_people((50, "sms", "en"))
    room.now += timedelta(days=7)
    await room.tick()
    assert await state(room, made) == State.ASKED
    deed, who = (approvals.decline, joseph) if deed == "decline" else (approvals.withdraw, rehema)
    await room.do(deed, made, by=who)
    assert await state(room, made) == State.CANCELLED
    assert {one.state for one in await room.broadcasts(made)} == {Leaving.CANCELLED}
