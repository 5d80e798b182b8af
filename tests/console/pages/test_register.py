"""The register as anybody meets it: no sign-in, both languages, no names, no small counts."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from outreach import guard, overrides, register
from outreach.events import Kind, Told
from tests.support.covering import FIVE, whole
from tests.support.rulemaking import Rules


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def rule(ground):
    """A rule told in one district to 12 of 20, and in another to 2 of 8, with an override."""
    north, south = await ground.site("KB12"), await ground.site("LU3", "South")
    await ground.list_people((20, "sms", "en", north), (8, "sms", "en", south))
    rule = await ground.rule(north, south)
    await ground.tell(rule, north, whole(12))
    await ground.tell(rule, south, whole(2))
    rehema, joseph = [await ground.member(name=name) for name in ("Rehema Juma", "Joseph Banda")]
    await ground.do(guard.ask_override, rule.id, "=A flood took the road.", by=rehema)
    (asked,) = await ground.read(overrides.of, rule.id, 1)
    await ground.do(guard.agree, rule.id, asked.id, by=joseph)
    await ground.do(guard.begin_enforcement, rule.id, ground.today, by=rehema, zone=UTC)
    await register.count(ground.database, ground.now, UTC)
    return rule


async def test_anybody_reads_it_and_no_name_is_in_it(visitor, rule):
    answer = await visitor.get("/register")
    text = await answer.text()
    assert answer.status == 200
    for told in ("Retorts only", "R1", "=A flood took the road.", "Official", "12 May 2026"):
        assert told in text
    assert "Enforcement began by an override" in text
    for name in ("Rehema", "Joseph", "KB12", "LU3"):
        assert name not in text


async def test_what_was_reached_when_enforcement_began_is_told(visitor, ground):
    site = await ground.site("KB12")
    await ground.list_people((10, "sms", "en", site))
    rule = await ground.rule(site)
    await register.count(ground.database, ground.now, UTC)  # nobody was told by then
    await ground.tell(rule, site, whole(7))
    rehema = await ground.member(name="Rehema Juma")
    await ground.do(guard.begin_enforcement, rule.id, ground.today, by=rehema, zone=UTC)
    text = await (await visitor.get("/register")).text()
    assert "When enforcement began, 60% of the people or more had been told" in text
    assert "by an override" not in text


async def test_small_counts_are_hidden_on_the_page_and_in_the_file(visitor, rule):
    text = await (await visitor.get("/register")).text()
    assert '<span class="hidden">hidden</span>' in text
    csv = (await (await visitor.get("/register.csv")).read()).decode("utf-8-sig")
    heads, north, south = csv.splitlines()
    assert heads.startswith("Rule,Title,Law announced")
    assert ",North," in north
    assert ",South,hidden," in south
    assert "Of all told, without a telephone" in heads
    assert "'=A flood took the road." in south  # no spreadsheet runs it


async def test_which_share_was_told_without_a_telephone_is_shown(visitor, ground):
    site = await ground.site("KB12")
    await ground.list_people((40, "sms", "en", site))
    rule = await ground.rule(site)
    await ground.tell(rule, site, whole(15))
    seen = {"rule_id": rule.id, "tells": FIVE, "site_id": site, "women": 5}
    await ground.hold(Told(Kind.VISIT, "en", ground.today, **seen))
    await register.count(ground.database, ground.now, UTC)
    text = await (await visitor.get("/register")).text()
    assert "Of those told, 25% were told without a telephone" in text
    csv = (await (await visitor.get("/register.csv")).read()).decode("utf-8-sig")
    assert ",North,20,20,25%," in csv


async def test_an_edition_that_is_enforced_stays_when_another_is_published(
    visitor, ground, database, now
):
    site = await ground.site("KB12")
    await ground.list_people((10, "sms", "en", site))
    rule = await ground.rule(site)
    await ground.tell(rule, site, whole(7))
    rehema = await ground.member(name="Rehema Juma")
    by = {"by": rehema, "today": ground.today}
    await ground.do(guard.begin, rule.id, guard.Stage.ASSISTANCE, ground.today, **by)
    await ground.do(guard.begin_enforcement, rule.id, ground.today, by=rehema, zone=UTC)
    rules = Rules(database, now)
    changed = await rules.act("change", rule, replace(rule.facts, legal="Act 2"))
    await rules.act("publish", changed)
    text = await (await visitor.get("/register")).text()
    assert "Edition 1 has been enforced since 12 May 2026." in text
    assert "When enforcement began, 60% of the people" in text
    assert "(planned for edition 2, not begun)" in text
    assert "Assistance: <strong>12 May 2026</strong>" in text
    csv = (await (await visitor.get("/register.csv")).read()).decode("utf-8-sig")
    assert ",2026-05-12,,,1: 2026-05-12," in csv.splitlines()[1]


async def test_it_is_there_in_french(visitor, rule):
    answer = await visitor.get("/register", headers={"Accept-Language": "fr"})
    text = await answer.text()
    assert "Registre public des changements de règles" in text
    assert "Public register" not in text


async def test_before_the_first_rule_it_says_so(visitor):
    text = await (await visitor.get("/register")).text()
    assert "No rule change was published yet" in text


async def test_one_reading_serves_all_who_look_for_a_minute(visitor, rule, monkeypatch, clock):
    readings, read = [], register.read

    async def counted(db):
        readings.append(1)
        return await read(db)

    monkeypatch.setattr(register, "read", counted)
    for _ in range(3):
        await visitor.get("/register")
    assert len(readings) == 1
    clock.now += timedelta(minutes=1)
    await visitor.get("/register.csv")
    assert len(readings) == 2
