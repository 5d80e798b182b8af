import asyncio
import contextlib
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from forum import audit, keyholders
from forum.members import Role
from grievances import categories, deadlines, entries, exclusions, floors, revision, triage
from grievances.case import NoSuchCase, cases, hold, move
from grievances.exclusions import NotEligible, Why
from grievances.floors import Decided, Outcome
from grievances.parties import NOBODY
from grievances.severity import Severity
from grievances.states import Actor, NotAllowed, State
from grievances.taxonomy import DEFAULT
from grievances.triage import BelowFloor

S1, S2, S3, S4 = Severity
REASON = "It is a rumour that he heard from somebody."


@pytest.fixture
def judge(database, secretary, now):
    async def judged(filed, category, severity, by=secretary, reason=REASON, **more):
        told = {"named": NOBODY, "now": now, "reason": reason, **more}
        async with database.transaction() as db:
            return await triage.triage(
                db, filed.case_id, category=category, severity=severity, by=by.member, **told
            )

    return judged


@pytest.fixture
def decide(database, now):
    async def decided(filed, wish, by, *, agreed=True, withdraw=False):
        async with database.transaction() as db:
            held = await triage.held_by_triager(db, filed.case_id, by.member)
            told = {"by": by.member, "now": now}
            if withdraw:
                await floors.withdraw(db, held, wish.id, **told)
            else:
                await floors.decide(db, held, wish.id, agreed=agreed, **told)

    return decided


@pytest.fixture
def wishes(database):
    async def found(filed):
        async with database.reading() as db:
            return await floors.of_case(db, filed.case_id)

    return found


@pytest.fixture
def severity(database):
    async def found(filed):
        async with database.reading() as db:
            its = select(cases.c.severity).where(cases.c.id == filed.case_id)
            return Severity((await db.execute(its)).scalar_one())

    return found


@pytest.fixture
async def second(join):
    return await join("second@example.org")


@pytest.fixture
async def asked(file, judge, second, wishes):
    """A case of a child at work, for which the secretary asked for S4."""
    filed = await file()
    assert await judge(filed, "CHILD", S4)
    (wish,) = await wishes(filed)
    return filed, wish


async def test_who_asks_gets_the_floor_at_once(asked, severity, secretary):
    filed, wish = asked
    assert await severity(filed) is S2
    assert (wish.severity, wish.asked_by, wish.outcome) == (
        S4,
        secretary.member.id,
        Outcome.ASKED,
    )


async def test_the_reason_is_sealed_and_only_for_staff(asked, database, secretary):
    filed, wish = asked
    async with database.reading() as db:
        rows = (await db.execute(select(entries.entries))).all()
        private = await keyholders.open_subject(
            db, filed.case_id, secretary.member.id, secretary.private
        )
        thread = await entries.read(db, filed.case_id, private)
    assert all(REASON.encode() not in row.sealed for row in rows)
    reason = next(entry for entry in thread if entry.id == wish.entry_id)
    assert (reason.text, reason.audience) == (REASON, entries.Audience.INTERNAL)


async def test_without_a_reason_nothing_is_asked_and_nothing_judged(file, judge, wishes, database):
    filed = await file()
    with pytest.raises(BelowFloor):
        await judge(filed, "CHILD", S4, reason="")
    assert await wishes(filed) == []
    async with database.transaction() as db:
        assert (await hold(db, filed.case_id)).state is State.RECEIVED


async def test_a_reason_is_not_needed_and_asks_nothing_at_the_floor(file, judge, wishes):
    filed = await file()
    assert not await judge(filed, "CHILD", S2)
    assert await wishes(filed) == []


async def test_a_second_person_lets_it_fall(asked, decide, severity, second, wishes):
    filed, wish = asked
    await decide(filed, wish, second)
    assert await severity(filed) is S4
    (kept,) = await wishes(filed)
    assert (kept.outcome, kept.decided_by) == (Outcome.AGREED, second.member.id)


async def test_no_due_date_moves_further_off(asked, decide, second, database):
    filed, wish = asked
    async with database.reading() as db:
        before = await deadlines.of_case(db, filed.case_id)
    await decide(filed, wish, second)
    async with database.reading() as db:
        assert await deadlines.of_case(db, filed.case_id) == before


async def test_a_second_person_may_decline(asked, decide, severity, second, wishes):
    filed, wish = asked
    await decide(filed, wish, second, agreed=False)
    assert await severity(filed) is S2
    assert (await wishes(filed))[0].outcome is Outcome.DECLINED
    with pytest.raises(Decided):
        await decide(filed, wish, second)
    assert await severity(filed) is S2


async def test_who_asked_does_not_decide_but_may_take_it_back(
    asked, decide, severity, secretary, second, wishes
):
    filed, wish = asked
    for agreed in (True, False):
        with pytest.raises(NotEligible):
            await decide(filed, wish, secretary, agreed=agreed)
    with pytest.raises(NotEligible):
        await decide(filed, wish, second, withdraw=True)
    await decide(filed, wish, secretary, withdraw=True)
    assert (await wishes(filed))[0].outcome is Outcome.WITHDRAWN
    with pytest.raises(Decided):
        await decide(filed, wish, second)
    assert await severity(filed) is S2


