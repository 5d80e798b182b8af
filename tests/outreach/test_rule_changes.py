from dataclasses import replace
from datetime import timedelta

import pytest

from forum.bodies import Site
from outreach.audiences import EVERYBODY, Audience
from outreach.rule_changes import (
    announced,
    applies_to,
    as_told,
    by_reference,
    every,
    in_force,
    published,
)
from outreach.rule_dates import NO_DATES
from tests.support.rulemaking import whole_dates

SITE = Site("s" * 32, "KB12", "Kubrantu Hill", "Welzamba", "gold")


def asks(**values):
    return Audience(**{name: frozenset(several) for name, several in values.items()})


@pytest.mark.parametrize(
    ("applies", "site", "role", "fits"),
    [
        (EVERYBODY, None, None, True),
        (EVERYBODY, SITE, "digger", True),
        (asks(sites={SITE.id}), SITE, None, True),
        (asks(sites={"t" * 32}), SITE, None, False),
        (asks(districts={"Welzamba", "Kavostra"}), SITE, None, True),
        (asks(districts={"Kavostra"}), SITE, None, False),
        (asks(minerals={"gold"}), SITE, None, True),
        (asks(minerals={"tin"}), SITE, None, False),
        (asks(minerals={"gold"}), None, None, False),
        (asks(roles={"digger"}), None, "digger", True),
        (asks(roles={"digger"}), None, "buyer", False),
        (asks(roles={"digger"}), None, None, False),
        (asks(minerals={"gold"}, roles={"digger"}), SITE, "digger", True),
        (asks(minerals={"gold"}, roles={"digger"}), SITE, None, False),
        (asks(minerals={"gold"}, roles={"digger"}), None, "digger", False),
    ],
)
async def test_a_rule_is_for_whom_it_asks_for_and_not_for_whom_we_do_not_know(
    rules, applies, site, role, fits
):
    assert applies_to(await rules.draft(applies=applies), site, role) is fits


async def test_what_was_kept_is_read_as_it_was(rules, facts):
    applies = asks(minerals={"gold"}, districts={"Kavostra"})
    rule = await rules.draft(applies=applies)
    assert rule.facts.applies == applies
    assert rule.dates == facts.dates


async def test_the_published_are_read_with_the_newest_announced_first(rules, database, now):
    today = now.date()
    late = await rules.published(dates=whole_dates(today, announced_on=-6))
    early = await rules.published(dates=whole_dates(today, announced_on=-20))
    twin = await rules.published(dates=whole_dates(today, announced_on=-6))
    await rules.draft()
    async with database.reading() as db:
        told = await published(db)
        assert [rule.number for rule in told] == [twin.number, late.number, early.number]
        assert [rule.number for rule in await every(db)] == [4, 3, 2, 1]


@pytest.mark.parametrize("typed", ["R1", "r1", " r 1 ", "R-1"])
async def test_a_reference_is_understood_as_it_is_typed(rules, database, typed):
    rule = await rules.published()
    async with database.reading() as db:
        assert await by_reference(db, typed) == rule


@pytest.mark.parametrize("typed", ["", "1", "R2", "KB12", "R1234567", "R1 please", "r\u0661"])
async def test_what_is_no_reference_names_nothing(rules, database, typed):
    await rules.published()
    async with database.reading() as db:
        assert await by_reference(db, typed) is None


async def test_an_edition_is_found_by_its_number_and_no_other_is(rules, facts):
    rule = await rules.act("change", await rules.published(), facts)
    assert (await rules.find(rule.id)).edition.number == 2
    assert (await rules.find(rule.id, 1)).edition.frozen
    assert await rules.find(rule.id, 3) is None
    assert await rules.find("x" * 32) is None


def test_days_tell_from_when_on_it_is_told_and_holds(now):
    today = now.date()
    dates = whole_dates(today, announced_on=0, outreach_from=0, in_force_on=3)
    yesterday = today - timedelta(days=1)
    assert announced(dates, today)
    assert not announced(dates, yesterday)
    assert in_force(dates, today + timedelta(days=3))
    assert not in_force(dates, today + timedelta(days=2))
    assert not announced(NO_DATES, today)
    assert not in_force(NO_DATES, today)


async def test_it_is_told_by_the_edition_that_is_published_until_it_is_withdrawn(ground, rules):
    drafted = await rules.draft()
    assert await ground.read(as_told, drafted.id) is None
    rule = await ground.rule()
    changed = await rules.act("change", rule, replace(rule.facts, legal="Act 2"))
    assert changed.newest == 2
    assert (await ground.read(as_told, rule.id)).edition.number == 1
    await rules.act("withdraw", changed)
    assert await ground.read(as_told, rule.id) is None
