"""Rule changes from the list to the moment when they are told, and who may do what."""

import re

import pytest

from forum.members import Role
from outreach import rule_changes
from outreach.audiences import Audience
from outreach.rule_changes import State
from outreach.rule_dates import NO_DATES
from tests.support.rulemaking import Rules, words


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def rules(database, now):
    return Rules(database, now)


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Oluchi Eze")


def plain(text):
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


async def test_an_official_comes_to_the_rules_and_is_told_how_to_begin(official):
    text = await official.page("/rules")
    assert "There is no rule change yet" in text
    assert 'href="/rules/new"' in text


async def test_the_list_says_where_each_stands_its_days_and_what_is_missing(official, rules):
    rule = await rules.published("Retorts only")
    await rules.act("write", rule, "sw", {**words(), **dict.fromkeys([*words()][-2:], "")})
    text = plain(await official.page("/rules"))
    assert "Retorts only R1" in text
    assert "Published Poor practice: it is phased out Edition 2 is being written" in text
    assert "Law announced: 2 May 2026" in text
    assert "In force: 13 May 2026 (to come)" in text
    assert "Missing in Kiswahili: How to get it" in text
    assert "Missing in Français: everything" in text
    assert "Missing in English" not in text


@pytest.mark.parametrize("role", [Role.LEAD, Role.SECRETARY])
async def test_who_triages_reads_all_and_writes_nothing(join, rules, role):
    reader = await join(role, name="Amina Okello")
    rule = await rules.draft()
    for path in ("/rules", f"/rules/{rule.id}"):
        text = await reader.page(path)
        for door in ("edit", "publish", "withdraw", "new", "words"):
            assert f"/{door}" not in text.partition("<main")[2]
    for door in ("edit", "publish", "words/en"):
        assert (await reader.get(f"/rules/{rule.id}/{door}")).status == 403


@pytest.mark.parametrize(
    "role", [Role.HANDLER, Role.AUDITOR, Role.FACILITATOR, Role.ADMINISTRATOR]
)
async def test_others_do_not_read_drafts(join, rules, role):
    someone = await join(role, name="Joseph Mwangi")
    assert (await someone.get("/rules")).status == 403


async def test_one_shows_its_facts_in_words_and_its_words_by_language(official, rules, site):
    asks = Audience(
        districts=frozenset({"North"}),
        sites=frozenset({"s" * 32}),
        minerals=frozenset({"gold"}),
        roles=frozenset({"digger"}),
    )
    rule = await rules.published("Retorts only", applies=asks)
    text = plain(await official.page(f"/rules/{rule.id}"))
    for shown in ("Districts: North", "Sites: KB12 Kobalo Hill", "Minerals: gold", "Diggers"):
        assert shown in text
    assert "why full" in text
    assert "1 SMS (7 characters)" in text
    assert "Not written yet." in await official.page(f"/rules/{rule.id}?language=sw")


async def test_publishing_asks_once_more_and_tells_what_is_missing(official, rules):
    rule = await rules.draft()
    rule = await rules.act("write", rule, "en", words(title="Retorts only"))
    path = f"/rules/{rule.id}/publish"
    asked = plain(await official.page(path))
    assert "Publish Retorts only?" in asked
    assert "Missing in Français: everything" in asked
    answer = await official.post(path)
    assert "Retorts only is published." in await answer.text()
    assert (await rules.find(rule.id)).state is State.PUBLISHED


async def test_what_is_not_ready_says_why(official, rules):
    rule = await rules.draft(dates=NO_DATES)
    text = plain(await official.page(f"/rules/{rule.id}/publish"))
    assert "It cannot be published yet" in text
    assert "This day is not set: In force" in text
    assert "Not written in full and for an SMS, in English: Why" in text
    seen = {"seen": "1.1", "csrf": (await official.hidden("/account"))["csrf"]}
    refused = await official.client.post(f"/rules/{rule.id}/publish", data=seen)
    assert refused.status == 422
    assert "It cannot be published yet" in await refused.text()
    assert (await rules.find(rule.id)).state is State.DRAFT


async def test_what_changed_since_it_was_asked_is_not_published(official, rules):
    rule = await rules.draft()
    rule = await rules.act("write", rule, "en", words())
    path = f"/rules/{rule.id}/publish"
    seen = await official.hidden(path)
    await rules.act("write", rule, "en", words(why="Other"))
    answer = await official.client.post(path, data=seen)
    assert "Somebody changed it meanwhile." in await answer.text()
    assert (await rules.find(rule.id)).state is State.DRAFT


async def test_what_is_published_is_not_published_twice(official, rules):
    rule = await rules.published()
    answer = await official.get(f"/rules/{rule.id}/publish")
    assert answer.url.path == f"/rules/{rule.id}"
    assert "Somebody changed it meanwhile." in await answer.text()


async def test_one_is_withdrawn_after_a_question_and_brought_back_by_undo(
    official, rules, database
):
    rule = await rules.published("Retorts only")
    path = f"/rules/{rule.id}/withdraw"
    assert "Withdraw Retorts only?" in await official.page(path)
    text = await (await official.post(path)).text()
    assert "Retorts only is withdrawn." in text
    assert "Oluchi Eze withdrew it on 12 May 2026" in text
    assert (await rules.find(rule.id)).state is State.WITHDRAWN
    again = await official.get(path)
    assert again.url.path == f"/rules/{rule.id}"
    undo = re.search(r'action="(/rules/\w+/restore)"', text)[1]
    token = re.search(r'name="csrf" value="([^"]*)"', text)[1]
    answer = await official.client.post(undo, data={"csrf": token})
    assert "is told again" in await answer.text()
    async with database.reading() as db:
        assert [each.id for each in await rule_changes.published(db)] == [rule.id]


async def test_every_edition_stays_readable_with_who_and_when(official, rules):
    rule = await rules.published("First title")
    rule = await rules.act("write", rule, "en", words(title="Second title"))
    newest = plain(await official.page(f"/rules/{rule.id}"))
    assert "Second title" in newest
    assert "Miners hear edition 1." in newest
    assert "Published by Baraza on 12 May 2026" in newest
    old = plain(await official.page(f"/rules/{rule.id}?edition=1"))
    assert "First title" in old
    assert "This is an older edition." in old
    assert "Second title" not in old


@pytest.mark.parametrize("edition", ["2", "x", "9" * 30, "-1"])
async def test_an_edition_that_is_not_there_is_not_found(official, rules, edition):
    rule = await rules.draft()
    assert (await official.get(f"/rules/{rule.id}?edition={edition}")).status == 404