@pytest.mark.parametrize("role", [Role.HANDLER, Role.ADMINISTRATOR, Role.AUDITOR])
async def test_who_does_not_triage_does_not_decide(asked, decide, join, severity, role):
    filed, wish = asked
    person = await join("other@example.org", role)
    with pytest.raises(NotEligible):
        await decide(filed, wish, person)
    assert await severity(filed) is S2


async def test_to_who_is_kept_out_there_is_nothing_to_decide(
    asked, decide, second, severity, database, now
):
    filed, wish = asked
    async with database.transaction() as db:
        out = [filed.case_id], [second.member.id]
        await exclusions.exclude(db, *out, Why.NAMED, by="x", now=now)
    with pytest.raises(NoSuchCase):
        await decide(filed, wish, second)
    assert await severity(filed) is S2


async def test_the_wish_of_who_turns_out_to_be_named_counts_for_nothing(
    asked, decide, second, secretary, severity, database, now
):
    filed, wish = asked
    async with database.transaction() as db:
        out = [filed.case_id], [secretary.member.id]
        await exclusions.exclude(db, *out, Why.NAMED, by="x", now=now)
    with pytest.raises(Decided):
        await decide(filed, wish, second)
    assert await severity(filed) is S2


@pytest.mark.parametrize(("category", "to"), [("CHILD", S1), ("FORCED", S2)])
async def test_what_is_judged_otherwise_meanwhile_ends_the_wish(
    asked, judge, decide, second, severity, wishes, category, to
):
    filed, wish = asked
    await judge(filed, category, to, by=second)
    assert (await wishes(filed))[0].outcome is Outcome.LAPSED
    with pytest.raises(Decided):
        await decide(filed, wish, second)
    assert await severity(filed) is to


async def test_other_facts_leave_it_open(asked, judge, wishes, second):
    filed, _ = asked
    await judge(filed, "CHILD", S2, by=second, reason="")
    assert (await wishes(filed))[0].outcome is Outcome.ASKED


async def test_asking_again_is_a_new_wish_in_place_of_the_old(
    asked, judge, wishes, decide, second
):
    filed, old = asked
    await judge(filed, "CHILD", S3)
    outcomes = {wish.severity: wish.outcome for wish in await wishes(filed)}
    assert outcomes == {S4: Outcome.LAPSED, S3: Outcome.ASKED}
    with pytest.raises(Decided):
        await decide(filed, old, second)


async def test_two_who_each_ask_do_not_make_one_agreement(asked, judge, severity, second, wishes):
    filed, _ = asked
    await judge(filed, "CHILD", S4, by=second)
    assert await severity(filed) is S2
    assert [wish.outcome for wish in await wishes(filed)].count(Outcome.ASKED) == 1


async def test_what_two_agreed_on_stays_when_other_facts_are_put_right(
    asked, judge, decide, second, severity, wishes
):
    filed, wish = asked
    await decide(filed, wish, second)
    assert not await judge(filed, "CHILD", S4, reason="")
    assert await severity(filed) is S4
    assert not await judge(filed, "CHILD", S3, reason="")
    with pytest.raises(BelowFloor):
        await judge(filed, "CHILD", S4, reason="")
    assert await severity(filed) is S3


async def test_a_case_of_another_category_is_judged_by_its_own_floor(
    asked, judge, decide, second, severity
):
    filed, wish = asked
    await decide(filed, wish, second)
    with pytest.raises(BelowFloor):
        await judge(filed, "FORCED", S4, reason="")
    assert await severity(filed) is S4


async def test_a_wish_for_another_case_decides_nothing_here(asked, file, judge, decide, second):
    _, wish = asked
    other = await file()
    await judge(other, "CHILD", S4)
    with pytest.raises(Decided):
        await decide(other, wish, second)


async def test_what_has_ended_is_not_decided(asked, decide, second, database, now):
    filed, wish = asked
    async with database.transaction() as db:
        gone = {"by": Actor.REPORTER, "actor": "reporter", "now": now}
        await move(db, filed.case_id, State.WITHDRAWN, **gone)
    with pytest.raises(NotAllowed):
        await decide(filed, wish, second)


async def test_of_two_answers_at_once_one_counts(asked, decide, second, join, severity, wishes):
    filed, wish = asked
    third = await join("third@example.org")
    done = await asyncio.gather(
        decide(filed, wish, second, agreed=True),
        decide(filed, wish, third, agreed=False),
        return_exceptions=True,
    )
    assert {type(each) for each in done} == {type(None), Decided}
    (kept,) = await wishes(filed)
    assert (await severity(filed) is S4) is (kept.outcome is Outcome.AGREED)


