"""Two reports of one matter: both reporters, both codes, over a merge and back."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from forum import audit, keyholders
from forum.members import Role
from grievances import (
    case,
    caseload,
    codes,
    correspondence,
    deadlines,
    exclusions,
    leading,
    merging,
    monitoring,
    parties,
    proposals,
    triage,
    withdrawal,
)
from grievances.case import cases
from grievances.entries import REPORTER, Kind
from grievances.exclusions import NotEligible, Why
from grievances.links import CannotJoin
from grievances.parties import NOBODY
from grievances.proposals import Word
from grievances.severity import Severity
from grievances.states import OPEN, Actor, NotAllowed, State
from grievances.status import SAYS
from grievances.taxonomy import SURVIVOR
from grievances.triage import NotAsked
from vault.codes import read
from vault.seals import CannotOpen, unseal

HOUR = timedelta(hours=1)


@pytest.fixture
async def secretary(join):
    return await join("secretary@example.org")


@pytest.fixture
def judged(database, secretary, file, now):
    """File a report, and have somebody look at it."""

    async def done(*to, named=NOBODY, **more):
        filed = await file(**more)
        async with database.transaction() as db:
            given = {"category": "PAY", "severity": Severity.S3, "named": named}
            await triage.triage(db, filed.case_id, **given, by=secretary.member, now=now + HOUR)
            for state in to:
                await put(db, filed, state)
        return filed

    return done


async def put(db, filed, state):
    values = {"state": state}
    if state is State.RESOLVED:
        values["resolved_at"] = cases.c.received_at
    await db.execute(update(cases).where(cases.c.id == filed.case_id).values(values))


@pytest.fixture
async def pair(judged):
    """The duplicate, and the case that leads."""
    return await judged(language="sw"), await judged(language="fr")


@pytest.fixture
def merge(database, secretary, now):
    async def merged(one, other, person=None, at=2 * HOUR, **more):
        by = person or secretary
        async with database.transaction() as db:
            ends = one.case_id, other.case_id
            given = {"by": by.member, "by_private": by.private, "now": now + at, **more}
            return await merging.merge(db, *ends, **given)

    return merged


@pytest.fixture
def unmerge(database, secretary, now):
    async def unmerged(one, at=5 * HOUR, by=None):
        async with database.transaction() as db:
            who = (by or secretary).member
            return await merging.unmerge(db, one.case_id, by=who, now=now + at)

    return unmerged


@pytest.fixture
def writes(database, keyring, now):
    """The reporter of a case writes."""

    async def wrote(filed, text, at=3 * HOUR):
        async with database.transaction() as db:
            given = {"channel": "sms", "now": now + at}
            await correspondence.extend(db, keyring, filed.case_id, text, **given)

    return wrote


@pytest.fixture
def answers(database, keyring, secretary, now):
    async def answered(filed, text, others=None, at=3 * HOUR, **more):
        async with database.transaction() as db:
            await correspondence.answer(
                db,
                keyring,
                member=secretary.member,
                case_id=filed.case_id,
                text=text,
                others=others,
                now=now + at,
                **more,
            )

    return answered


@pytest.fixture
def status(database):
    async def of(filed):
        async with database.reading() as db:
            return await correspondence.status_of(db, filed.case_id)

    return of


@pytest.fixture
def thread(database, secretary):
    async def read_by(filed, person=None):
        who = person or secretary
        async with database.reading() as db:
            key = await keyholders.open_subject(db, filed.case_id, who.member.id, who.private)
            return [line.entry for line in await correspondence.thread(db, filed.case_id, key)]

    return read_by


@pytest.fixture
def unread(database, keyring, now):
    """Hand over what waits for the reporter, in words."""

    async def handed(filed):
        async with database.transaction() as db:
            bodies = await correspondence.hand_over(db, filed.case_id, now + 4 * HOUR)
        opened = [unseal(keyring.sender_private, b.sealed, context=b.context) for b in bodies]
        return [words.decode() for words in opened]

    return handed


async def row_of(database, filed):
    async with database.reading() as db:
        return (await db.execute(select(cases).where(cases.c.id == filed.case_id))).one()


async def clocks_of(database, filed):
    async with database.reading() as db:
        found = await deadlines.of_case(db, filed.case_id)
    return {each.step: (each.due_at, each.met_at, each.escalates_at) for each in found}


# --- the merge --------------------------------------------------------------------------------


async def test_nothing_of_the_leading_case_moves(database, pair, merge):
    before = await row_of(database, pair[1]), await clocks_of(database, pair[1])
    await merge(*pair)
    assert (await row_of(database, pair[1]), await clocks_of(database, pair[1])) == before
    assert (await row_of(database, pair[0])).state == State.DUPLICATE


async def test_no_case_becomes_a_duplicate_of_nothing(database, pair, now):
    with pytest.raises(NotAllowed):
        async with database.transaction() as db:
            by = {"by": Actor.STAFF, "actor": "x" * 32, "now": now}
            await case.move(db, pair[0].case_id, State.DUPLICATE, **by)


async def test_somebody_must_have_looked_whom_it_names(file, pair, merge):
    with pytest.raises(NotAsked):
        await merge(await file(), pair[1])


@pytest.mark.parametrize("state", [State.CLOSED, State.WITHDRAWN])
async def test_what_has_ended_leads_nobody(database, pair, merge, state):
    async with database.transaction() as db:
        await put(db, pair[1], state)
    with pytest.raises(CannotJoin):
        await merge(*pair)


@pytest.mark.parametrize("state", [State.CLOSED, State.WITHDRAWN])
async def test_what_has_ended_follows_nobody(database, pair, merge, state):
    async with database.transaction() as db:
        await put(db, pair[0], state)
    with pytest.raises(NotAllowed):
        await merge(*pair)


@pytest.mark.parametrize("of", [0, 1])
async def test_a_survivors_words_go_into_no_other_thread(database, pair, merge, of):
    async with database.transaction() as db:
        its = cases.c.id == pair[of].case_id
        await db.execute(update(cases).where(its).values(lane=SURVIVOR))
    with pytest.raises(CannotJoin):
        await merge(*pair)


async def test_who_does_not_triage_neither_merges_nor_parts(pair, merge, unmerge, handler):
    with pytest.raises(NotEligible):
        await merge(*pair, handler)
    await merge(*pair)
    with pytest.raises(NotEligible):
        await unmerge(pair[0], by=handler)


# --- the two reporters ------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(OPEN))
async def test_the_other_reporter_hears_where_the_leading_case_stands(
    database, pair, merge, status, state
):
    await merge(*pair)
    async with database.transaction() as db:
        await put(db, pair[1], state)
    said = (await status(pair[0])).msgid
    if state in {State.WAITING_REPORTER, State.PROPOSED}:
        assert said == SAYS[State.IN_REVIEW]  # nobody asked this one anything
    else:
        assert said == SAYS[state]


async def test_that_one_took_it_back_is_not_told_to_the_other(database, pair, merge, status):
    await merge(*pair)
    async with database.transaction() as db:
        await put(db, pair[1], State.WITHDRAWN)
    assert (await status(pair[0])).msgid == SAYS[State.IN_REVIEW]


async def test_both_codes_keep_working(database, keyring, pair, merge, now):
    await merge(*pair)
    for filed in pair:
        code = read(filed.code_text)
        found = await codes.judge(database, keyring, code, sender="s" * 32, now=now)
        assert found == filed.case_id


async def test_who_writes_without_the_code_finds_it_too(
    database, keyring, phone, judged, merge, now
):
    other = await judged(address=type(phone)("sms", "+255700000002"))
    filed = await judged()
    await merge(filed, other)
    async with database.transaction() as db:
        assert await correspondence.newest_open(db, keyring, phone) == filed.case_id
        await put(db, other, State.CLOSED)
        assert await correspondence.newest_open(db, keyring, phone) is None


async def test_words_of_the_other_reporter_reach_who_works_on_it(
    database, pair, merge, writes, thread, now
):
    await merge(*pair)
    await writes(pair[0], "Two more men are down there.")
    own, copy = (await thread(pair[0]))[-1], (await thread(pair[1]))[-1]
    assert own.text == copy.text == "Two more men are down there."
    assert (own.from_case, copy.from_case) == (None, pair[0].case_id)
    assert copy.author == REPORTER
    assert (await row_of(database, pair[1])).heard_at == now + 3 * HOUR


async def test_words_end_the_waiting_of_the_leading_case(database, pair, merge, writes):
    await merge(*pair)
    async with database.transaction() as db:
        await put(db, pair[1], State.WAITING_REPORTER)
    await writes(pair[0], "I was there.")
    assert (await row_of(database, pair[1])).state == State.IN_REVIEW
    assert (await row_of(database, pair[0])).state == State.DUPLICATE


async def test_an_answer_to_one_is_read_by_one(pair, merge, answers, status, unread):
    await merge(*pair)
    await answers(pair[1], "Nous venons vendredi.")
    assert await unread(pair[1]) == ["Nous venons vendredi."]
    assert await unread(pair[0]) == []
    await answers(pair[0], "Tunakuja Ijumaa.")
    assert (await status(pair[1])).news is False
    assert await unread(pair[0]) == ["Tunakuja Ijumaa."]


async def test_an_answer_to_all_is_read_by_each_in_their_language(
    database, pair, judged, merge, answers, unread
):
    third = await judged(language="fr")
    await merge(*pair)
    await merge(third, pair[0])
    async with database.reading() as db:
        assert await correspondence.other_languages(db, pair[1].case_id) == ["fr", "sw"]
        assert await correspondence.other_languages(db, third.case_id) is None
    both = {"fr": "Nous venons.", "sw": "Tunakuja."}
    await answers(pair[1], "Nous venons.", both)
    assert await unread(pair[0]) == ["Tunakuja."]
    assert await unread(pair[1]) == await unread(third) == ["Nous venons."]


async def test_an_answer_that_lacks_a_language_is_sent_to_nobody(pair, merge, answers, status):
    await merge(*pair)
    with pytest.raises(KeyError):
        await answers(pair[1], "Nous venons.", {"en": "We come."})
    assert not (await status(pair[0])).news
    assert not (await status(pair[1])).news


async def test_a_proposal_is_answered_by_each_and_moved_by_the_leading_reporter(
    database, pair, merge, answers, status, thread, now
):
    await merge(*pair)
    async with database.transaction() as db:
        await put(db, pair[1], State.IN_REVIEW)
        by = {"by": Actor.STAFF, "actor": "x" * 32, "now": now + 3 * HOUR}
        await case.move(db, pair[1].case_id, State.PROPOSED, **by)
    await answers(pair[1], "Ils paient.", {"sw": "Watalipa."})
    assert (await status(pair[0])).proposal
    assert (await status(pair[1])).proposal
    async with database.transaction() as db:
        await proposals.answered(db, pair[0].case_id, Word.NO, now=now + 4 * HOUR)
    assert (await row_of(database, pair[1])).state == State.PROPOSED
    assert not (await status(pair[0])).proposal  # it was answered
    last = (await thread(pair[1]))[-1]
    assert (last.kind, last.from_case) == (Kind.STATUS, pair[0].case_id)
    assert "does not agree" in last.text
    async with database.transaction() as db:
        await proposals.answered(db, pair[1].case_id, Word.YES, now=now + 5 * HOUR)
    assert (await row_of(database, pair[1])).state == State.AGREED


async def test_whether_it_is_solved_is_kept_of_each_and_moved_by_the_leading_reporter(
    database, pair, merge, thread, now
):
    await merge(*pair)
    async with database.transaction() as db:
        await put(db, pair[1], State.RESOLVED)
        given = {"solved": False, "now": now + 4 * HOUR}
        await monitoring.answered(db, pair[0].case_id, **given)
    assert (await row_of(database, pair[1])).state == State.RESOLVED
    assert (await row_of(database, pair[0])).state == State.DUPLICATE
    assert "not solved" in (await thread(pair[1]))[-1].text


async def test_the_way_to_the_other_reporter_goes_when_the_leading_case_is_closed(
    database, pair, merge, now
):
    await merge(*pair)
    later = now + 100 * HOUR
    async with database.transaction() as db:
        assert await correspondence.forget_ended(db, later) == 0
        await put(db, pair[1], State.WITHDRAWN)
        assert await correspondence.forget_ended(db, later) == 1
    assert (await row_of(database, pair[0])).route_id is not None
    async with database.transaction() as db:
        await put(db, pair[1], State.CLOSED)
        assert await correspondence.forget_ended(db, later) == 1
    assert (await row_of(database, pair[0])).route_id is None


# --- who may know -----------------------------------------------------------------------------


async def sees(database, person, filed):
    async with database.reading() as db:
        return await caseload.find(db, person.member, filed.reference) is not None


async def opens(database, person, filed):
    async with database.reading() as db:
        try:
            await keyholders.open_subject(db, filed.case_id, person.member.id, person.private)
        except CannotOpen:
            return False
        return True


async def test_when_the_leading_case_is_taken_back_the_others_go_on_by_themselves(
    database, pair, judged, merge, now
):
    third = await judged()
    before = (await row_of(database, pair[0])).state, await clocks_of(database, pair[0])
    await merge(*pair)
    await merge(third, pair[0])
    async with database.transaction() as db:
        await withdrawal.withdraw(db, pair[1].case_id, now=now + 3 * HOUR)
    assert (await row_of(database, pair[1])).state == State.WITHDRAWN
    assert ((await row_of(database, pair[0])).state, await clocks_of(database, pair[0])) == before
    assert (await row_of(database, third)).state == State.DUPLICATE
    async with database.reading() as db:
        assert await leading.leader_of(db, third.case_id) == pair[0].case_id
        assert ("case.unlinked.duplicate", "system") in {
            (act.act, act.actor) for act in await audit.recent(db)
        }


@pytest.mark.parametrize("of", [0, 1])
async def test_who_is_kept_out_of_one_is_kept_out_of_both_until_they_part(
    database, join, pair, merge, unmerge, of, now
):
    lead = await join("lead@example.org", Role.LEAD)
    async with database.transaction() as db:
        out = [pair[of].case_id], [lead.member.id], Why.NAMED
        await exclusions.exclude(db, *out, by="x" * 32, now=now)
    await merge(*pair)
    assert not await sees(database, lead, pair[0])
    assert not await sees(database, lead, pair[1])
    await unmerge(pair[0])
    assert not await sees(database, lead, pair[of])
    assert await sees(database, lead, pair[1 - of])


@pytest.mark.parametrize("of", [0, 1])
async def test_who_is_kept_out_later_is_kept_out_of_both_and_let_in_to_both(
    database, join, pair, merge, of, now
):
    lead = await join("lead@example.org", Role.LEAD)
    other = await join("other@example.org")
    await merge(*pair)
    async with database.transaction() as db:
        out = [pair[of].case_id], [other.member.id], Why.BARRED
        await exclusions.exclude(db, *out, by=lead.member.id, now=now)
    assert not await sees(database, other, pair[0])
    assert not await sees(database, other, pair[1])
    async with database.transaction() as db:
        given = {"by": lead.member, "now": now}
        await exclusions.admit(db, pair[of].case_id, other.member.id, **given)
    assert await sees(database, other, pair[0])
    assert await sees(database, other, pair[1])


async def test_a_name_put_right_lets_in_to_both(database, join, pair, merge, secretary, now):
    lead = await join("lead@example.org", Role.LEAD)
    await merge(*pair)
    named = parties.Named(parties.Answer.SOME, frozenset({lead.member.id}))
    for said, seen in ((named, False), (NOBODY, True)):
        async with database.transaction() as db:
            held = await case.hold(db, pair[1].case_id)
            await parties.name(db, held, said, by=secretary.member, now=now)
        assert await sees(database, lead, pair[0]) is seen


@pytest.fixture
async def handled(database, pair, secretary, handler, now):
    """The handler has the leading case."""
    async with database.transaction() as db:
        given = {"by": secretary.member, "by_private": secretary.private, "now": now}
        await triage.assign(db, pair[1].case_id, handler.member, **given)
    return pair


async def test_the_handler_of_the_leading_case_reads_the_other_until_they_part(
    database, handled, handler, merge, unmerge
):
    assert not await opens(database, handler, handled[0])
    await merge(*handled)
    assert await sees(database, handler, handled[0])
    assert await opens(database, handler, handled[0])
    await unmerge(handled[0])
    assert not await sees(database, handler, handled[0])
    assert not await opens(database, handler, handled[0])
    assert await opens(database, handler, handled[1])


async def test_a_handler_whom_the_other_names_loses_the_leading_case(
    database, handled, handler, merge, judged
):
    named = parties.Named(parties.Answer.SOME, frozenset({handler.member.id}))
    await merge(await judged(named=named), handled[1])
    assert not await sees(database, handler, handled[1])
    assert not await opens(database, handler, handled[1])
    assert (await row_of(database, handled[1])).assignee is None


async def test_who_comes_to_the_leading_case_later_is_let_in_by_who_has_both(
    database, pair, merge, secretary, handler, now
):
    await merge(*pair)
    async with database.transaction() as db:
        given = {"by": secretary.member, "by_private": secretary.private, "now": now}
        await triage.assign(db, pair[1].case_id, handler.member, **given)
        missing = await merging.without_key(db, pair[1].case_id)
        assert missing == {handler.member.id: [pair[0].case_id]}
        await merging.let_in(db, pair[1].case_id, **given)
        assert not await merging.without_key(db, pair[1].case_id)
    assert await opens(database, handler, pair[0])


# --- back -------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(OPEN - {State.ASSIGNED}))
async def test_a_case_goes_back_to_where_it_stood_with_its_clocks(
    database, pair, merge, unmerge, state
):
    async with database.transaction() as db:
        await put(db, pair[0], state)
    before = await row_of(database, pair[0])
    clocks = await clocks_of(database, pair[0])
    await merge(*pair)
    assert all(met for _, met, _ in (await clocks_of(database, pair[0])).values())
    assert await unmerge(pair[0]) is state
    after = await row_of(database, pair[0])
    assert (after.state, after.resolved_at) == (state, before.resolved_at)
    assert await clocks_of(database, pair[0]) == clocks
    async with database.reading() as db:
        assert await leading.leader_of(db, pair[0].case_id) == pair[0].case_id


async def test_who_was_written_to_meanwhile_is_acknowledged(
    database, pair, merge, unmerge, answers, now
):
    await merge(*pair)
    await answers(pair[1], "Oui.", {"sw": "Ndiyo."})
    await unmerge(pair[0])
    assert (await clocks_of(database, pair[0]))["acknowledge"][1] == now + 3 * HOUR
    assert (await clocks_of(database, pair[0]))["feedback"][1] is None


async def test_a_case_that_lost_its_handler_waits_for_another(database, pair, merge, unmerge):
    async with database.transaction() as db:
        await put(db, pair[0], State.ASSIGNED)
    await merge(*pair)
    assert await unmerge(pair[0]) is State.TRIAGED


async def test_words_stay_with_their_own_case(database, pair, merge, unmerge, writes, thread):
    before = (await row_of(database, pair[1])).heard_at
    await merge(*pair)
    await writes(pair[0], "Two more men are down there.")
    await unmerge(pair[0])
    assert (await thread(pair[0]))[-1].text == "Two more men are down there."
    assert all(entry.from_case is None for entry in await thread(pair[1]))
    assert "men" not in "".join(entry.text for entry in await thread(pair[1]))
    assert (await row_of(database, pair[1])).heard_at == before


async def test_what_follows_a_case_goes_with_it(judged, merge, unmerge, writes, thread, status):
    first, second, third = [await judged() for _ in range(3)]
    await merge(first, second)
    await merge(second, third)
    await writes(first, "It is worse now.")
    assert (await thread(third))[-1].from_case == first.case_id
    await unmerge(second)
    assert "worse" not in (await thread(third))[-1].text
    assert (await thread(second))[-1].from_case == first.case_id
    assert (await status(first)).msgid == (await status(second)).msgid


async def test_what_is_no_duplicate_cannot_be_parted(pair, unmerge, merge):
    with pytest.raises(NotAllowed):
        await unmerge(pair[0])
    await merge(*pair)
    await unmerge(pair[0])
    with pytest.raises(NotAllowed):
        await unmerge(pair[0])


# --- in any order -----------------------------------------------------------------------------


class World:
    """What there should be, after some merges, partings, words and exclusions in any order."""

    def __init__(self, filed, people):
        self.filed, self.people = filed, people
        self.above = dict.fromkeys(range(len(filed)))
        self.read = {n: [] for n in self.above}
        self.out = {n: set() for n in self.above}

    def chain(self, n):
        return [n] if self.above[n] is None else [n, *self.chain(self.above[n])]

    def group(self, n):
        return [each for each in self.above if self.chain(each)[-1] == self.chain(n)[-1]]

    def write(self, n, word):
        for each in self.chain(n):
            self.read[each].append((n, word))

    def part(self, n):
        """Take out of what leads *n* whatever was copied from *n* and from what follows it."""
        led = {each for each in self.above if n in self.chain(each)}
        for each in self.chain(n)[1:]:
            self.read[each] = [said for said in self.read[each] if said[0] not in led]
        self.above[n] = None

    def kept_out(self, n):
        return set().union(*(self.out[each] for each in self.group(n)))


@pytest.mark.parametrize("seed", range(3))
async def test_in_any_order_nothing_is_lost_and_nothing_moves(
    database, join, judged, merge, unmerge, writes, thread, now, seed
):
    dice = Random(seed)
    people = [await join(f"{n}@example.org") for n in range(2)]
    world = World([await judged() for _ in range(4)], people)
    clocks = [await clocks_of(database, each) for each in world.filed]
    for step in range(14):
        at = (step + 3) * HOUR
        n, other = dice.randrange(4), dice.randrange(4)
        match dice.choice(["merge", "merge", "part", "write", "exclude"]):
            case "merge" if world.above[n] is None and n not in world.chain(other):
                await merge(world.filed[n], world.filed[other], at=at)
                world.above[n] = other
            case "part" if world.above[n] is not None:
                await unmerge(world.filed[n], at=at)
                world.part(n)
            case "write":
                world.write(n, f"word {step}")
                await writes(world.filed[n], f"word {step}", at=at)
            case "exclude":
                person = dice.randrange(2)
                world.out[n].add(person)
                async with database.transaction() as db:
                    out = [world.filed[n].case_id], [people[person].member.id]
                    await exclusions.exclude(db, *out, Why.NAMED, by="x" * 32, now=now + at)
            case _:
                continue
    await is_so(database, world, thread, clocks)


async def is_so(database, world, thread, clocks):
    for n, filed in enumerate(world.filed):
        said = [entry.text for entry in await thread(filed)]
        assert [text for text in said if text.startswith("word")] == [
            word for _, word in world.read[n]
        ]
        for person, who in enumerate(world.people):
            assert await sees(database, who, filed) is (person not in world.kept_out(n))
        leads = world.filed[world.chain(n)[-1]]
        async with database.reading() as db:
            assert await leading.leader_of(db, filed.case_id) == leads.case_id
            status = await correspondence.status_of(db, filed.case_id)
        assert status.msgid == SAYS[State.TRIAGED]
        if world.above[n] is None:
            assert await clocks_of(database, filed) == clocks[n]
