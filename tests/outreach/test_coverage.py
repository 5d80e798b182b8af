from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from channels.ledger import State, outbox
from forum.bodies import Site
from outreach import announcements, coverage, events, guard, populations, telling, told
from outreach.announcements import Fallback
from outreach.audiences import EVERYBODY, Audience
from outreach.coverage import PARTS, Baseline, Heard, Until, places, reckon
from outreach.events import Event, Kind, Told
from outreach.populations import Population
from tests.support.covering import FIVE, whole

KB, LU = (Site(code, code, f"Pit {code}", "North", "gold") for code in ("KB", "LU"))


def event(people, kind=Kind.TRAINING, site="KB", tells=FIVE, language="en", district=None):
    there = {"reach": people} if kind == Kind.RADIO else {"women": people}
    place = {"district": district} if district else {"site_id": site}
    told = Told(kind, language, None, rule_id="r", tells=tells, **place, **there)
    return Event("e", told, 1, "system", None, None, None, None, None)


def stated(people, site="KB", language="en"):
    return {(site, language): Population(site, language, people, "Count", None)}


def cell(heard=None, known=None, told=(), audience=EVERYBODY):
    found = {("KB", "en"): heard} if heard else {}
    (only,) = reckon(audience, "en", [KB], found, known or {}, told)
    return only


def test_where_nothing_is_stated_the_list_stands_in():
    one = cell(Heard(8, whole(4), whole(1), 4))
    assert (one.people, one.baseline, one.share(1), one.whole) == (8, "subscribers", 0.5, 4)


def test_a_population_is_what_it_is_a_share_of_unless_more_listen():
    heard = Heard(8, whole(4), {}, 4)
    assert (cell(heard, stated(40)).people, cell(heard, stated(40)).share(1)) == (40, 0.1)
    assert cell(heard, stated(5)).baseline is Baseline.SUBSCRIBERS
    assert cell(heard, stated(5)).share(1) == 0.5


def test_whom_staff_have_listed_since_stand_in_for_nobody():
    heard = Heard(20, whole(15), {}, 15, own=Heard(12, whole(7), {}, 7))
    assert (cell(heard).people, cell(heard).reached(1), cell(heard).whole) == (12, 7, 7)
    more = cell(heard, stated(15))  # of them the statement knows nothing
    assert (more.people, more.baseline, more.reached(1)) == (15, Baseline.STATED, 7)
    assert (cell(heard, stated(20)).people, cell(heard, stated(20)).reached(1)) == (20, 15)


@pytest.mark.parametrize("known", [None, stated(0)])
def test_who_was_listed_since_is_a_gap_and_not_nobody(known):
    one = cell(Heard(2, whole(2), {}, 2, own=Heard()), known)
    assert (one.people, one.unjudged, one.lacking(1)) == (0, True, PARTS)


def test_a_few_are_judged_by_a_statement_alone():
    few = Heard(9, whole(9), {}, 9)
    assert cell(few).unjudged
    assert not cell(few, stated(9)).unjudged
    assert not cell(Heard(10, whole(10), {}, 10)).unjudged


def test_a_site_of_which_nothing_is_known_is_a_gap():
    one = cell(told=[event(10)])
    assert (one.baseline, one.people, one.lacking(1)) == (Baseline.NOBODY, 0, PARTS)


def test_where_nobody_speaks_it_nobody_has_to_be_told_in_it():
    assert reckon(EVERYBODY, "en", [KB], {}, stated(0), []) == []


def test_a_population_is_not_that_of_a_rule_for_some():
    one = cell(
        Heard(4, whole(4), {}, 4), stated(40), audience=Audience(roles=frozenset({"buyer"}))
    )
    assert (one.people, one.baseline) == (4, Baseline.SUBSCRIBERS)


def test_who_was_there_is_added_up_and_of_radios_the_largest_counts():
    told = [event(10), event(5, tells="1"), event(30, Kind.RADIO), event(20, Kind.RADIO)]
    one = cell(Heard(8), stated(100), told)
    assert [one.reached(part) for part in PARTS] == [45, 40, 40, 40, 40]
    assert one.whole == 40


def test_it_is_never_more_than_there_are():
    one = cell(Heard(8, whole(8), {}, 8), stated(10), [event(500)])
    assert ([one.reached(part) for part in PARTS], one.whole) == ([10] * 5, 10)


def test_one_of_another_language_or_place_does_not_count():
    told = [event(9, language="fr"), event(9, site="LU"), event(9, district="South")]
    assert cell(Heard(8), told=told).reached(1) == 0


