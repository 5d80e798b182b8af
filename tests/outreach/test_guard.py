"""Enforcement begins when everybody has been told, or when two people said so; and never else."""

from datetime import UTC, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from forum import audit
from forum.members import Role
from outreach import coverage, guard, overrides, register, thresholds
from outreach.audiences import Audience
from outreach.events import Kind, Told
from outreach.guard import Stage
from outreach.overrides import Changed, Refusal, Refused
from outreach.populations import Population
from outreach.subscribers import subscribers
from tests.support.covering import FIVE, whole
from tests.support.rulemaking import Rules, whole_dates

TWO_CELLS = ("en", "sw")


@pytest.fixture
async def site(ground):
    return await ground.site("KB12")


@pytest.fixture
async def rule(ground, site):
    """A rule at one site where ten listen, of whom nobody has been told."""
    await ground.list_people((10, "sms", "en", site))
    return await ground.rule(site)


async def begin(ground, rule, by, day=None):
    day = ground.today if day is None else day
    await ground.do(guard.begin_enforcement, rule.id, day, by=by, zone=UTC)


async def refusal(ground, rule, by, day=None):
    with pytest.raises(Refused) as error:
        await begin(ground, rule, by, day)
    assert Stage.ENFORCEMENT not in await ground.read(guard.stages, rule.id, 1)
    return error.value.why


async def test_it_cannot_begin_while_one_part_is_below_the_threshold(ground, rule, site, rehema):
    await ground.tell(rule, site, {**whole(6), 4: 5})
    judged = await ground.read(guard.may_begin, rule)
    assert [(gap.site, gap.language, gap.part, gap.share) for gap in judged.gaps] == [
        ("KB12", "en", 4, 0.5)
    ]
    assert await refusal(ground, rule, rehema) is Refusal.GAPS


async def test_it_begins_once_at_the_threshold_and_stays(ground, rule, site, rehema):
    await ground.tell(rule, site, whole(6))
    await begin(ground, rule, rehema)
    begun = (await ground.read(guard.stages, rule.id, 1))[Stage.ENFORCEMENT]
    assert (begun.day, begun.threshold, begun.override_id) == (ground.today, 60, None)
    with pytest.raises(Changed):
        await begin(ground, rule, rehema)
    acts = [(line.act, line.subject) for line in await ground.read(audit.recent)]
    assert acts[0] == ("enforcement.begun", rule.reference)


async def test_with_telephones_of_their_own_one_person_opens_nothing(ground, site, rehema):
    rule = await ground.rule(site, roles=frozenset({"buyer"}))
    everybody = await ground.rule(site, title="Another")
    await ground.enrol(30, site)
    async with ground.database.transaction() as db:
        await db.execute(update(subscribers).values(role="buyer"))
    for one in (rule, everybody):
        await ground.tell(one, site, whole(30))
        assert len((await ground.read(guard.may_begin, one)).gaps) == 5
        assert await refusal(ground, one, rehema) is Refusal.GAPS
    await ground.state(Population(site, "en", 30, "Count", ground.today))
    await begin(ground, everybody, rehema)
    assert await refusal(ground, rule, rehema) is Refusal.GAPS  # that is no number of buyers


async def test_whom_staff_list_later_makes_no_share_larger(ground, rule, site, rehema):
    await ground.tell(rule, site, whole(5))
    await ground.enrol(20, site)
    await ground.tell(rule, site, whole(20), enrolled=True)
    assert await refusal(ground, rule, rehema) is Refusal.GAPS
    (cell,) = (await ground.read(coverage.read, rule)).cells
    assert (cell.people, cell.reached(1), cell.whole) == (10, 5, 5)


async def test_whom_staff_had_listed_before_it_was_published_count(ground, site, rehema):
    await ground.enrol(10, site)
    ground.now += timedelta(days=1)
    rule = await ground.rule(site)
    await ground.tell(rule, site, whole(10))
    await begin(ground, rule, rehema)