async def test_every_step_is_written_down(asked, decide, second, secretary, judge, file, database):
    filed, wish = asked
    await decide(filed, wish, second)
    other = await file()
    await judge(other, "CHILD", S4)
    async with database.reading() as db:
        (fresh,) = await floors.of_case(db, other.case_id)
    await decide(other, fresh, secretary, withdraw=True)
    async with database.reading() as db:
        lines = [line for line in await audit.recent(db) if line.act.startswith("floor.")]
    assert [(line.actor, line.act) for line in reversed(lines)] == [
        (secretary.member.id, "floor.asked"),
        (second.member.id, "floor.agreed"),
        (secretary.member.id, "floor.asked"),
        (secretary.member.id, "floor.withdrawn"),
    ]


# --- whatever anybody tries ----------------------------------------------------------------------


class Attempts:
    """Two who triage and a lead who also keeps the taxonomy try everything, in any order.

    Beside the case room it keeps a book of its own: who has had a hand in a severity below the
    floor that is built in, be it by asking, by agreeing or by making the floor itself milder.
    """

    def __init__(self, dice, database, filed, people, lead, now):
        self.dice, self.database, self.filed = dice, database, filed
        self.people, self.lead, self.now = people, lead, now
        self.below = 0

    async def go(self):
        for _ in range(20):
            self.now += timedelta(minutes=1)
            tries = self.dice.sample(
                [self.judge, self.judge, self.judge, self.decide, self.decide, self.floor], 2
            )
            if self.dice.random() < 0.3:
                await asyncio.gather(*(self.attempt(one) for one in tries))
            else:
                await self.attempt(tries[0])
            await self.look()

    async def attempt(self, act):
        with contextlib.suppress(NotEligible, Decided, BelowFloor):
            await act(self.dice.choice(self.people).member)

    async def judge(self, by):
        async with self.database.transaction() as db:
            taxonomy = await categories.load(db)
            await triage.triage(
                db,
                self.filed.case_id,
                category=self.dice.choice(["CHILD", "CHILD", "FORCED"]),
                severity=self.dice.choice(list(Severity)),
                named=NOBODY,
                by=by,
                now=self.now,
                reason=self.dice.choice(["", REASON]),
                taxonomy=taxonomy,
            )

    async def decide(self, by):
        async with self.database.transaction() as db:
            held = await triage.held_by_triager(db, self.filed.case_id, by)
            wish = self.dice.choice(await floors.of_case(db, self.filed.case_id) or [None])
            if wish is not None:
                agreed = self.dice.random() < 0.8
                await floors.decide(db, held, wish.id, agreed=agreed, by=by, now=self.now)

    async def floor(self, _by):
        async with self.database.transaction() as db:
            known = (await categories.load(db)).categories[self.dice.choice(["CHILD", "FORCED"])]
            wished = self.dice.choice(list(Severity))
            told = {"present": DEFAULT, "check": lambda *_: None, "by": self.lead.member}
            changed = replace(known, floor=wished)
            await revision.change(db, changed, **told, now=self.now)

    async def look(self):
        """A case below its category's built-in floor has been in the hands of two people."""
        async with self.database.transaction() as db:
            held = await hold(db, self.filed.case_id)
            if held.category is None or not S2.graver_than(held.severity):
                return
            self.below += 1
            lines = await audit.recent(db, limit=1000)
            hands = {line.actor for line in lines if line.act in HANDS}
            assert len(hands) > 1
            agreed = [
                wish
                for wish in await floors.of_case(db, self.filed.case_id)
                if wish.outcome is Outcome.AGREED
            ]
            assert all(wish.asked_by != wish.decided_by for wish in agreed)
            if not any(line.act == "taxonomy.changed" for line in lines):
                assert any(not wish.severity.graver_than(held.severity) for wish in agreed)


HANDS = {"floor.asked", "floor.agreed", "taxonomy.changed", "case.judged", "case.triaged"}


@pytest.mark.parametrize("seed", range(3))
async def test_no_way_leads_below_the_floor_with_one_person(
    file, database, secretary, second, join, now, seed
):
    lead = await join("lead@example.org", Role.LEAD)
    filed = await file(category="CHILD")
    attempts = Attempts(random.Random(seed), database, filed, [secretary, second, lead], lead, now)
    await attempts.go()


@pytest.mark.parametrize("seed", range(3))
async def test_one_person_alone_never_gets_below_it_whatever_their_rights(
    file, database, join, now, seed
):
    lead = await join("lead@example.org", Role.LEAD)
    filed = await file(category="CHILD")
    alone = Attempts(random.Random(seed), database, filed, [lead], lead, now)
    await alone.go()
    assert alone.below == 0


async def test_the_attempts_do_get_below_it_where_there_are_two(
    file, database, secretary, second, join, now
):
    """What is never seen with one person is seen with several, so the attempts mean something."""
    lead, below = await join("lead@example.org", Role.LEAD), 0
    for seed in range(4):
        filed = await file(category="CHILD")
        attempts = Attempts(
            random.Random(seed), database, filed, [secretary, second, lead], lead, now
        )
        await attempts.go()
        below += attempts.below
    assert below > 0