def test_what_told_a_district_is_shared_out_by_the_people():
    known = {**stated(90), **stated(10, "LU")}
    told = [event(15, district="North")]
    big, small = reckon(EVERYBODY, "en", [KB, LU], {}, known, told)
    assert (big.reached(1), small.reached(1)) == (13, 1)  # 13.5 and 1.5, rounded down


def test_a_rule_applies_where_its_audience_says():
    assert places(EVERYBODY, [KB, LU]) == [KB, LU]
    assert places(Audience(sites=frozenset({"LU"})), [KB, LU]) == [LU]
    assert places(Audience(minerals=frozenset({"tin"})), [KB, LU]) == []
    assert places(Audience(methods=frozenset({"pit"})), [replace(KB, method="pit"), LU]) == [
        replace(KB, method="pit")
    ]


@given(
    listed=st.integers(0, 20),
    told=st.lists(st.integers(0, 20), min_size=5, max_size=5),
    there=st.lists(st.tuples(st.integers(1, 30), st.sampled_from(Kind)), max_size=4),
    people=st.none() | st.integers(0, 40),
)
def test_no_part_is_told_to_more_than_there_are_nor_all_five_to_more_than_one(
    listed, told, there, people
):
    parts = {part: min(n, listed) for part, n in zip(PARTS, told, strict=True)}
    heard = {("KB", "en"): Heard(listed, parts, {}, min(parts.values()))} if listed else {}
    known = {} if people is None else stated(people)
    occasions = [event(n, kind) for n, kind in there]
    for one in reckon(EVERYBODY, "en", [KB], heard, known, occasions):
        assert all(0 <= one.reached(part) <= one.people for part in PARTS)
        assert one.whole <= min(one.reached(part) for part in PARTS)
        assert one.people >= listed
        assert all(one.enough(part, 100) is (one.share(part) == 1) for part in PARTS)


async def test_it_is_read_from_what_is_kept(ground):
    kb, lu = [await ground.site(code) for code in ("KB12", "LU3")]
    rule = await ground.rule(kb, lu)
    await ground.list_people((5, "sms", "en", kb), (2, "sms", "sw", kb), (3, "sms", "en"))
    await ground.tell(rule, kb, {**whole(3), 5: 2})
    await ground.tell(rule, kb, {1: 2}, "sw", receipt=False)
    there = Population(lu, "sw", 40, "Count", ground.today)
    await ground.state(there)
    training = {"rule_id": rule.id, "tells": FIVE, "site_id": lu, "men": 30}
    await ground.hold(Told(Kind.VISIT, "sw", ground.today, **training))
    found = await ground.read(coverage.read, rule)
    assert found.elsewhere == 0  # the rule is for those at its sites
    told = {
        (one.site.code, one.language): (one.people, one.reached(1), one.reached(5), one.whole)
        for one in found.cells
    }
    assert told == {
        ("KB12", "en"): (5, 3, 2, 2),
        ("KB12", "sw"): (2, 2, 0, 0),
        ("LU3", "sw"): (40, 30, 30, 30),
    }
    (swahili,) = [one for one in found.cells if one.language == "sw" and one.site.code == "KB12"]
    assert swahili.heard.unreported == {1: 2}


async def test_who_was_told_in_another_language_was_not_told(ground):
    kb = await ground.site("KB12")
    rule = await ground.rule(kb)
    await ground.list_people((4, "sms", "sw", kb))
    await ground.tell(rule, kb, whole(4), "sw", told_in="en")
    await ground.tell(rule, kb, {1: 3}, "sw")
    (cell_,) = (await ground.read(coverage.read, rule)).cells
    assert [cell_.reached(part) for part in PARTS] == [3, 0, 0, 0, 0]
    assert cell_.whole == 0


async def test_of_a_day_that_is_over_only_what_had_been_told_by_then_counts(ground):
    kb = await ground.site("KB12")
    rule = await ground.rule(kb)
    await ground.list_people((4, "sms", "en", kb))
    there = {"rule_id": rule.id, "tells": "1", "site_id": kb, "men": 1}
    await ground.hold(Told(Kind.VISIT, "en", ground.today, **there))
    before = Until.end_of(ground.today - timedelta(days=1), UTC)
    await ground.tell(rule, kb, {2: 1})
    ground.now -= timedelta(days=1)
    await ground.tell(rule, kb, {1: 2})
    async with ground.database.reading() as db:
        (then,) = (await coverage.read(db, rule, until=before)).cells
        (now,) = (await coverage.read(db, rule)).cells
    assert [then.reached(part) for part in (1, 2)] == [2, 0]
    assert [now.reached(part) for part in (1, 2)] == [3, 1]