@pytest.mark.parametrize(("listed", "opens"), [(9, False), (10, True)])
async def test_of_few_the_list_says_too_little(ground, site, rehema, listed, opens):
    await ground.list_people((listed, "sms", "en", site))
    rule = await ground.rule(site)
    await ground.tell(rule, site, whole(listed))
    assert (await ground.read(guard.may_begin, rule)).reached is opens
    await ground.state(Population(site, "en", listed, "Count", ground.today))
    await begin(ground, rule, rehema)


async def test_a_higher_threshold_counts_at_once(ground, rule, site, rehema):
    await ground.tell(rule, site, whole(6))
    await ground.do(thresholds.ask_for, 61, by=await ground.member(Role.LEAD))
    assert await refusal(ground, rule, rehema) is Refusal.GAPS


@pytest.mark.parametrize("days", [1, -2])
async def test_not_on_a_day_to_come_nor_before_the_rules_own(ground, rule, site, rehema, days):
    await ground.tell(rule, site, whole(10))
    day = ground.today + timedelta(days=days)
    assert await refusal(ground, rule, rehema, day) is Refusal.DAY


@pytest.fixture
async def older(ground, site):
    """A rule at one site where ten listen that may be enforced since nine days ago."""
    await ground.list_people((10, "sms", "en", site))
    days = {"announced_on": -20, "outreach_from": -20, "in_force_on": -12, "enforcement_from": -9}
    dates, applies = whole_dates(ground.today, **days), Audience(sites=frozenset({site}))
    return await Rules(ground.database, ground.now).published(dates=dates, applies=applies)


async def earliest(ground, rule, after):
    days = {"today": ground.today, "zone": UTC}
    async with ground.database.reading() as db:
        return await guard.earliest(db, rule, after, **days)


@pytest.mark.parametrize("ago", [0, 1, 4, 8])
async def test_not_on_a_day_by_whose_end_too_few_were_told(ground, older, site, rehema, ago):
    first, before = [ground.today - timedelta(days=days) for days in (ago, ago + 1)]
    assert await earliest(ground, older, before) is None
    ground.now -= timedelta(days=ago)
    await ground.tell(older, site, whole(6))
    ground.now += timedelta(days=ago)
    assert await refusal(ground, older, rehema, before) is Refusal.EARLY
    assert await earliest(ground, older, before) == first
    assert await earliest(ground, older, ground.today - timedelta(days=9)) == first
    await begin(ground, older, rehema, first)
    assert (await ground.read(guard.stages, older.id, 1))[Stage.ENFORCEMENT].day == first


@pytest.mark.parametrize("change", ["people", "threshold"])
async def test_not_on_a_day_before_what_it_is_judged_by_was_changed(
    ground, older, site, rehema, change
):
    now, (changed, before) = ground.now, [ground.today - timedelta(days=n) for n in (2, 3)]
    ground.now = now - timedelta(days=8)
    await ground.tell(older, site, whole(10))
    ground.now = now - timedelta(days=2)
    if change == "people":
        await ground.state(Population(site, "en", 10, "Count", ground.today))
    else:
        lead = await ground.member(Role.LEAD, joined=now - timedelta(days=30))
        await ground.do(thresholds.ask_for, 70, by=lead)
    ground.now = now
    assert await refusal(ground, older, rehema, before) is Refusal.EARLY
    assert await earliest(ground, older, before) == changed
    await begin(ground, older, rehema, changed)


async def test_not_on_a_day_before_two_people_agreed(ground, older, rehema, joseph):
    await ground.do(guard.ask_override, older.id, "A flood.", by=rehema)
    (asked,) = await ground.read(overrides.of, older.id, 1)
    await ground.do(guard.agree, older.id, asked.id, by=joseph)
    before, agreed = ground.today - timedelta(days=1), ground.today
    assert await refusal(ground, older, rehema, before) is Refusal.EARLY
    ground.now += timedelta(days=3)
    assert await refusal(ground, older, rehema, before) is Refusal.EARLY
    assert await earliest(ground, older, before) == agreed
    await begin(ground, older, rehema, agreed)


