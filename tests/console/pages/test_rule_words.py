"""The words of a rule change: beside its base, counted, and never lost to another."""

import re
from html import unescape

import pytest

from console.pages.rule_words import FIELDS, cost_of
from forum.members import Role
from outreach import rule_texts
from outreach.rule_texts import Part, Variant
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


@pytest.fixture
def texts(database):
    async def read(rule, edition=1):
        async with database.reading() as db:
            return await rule_texts.texts_of(db, rule.id, edition)

    return read


WRITTEN = {name: f"our {name}" for name in FIELDS}


async def test_all_is_kept_at_once_and_shown_with_what_it_costs(official, rules, texts):
    rule = await rules.draft()
    path = f"/rules/{rule.id}/words/en"
    answer = await official.post(path, {**WRITTEN, "why-sms": "l\u2019air \u2013 «ê»"})
    assert answer.url.path == f"/rules/{rule.id}"
    assert "The words of R1 are kept." in await answer.text()
    kept = await texts(rule)
    assert kept[Part.TITLE, "en", Variant.FULL] == "our title-full"
    assert kept[Part.WHY, "en", Variant.SMS] == 'l\'air - "ê"'
    shown = unescape(await official.page(path))
    assert "1 SMS (11 characters). Not for a basic phone: ê." in " ".join(shown.split())


async def test_the_words_of_the_base_stand_beside(official, rules):
    rule = await rules.draft()
    await rules.act("write", rule, "en", words(why="Smoke kills."))
    assert "Smoke kills." in await official.page(f"/rules/{rule.id}/words/sw")
    assert "blockquote" not in await official.page(f"/rules/{rule.id}/words/en")


async def test_what_is_too_long_is_given_back_and_nothing_kept(official, rules, texts):
    rule = await rules.draft()
    long = {**WRITTEN, "title-sms": "t" * 31, "how-sms": "h" * 1600}
    answer = await official.post(f"/rules/{rule.id}/words/en", long)
    text = await answer.text()
    assert answer.status == 422
    assert 'id="title-sms-error">A title may have 30 characters here.' in text
    assert 'id="how-sms-error">This is longer than one message' in text
    assert "our why-full" in text
    assert "h" * 1600 in text
    assert await texts(rule) == {}


async def test_who_comes_later_gets_both_and_then_decides(official, join, rules, texts):
    other = await join(Role.OFFICIAL, name="Pita Mwale")
    rule = await rules.draft()
    path = f"/rules/{rule.id}/words/en"
    seen = await official.hidden(path)
    await other.post(path, {**WRITTEN, "why-full": "Pita's why"})
    mine = {**WRITTEN, "why-full": "Oluchi's why"}
    answer = await official.client.post(path, data={**seen, **mine})
    text = unescape(await answer.text())
    assert answer.status == 409
    assert "Oluchi's why</textarea>" in text
    assert "<p>Pita's why</p>" in text
    assert text.count("Pita Mwale kept meanwhile:") == 1
    assert (await texts(rule))[Part.WHY, "en", Variant.FULL] == "Pita's why"
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    await official.client.post(path, data={**mine, "csrf": again["csrf"], "seen": again["seen"]})
    assert (await texts(rule))[Part.WHY, "en", Variant.FULL] == "Oluchi's why"


async def test_a_form_that_came_back_wrong_does_not_write_over_another(
    official, join, rules, texts
):
    other = await join(Role.OFFICIAL, name="Pita Mwale")
    rule = await rules.draft()
    path = f"/rules/{rule.id}/words/en"
    seen = await official.hidden(path)
    await other.post(path, WRITTEN)
    wrong = {**seen, **WRITTEN, "title-sms": "t" * 31}
    text = await (await official.client.post(path, data=wrong)).text()
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    assert again["seen"] == seen["seen"]


async def test_to_write_in_what_is_published_is_the_next_edition(official, rules, texts):
    rule = await rules.published()
    path = f"/rules/{rule.id}/words/en"
    assert "is published and stays as it is" in await official.page(path)
    await official.post(path, WRITTEN)
    assert (await texts(rule, 1))[Part.WHY, "en", Variant.SMS] == "why sms"
    assert (await texts(rule, 2))[Part.WHY, "en", Variant.SMS] == "our why-sms"


async def test_a_language_that_nobody_speaks_here_is_not_found(official, rules):
    rule = await rules.draft()
    assert (await official.get(f"/rules/{rule.id}/words/xx")).status == 404


async def test_what_is_being_written_is_counted(official):
    async def counted(**typed):
        answer = await official.post("/rules/cost", typed, on="/rules/new")
        return answer.status, " ".join((await answer.text()).split())

    assert await counted(**{"why-sms": "w" * 161}) == (200, "2 SMS (161 characters)")
    assert (await counted(**{"why-full": "w" * 5}))[1] == "5 of 4,096 characters"
    assert "Too long." in (await counted(**{"title-sms": "t" * 31}))[1]
    assert (await counted(story="w"))[0] == 404


@pytest.mark.parametrize(
    ("part", "variant", "text", "over"),
    [
        (Part.WHY, Variant.SMS, "w" * 1530, False),
        (Part.WHY, Variant.SMS, "w" * 1531, True),
        (Part.WHY, Variant.SMS, "ê" * 670, False),
        (Part.WHY, Variant.SMS, "ê" * 671, True),
        (Part.WHY, Variant.FULL, "w" * 4097, True),
        (Part.TITLE, Variant.FULL, "w" * 100, False),
    ],
)
def test_what_is_over_is_what_cannot_be_kept(part, variant, text, over):
    assert cost_of(part, variant, text).over is over
    assert (rule_texts.fault(part, variant, text) is not None) is over