TONGUES = ("en", "fr", "sw")


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    listed=st.lists(st.integers(0, 3), min_size=3, max_size=3).filter(any),
    spoken=st.sets(st.sampled_from(TONGUES[1:])),
    fallback=st.sampled_from(Fallback),
)
async def test_whatever_the_fallback_a_language_is_told_when_it_was_spoken(
    ground, listed, spoken, fallback
):
    if not hasattr(ground, "made"):
        ground.made = 0
        ground.people = [await ground.member(name=name) for name in ("Rehema", "Joseph")]
    ground.made += 1
    ground.now += timedelta(hours=1)
    site = await ground.site(f"S{ground.made}")
    people = {tag: n for tag, n in zip(TONGUES, listed, strict=True) if n}
    await ground.list_people(*((n, "sms", tag, site) for tag, n in people.items()))
    for tag, n in people.items():
        await ground.state(Population(site, tag, n, "Count", ground.today))
    rule = await ground.rule(site, languages=spoken)
    made = await ground.do(telling.begin, rule.id, FIVE, by=ground.people[0])
    draft = replace((await ground.find(made)).draft, fallback=fallback)
    how = {"edition": 1, "by": ground.people[0]}
    await ground.do(announcements.change, made, draft, **how)
    reached = people.keys() & {"en", *spoken}
    if reached or fallback is Fallback.BASE:
        await ground.let_go(made, *ground.people)
        await ground.tick()
        async with ground.database.transaction() as db:
            moved = {"state": State.DELIVERED, "moved_at": ground.now}
            await db.execute(update(outbox).values(moved))
        await told.take(ground.database, ground.now)
    cells = (await ground.read(coverage.read, rule)).cells
    assert {one.language: one.people for one in cells} == people
    for one in cells:
        heard = one.people if one.language in reached else 0
        assert {one.whole, *(one.reached(part) for part in PARTS)} == {heard}
    assert (await ground.read(guard.may_begin, rule)).reached is (reached == set(people))


async def test_what_one_person_wrote_down_does_not_count(ground):
    kb, lu = [await ground.site(code) for code in ("KB12", "LU3")]
    rule = await ground.rule(kb, lu)
    await ground.list_people((5, "sms", "en", kb))
    by = {"by": "system"}
    visit = Told(Kind.VISIT, "en", ground.today, kb, rule_id=rule.id, tells=FIVE, men=5)
    made = await ground.do(events.add, visit, **by, zone=UTC)
    nobody = Population(lu, "en", 0, "Us", ground.today)
    await ground.do(populations.state, nobody, **by, today=ground.today)
    one, other = (await ground.read(coverage.read, rule)).cells
    assert (one.whole, one.unheard, other.baseline) == (0, 0, Baseline.NOBODY)
    await ground.do(events.confirm, made, by=await ground.second())
    (stated_,) = await ground.read(populations.waiting)
    await ground.do(populations.confirm, stated_.id, by=await ground.second())
    seen = await ground.read(coverage.read, rule)
    assert [(cell.site.id, cell.whole, cell.unheard) for cell in seen.cells] == [(kb, 5, 5)]
    assert [site.id for site in seen.sites] == [kb, lu]
    assert seen.unspoken == [stated_.told]


async def test_who_told_no_site_is_counted_apart(ground):
    kb = await ground.site("KB12")
    rule = await ground.rule()
    await ground.list_people((2, "sms", "en", kb), (3, "sms", "en"))
    found = await ground.read(coverage.read, rule)
    assert ([one.people for one in found.cells], found.elsewhere) == ([2], 3)


@pytest.mark.parametrize("edition", [2])
async def test_what_was_told_of_another_edition_does_not_count(ground, rules, edition):
    kb = await ground.site("KB12")
    rule = await ground.rule(kb)
    await ground.list_people((2, "sms", "en", kb))
    await ground.tell(rule, kb, whole(2))
    assert (await ground.read(coverage.read, rule)).cells[0].whole == 2
    changed = await rules.act("change", rule, replace(rule.facts, legal="Act 2"))
    changed = await rules.act("publish", changed)
    assert changed.edition.number == edition
    assert (await ground.read(coverage.read, changed)).cells[0].whole == 0