async def test_before_everybody_was_told_it_began_by_the_override(
    ground, older, site, rehema, joseph
):
    await ground.do(guard.ask_override, older.id, "A flood.", by=rehema)
    (asked,) = await ground.read(overrides.of, older.id, 1)
    await ground.do(guard.agree, older.id, asked.id, by=joseph)
    first = ground.today
    ground.now += timedelta(days=2)
    await ground.tell(older, site, whole(10))
    await begin(ground, older, rehema, first)
    begun = (await ground.read(guard.stages, older.id, 1))[Stage.ENFORCEMENT]
    assert begun.override_id == asked.id


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICIAL])
async def test_only_who_broadcasts_records_it(ground, rule, site, role):
    await ground.tell(rule, site, whole(10))
    assert await refusal(ground, rule, await ground.member(role)) is Refusal.RIGHT


async def test_a_rule_that_applies_nowhere_cannot_be_shown_to_be_told(ground, rehema):
    rule = await ground.rule(minerals=frozenset({"tin"}))
    assert await refusal(ground, rule, rehema) is Refusal.GAPS


async def test_what_is_not_told_to_anybody_has_no_stage(ground, rules, rehema):
    drafted = await rules.draft()
    with pytest.raises(Changed):
        await begin(ground, drafted, rehema)


async def test_assistance_and_monitoring_are_recorded_and_corrected(ground, rule, rehema):
    more = {"by": rehema, "today": ground.today}
    for days in (3, 2):
        day = ground.today - timedelta(days=days)
        await ground.do(guard.begin, rule.id, Stage.ASSISTANCE, day, **more)
    found = await ground.read(guard.stages, rule.id, 1)
    assert {stage: one.day for stage, one in found.items()} == {Stage.ASSISTANCE: day}
    with pytest.raises(Refused):
        ahead = ground.today + timedelta(days=1)
        await ground.do(guard.begin, rule.id, Stage.MONITORING, ahead, **more)
    with pytest.raises(ValueError, match="enforcement"):
        await ground.do(guard.begin, rule.id, Stage.ENFORCEMENT, ground.today, **more)


async def test_an_override_by_two_lets_it_begin_and_is_in_the_register(
    ground, rule, rehema, joseph
):
    await ground.do(guard.ask_override, rule.id, "A flood took the road.", by=rehema)
    (asked,) = await ground.read(overrides.of, rule.id, 1)
    assert await refusal(ground, rule, rehema) is Refusal.GAPS
    with pytest.raises(Refused):
        await ground.do(guard.agree, rule.id, asked.id, by=rehema)
    assert (await ground.read(register.read))[0].overrides == []
    await ground.do(guard.agree, rule.id, asked.id, by=joseph)
    (line,) = await ground.read(register.read)
    assert [one.reason for one in line.overrides] == ["A flood took the road."]
    await begin(ground, rule, rehema)
    (line,) = await ground.read(register.read)
    assert line.enforcement.override_id == asked.id
    acts = [line.act for line in await ground.read(audit.recent)]
    assert acts[:3] == ["enforcement.begun", "enforcement.agreed", "enforcement.asked"]


async def test_an_override_that_was_declined_lets_nothing_begin(ground, rule, rehema, joseph):
    await ground.do(guard.ask_override, rule.id, "A flood.", by=rehema)
    (asked,) = await ground.read(overrides.of, rule.id, 1)
    await ground.do(guard.decline, rule.id, asked.id, by=joseph)
    assert await refusal(ground, rule, rehema) is Refusal.GAPS
    with pytest.raises(Changed):
        await ground.do(guard.agree, rule.id, asked.id, by=joseph)


async def test_where_everybody_was_told_no_override_is_asked(ground, rule, site, rehema):
    await ground.tell(rule, site, whole(10))
    with pytest.raises(Refused) as error:
        await ground.do(guard.ask_override, rule.id, "Haste.", by=rehema)
    assert error.value.why is Refusal.NEEDLESS


# --- the property -------------------------------------------------------------------------------

