"""The facts of a rule change: typed, given back when they are wrong, and never lost to another."""

import re

import pytest

from console import rule_names
from forum.members import Role
from outreach import rule_changes
from outreach.audiences import Audience
from outreach.profiles import ROLES
from outreach.rule_changes import Practice
from outreach.rule_dates import FIELDS
from tests.support.rulemaking import Rules


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


FACTS = {
    "practice": "poor",
    "legal": "Minerals Act, section 14",
    "authority": "Mines Inspectorate",
    "base": "sw",
    "announced_on": "2026-06-01",
    "outreach_from": "2026-06-10",
    "in_force_on": "2026-07-01",
    "grace_until": "",
    "enforcement_from": "2026-09-01",
}


@pytest.fixture
def rules(database, now):
    return Rules(database, now)


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Oluchi Eze")


async def every(database):
    async with database.reading() as db:
        return await rule_changes.every(db)


async def test_one_is_begun_and_its_words_come_next(official, site, database):
    answer = await official.post("/rules/new", {**FACTS, "minerals": "gold", "roles": "digger"})
    assert answer.url.path.endswith("/words/sw")
    assert "The facts of R1 are kept." in await answer.text()
    (rule,) = await every(database)
    assert (rule.facts.practice, rule.facts.base) == (Practice.POOR, "sw")
    assert rule.facts.applies == Audience(
        minerals=frozenset({"gold"}), roles=frozenset({"digger"})
    )
    assert rule.dates.in_force_on.isoformat() == "2026-07-01"
    assert rule.dates.grace_until is None
    assert rule.edition.saved_by == official.member.id


@pytest.mark.parametrize("role", ROLES)
async def test_a_rule_can_be_for_whatever_work_is_kept_of_people(official, database, role):
    name = rule_names.ROLES[role]
    assert name in await official.page("/rules/new")
    answer = await official.post("/rules/new", {**FACTS, "roles": role})
    assert answer.url.path.endswith("/words/sw")
    (rule,) = await every(database)
    assert rule.facts.applies == Audience(roles=frozenset({role}))


async def test_the_language_of_this_installation_is_offered_first(official):
    assert '<option value="en" selected>' in await official.page("/rules/new")


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"practice": ""}, "practice", "Choose one of these."),
        ({"base": "xx"}, "base", "Choose one of these."),
        ({"legal": " "}, "legal", "Write the law and its article"),
        ({"legal": "x" * 201}, "legal", "Write the law and its article"),
        ({"authority": ""}, "authority", "Write who stands behind it"),
        ({"in_force_on": "soon"}, "in_force_on", "This is no day of the calendar."),
        (
            {"in_force_on": "2026-06-09"},
            "in_force_on",
            "This day cannot come before: Outreach starts.",
        ),
        (
            {"grace_until": "2026-09-01"},
            "enforcement_from",
            "This day has to come after: Grace period until.",
        ),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_the_rest_given_back(
    official, site, database, wrong, field, said
):
    answer = await official.post("/rules/new", {**FACTS, "minerals": "gold", **wrong})
    text = await answer.text()
    assert answer.status == 422
    assert said in text.partition(f'id="{field}-error">')[2][:100]
    assert 'value="2026-06-01"' in text
    assert re.search(r'value="gold"\s+checked', text)
    assert await every(database) == []


async def test_a_draft_may_be_kept_without_a_day(official, database):
    await official.post("/rules/new", {**FACTS, **dict.fromkeys(FIELDS, "")})
    (rule,) = await every(database)
    assert rule.dates.given() == {}


async def test_it_is_changed_and_what_was_ticked_stays_ticked(official, rules, database):
    gone = Audience(districts=frozenset({"Gone"}))
    rule = await rules.draft(applies=gone)
    path = f"/rules/{rule.id}/edit"
    assert re.search(r'value="Gone"\s+checked', await official.page(path))
    answer = await official.post(path, {**FACTS, "districts": "Gone"})
    assert "The facts of R1 are kept." in await answer.text()
    (kept,) = await every(database)
    assert (kept.facts.legal, kept.facts.applies) == (FACTS["legal"], gone)


async def test_who_comes_later_gets_both_and_then_decides(official, join, rules, database):
    other = await join(Role.OFFICIAL, name="Pita Mwale")
    rule = await rules.draft()
    path = f"/rules/{rule.id}/edit"
    seen = await official.hidden(path)
    await other.post(path, {**FACTS, "legal": "Act of Pita", "grace_until": "2026-08-01"})
    answer = await official.client.post(path, data={**seen, **FACTS, "legal": "Act of Oluchi"})
    text = await answer.text()
    assert answer.status == 409
    assert 'value="Act of Oluchi"' in text
    assert "Pita Mwale kept meanwhile:" in text
    assert "<strong>Act of Pita</strong>" in text
    assert "<strong>2026-08-01</strong>" in text
    assert "<strong>Mines Inspectorate</strong>" not in text  # both say so
    assert (await every(database))[0].facts.legal == "Act of Pita"
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    mine = {**FACTS, "legal": "Act of Oluchi", "csrf": again["csrf"], "seen": again["seen"]}
    await official.client.post(path, data=mine)
    assert (await every(database))[0].facts.legal == "Act of Oluchi"


async def test_to_change_what_is_published_is_the_next_edition(official, rules, database):
    rule = await rules.published()
    assert "is published and stays as it is" in await official.page(f"/rules/{rule.id}/edit")
    await official.post(f"/rules/{rule.id}/edit", FACTS)
    (kept,) = await every(database)
    assert (kept.newest, kept.told) == (2, 1)


async def test_what_is_not_there_is_not_found(official):
    assert (await official.get(f"/rules/{'0' * 32}/edit")).status == 404
