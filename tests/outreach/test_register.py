from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest

from outreach import guard, register
from outreach.events import Kind, Told
from outreach.guard import Stage
from outreach.populations import Population
from outreach.register import MISSED, TOLD, Week, monday_of, offline_share, shown
from tests.support.covering import FIVE, whole


def test_a_week_begins_on_the_forums_monday(now):
    monday = monday_of(now, UTC)
    assert monday.weekday() == 0
    assert timedelta() <= now.date() - monday < timedelta(days=7)


def test_small_counts_are_hidden_and_none_can_be_worked_out():
    districts = {"East": (40, 60), "North": (3, 50), "South": (70, 30)}
    table = shown(Week(date(2026, 5, 11), districts))
    assert table.at("North", TOLD) is None
    hidden = [cell for cell, n in table.counts.items() if n is None]
    assert len({cell.row for cell in hidden}) > 1
    assert len({cell.column for cell in hidden}) > 1
    assert shown(Week(date(2026, 5, 11), {"East": (40, 60)})).at("East", MISSED) == 20


async def test_it_is_counted_by_district_once_a_week(ground):
    kb, lu = await ground.site("KB12"), await ground.site("LU3")
    rule = await ground.rule()
    await ground.list_people((8, "sms", "en", kb), (7, "sms", "en", lu))
    await ground.tell(rule, kb, whole(5))
    assert (await ground.read(register.read))[0].week is None
    assert await register.count(ground.database, ground.now, UTC) == 1
    await ground.tell(rule, lu, whole(7))
    assert await register.count(ground.database, ground.now, UTC) == 0
    (line,) = await ground.read(register.read)
    assert line.week == Week(monday_of(ground.now, UTC), {"North": (5, 15)}, 0)
    ground.now += timedelta(days=7)
    assert await register.count(ground.database, ground.now, UTC) == 1
    (line,) = await ground.read(register.read)
    assert line.week == Week(monday_of(ground.now, UTC), {"North": (12, 15)}, 0)


@pytest.mark.parametrize(
    ("offline", "told", "share"),
    [
        *((6, 24, 0.25), (24, 24, 1), (0, 24, 0)),
        *((4, 24, None), (20, 24, None), (0, 0, None), (None, 24, None)),
    ],
)
def test_which_share_was_told_without_a_telephone_unless_a_side_is_small(offline, told, share):
    week = Week(date(2026, 5, 11), {"East": (told, 60)}, offline)
    assert offline_share(week) == share


async def test_who_was_told_without_a_telephone_is_counted_apart(ground):
    site = await ground.site("KB12")
    rule = await ground.rule()
    await ground.list_people((20, "sms", "en", site))
    await ground.tell(rule, site, whole(8))
    seen = {"rule_id": rule.id, "tells": FIVE, "site_id": site, "women": 6}
    await ground.hold(Told(Kind.VISIT, "en", ground.today, **seen))
    await register.count(ground.database, ground.now, UTC)
    (line,) = await ground.read(register.read)
    assert line.week == Week(monday_of(ground.now, UTC), {"North": (14, 20)}, 6)


async def test_a_rule_that_is_withdrawn_stays_in_it_and_a_draft_never_was(ground, rules):
    rule = await ground.rule()
    await rules.draft()
    await rules.act("withdraw", rule)
    (line,) = await ground.read(register.read)
    assert (line.rule.id, line.rule.state) == (rule.id, "withdrawn")
    assert list(line.texts.values()) == ["Retorts only", "Retorts only"]


async def test_every_edition_that_is_enforced_stays_in_it(ground, rules, rehema):
    site = await ground.site("KB12")
    rule = await ground.rule(site)
    await ground.list_people((10, "sms", "en", site))
    await ground.tell(rule, site, whole(10))
    by = {"by": rehema, "today": ground.today}
    before = ground.today - timedelta(days=1)
    for stage in (Stage.ASSISTANCE, Stage.MONITORING):
        await ground.do(guard.begin, rule.id, stage, before, **by)
    await ground.do(guard.begin_enforcement, rule.id, ground.today, by=rehema, zone=UTC)
    days = {"assistance": before, "monitoring": before}
    (line,) = await ground.read(register.read)
    assert line.days == {**days, "enforcement": ground.today}
    changed = await rules.act("change", rule, replace(rule.facts, legal="Act 2"))
    await rules.act("publish", changed)
    (line,) = await ground.read(register.read)
    assert (line.enforcement, line.days) == (None, days)
    assert {edition: one.day for edition, one in line.enforced.items()} == {1: ground.today}
    await ground.do(guard.begin, rule.id, Stage.MONITORING, ground.today, **by)
    (line,) = await ground.read(register.read)
    assert line.days == {**days, "monitoring": ground.today}


async def test_a_place_where_nobody_is_known_counts_nobody(ground):
    site = await ground.site("KB12")
    await ground.rule()
    there = Population(site, "en", 50, "Count", ground.today)
    await ground.state(there)
    await register.count(ground.database, ground.now, UTC)
    assert (await ground.read(register.read))[0].week.districts == {"North": (0, 50)}