cells = st.fixed_dictionaries(
    {
        "listed": st.integers(0, 4) | st.integers(9, 12),
        "late": st.integers(0, 2),  # whom staff have put on the list since, and nobody told
        "told": st.lists(st.integers(0, 12), min_size=5, max_size=5),
        "stated": st.none() | st.integers(0, 6),
        "there": st.lists(
            st.tuples(
                st.sampled_from(Kind), st.sampled_from([FIVE, FIVE, "1", "245"]), st.integers(1, 6)
            ),
            max_size=2,
        ),
    }
)
worlds = st.lists(st.lists(cells, min_size=1, max_size=2), min_size=1, max_size=2)


def is_told(world, threshold):
    """Say, from the world itself, whether every site and language was told enough."""
    judged = []
    for site in world:
        known = [one for one in site if one["listed"] or one["late"] or one["stated"] is not None]
        judged += [False] if not known else []
        for one in known:
            people = max(one["listed"], one["stated"] or 0)
            if (one["stated"] is None and people < coverage.LEAST_LISTED) or (
                one["late"] and not people
            ):
                judged.append(False)
            for part in range(1, 6) if people else ():
                phones = min(one["told"][part - 1], one["listed"])
                heard = [each for each in one["there"] if str(part) in each[1]]
                there = sum(n for kind, _, n in heard if kind is not Kind.RADIO)
                on_air = max((n for kind, _, n in heard if kind is Kind.RADIO), default=0)
                judged.append(min(people, phones + there + on_air) * 100 >= threshold * people)
    return bool(judged) and all(judged)


async def build(ground, world):
    """Make the world: its sites, who listens there, who was told, by telephone and without."""
    sites = [await ground.site(f"S{ground.made + n}") for n in range(len(world))]
    ground.made += len(sites)
    rule = await ground.rule(*sites)
    for site, its in zip(sites, world, strict=True):
        for language, one in zip(TWO_CELLS, its, strict=False):
            if one["listed"]:
                await ground.list_people((one["listed"], "sms", language, site))
                await ground.tell(rule, site, dict(enumerate(one["told"], start=1)), language)
            if one["late"]:
                await ground.enrol(one["late"], site, language)
            if one["stated"] is not None:
                there = Population(site, language, one["stated"], "Count", ground.today)
                await ground.state(there)
            for kind, tells, people in one["there"]:
                number = {"reach" if kind is Kind.RADIO else "women": people}
                seen = {"rule_id": rule.id, "tells": tells, "site_id": site, **number}
                await ground.hold(Told(kind, language, ground.today, **seen))
    return rule


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    world=worlds,
    threshold=st.sampled_from([60, 75, 100]),
    word=st.sampled_from(["nobody", "asked", "declined", "agreed"]),
)
async def test_enforcement_begins_if_everybody_was_told_or_two_people_agreed_and_only_then(
    ground, world, threshold, word
):
    if not hasattr(ground, "made"):
        ground.made = 0
        ground.people = [await ground.member(name=name) for name in ("Rehema", "Joseph")]
    rehema, joseph = ground.people
    async with ground.database.transaction() as db:
        await thresholds._keep(db, ground.now, threshold=threshold)
    rule = await build(ground, world)
    told, stands = is_told(world, threshold), False
    if word != "nobody" and not told:
        await ground.do(guard.ask_override, rule.id, "A flood.", by=rehema)
        (asked,) = await ground.read(overrides.of, rule.id, 1)
        if word != "asked":
            deed = guard.agree if word == "agreed" else guard.decline
            await ground.do(deed, rule.id, asked.id, by=joseph)
            stands = word == "agreed"
    judged = await ground.read(guard.may_begin, rule)
    assert (judged.reached, judged.may_begin) == (told, told or stands)
    if told or stands:
        await begin(ground, rule, rehema)
        begun = (await ground.read(guard.stages, rule.id, 1))[Stage.ENFORCEMENT]
        assert (begun.override_id is not None) is stands
    else:
        assert await refusal(ground, rule, rehema) is Refusal.GAPS
    lines = {line.rule.id: line for line in await ground.read(register.read)}
    assert len(lines[rule.id].overrides) == stands
    assert (lines[rule.id].enforcement is not None) is (told or stands)
    seen = await ground.read(coverage.read, rule)
    assert len({(one.site.id, one.language) for one in seen.cells}) == len(seen.cells)
