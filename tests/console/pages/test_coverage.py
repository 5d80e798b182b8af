"""Who was told, on a page: the table, what is missing, the stages, and how to tell the others."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete

from channels.ledger import outbox
from console.pages.coverage import day, number
from forum.members import Role
from outreach import announcements, populations, progress, survey_tallies, surveys, telling
from outreach.populations import Population
from outreach.questionnaire import Kind, Mode, Option, Question, Words
from outreach.subscribers import subscribers
from outreach.survey_tallies import Profile
from tests.support.covering import whole
from tests.support.rulemaking import Rules


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Oluchi Eze")


@pytest.fixture
async def rule(ground):
    site = await ground.site("KB12")
    await ground.list_people((10, "sms", "en", site), (3, "sms", "sw", site))
    rule = await ground.rule(site)
    await ground.tell(rule, site, {**whole(7), 3: 4})
    return rule


def plain(text):
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


async def test_it_shows_each_site_and_language_with_what_is_missing(official, rule):
    text = plain(await official.page(f"/rules/{rule.id}/coverage"))
    assert "KB12 · Pit KB12 English 10 subscribers only 70% 70% 40% 70% 70% 4 3" in text
    assert "fewer than 5 subscribers only not yet" in text  # three people: no share
    assert "Too few are listed to judge by the list: state how many people there are." in text
    assert "Of fewer than 10 it says too little" in text
    assert "2 sites and languages are below the threshold" in text
    assert "Law: 2 May 2026" in text
    assert "(planned, not begun)" in text
    assert "Assistance: not begun" in text
    assert "Today: 12 May 2026" in text


async def test_of_a_rule_for_some_too_few_are_judged_by_an_override_alone(official, ground):
    site = await ground.site("KB12")
    rule = await ground.rule(site, roles=frozenset({"buyer"}))
    text = plain(await official.page(f"/rules/{rule.id}/coverage"))
    assert "for some of the people only: two people must agree to an override." in text
    assert "state how many people there are." not in text


async def test_it_shows_what_was_understood_where_there_is_a_quiz(
    official, rule, database, keyring, now
):
    path, given = f"/rules/{rule.id}/coverage", {"by": "system", "now": now}
    assert "Understood" not in await official.page(path)
    (site,) = rule.facts.applies.sites
    said = {"en": Words("How far?")}
    answers = {"1": "100 m", "2": "10 m"}
    options = tuple(
        Option(code, {"en": Words(text)}, right=code == "1") for code, text in answers.items()
    )
    question = Question("q" * 32, 1, Kind.CLOSED, said, options, why=said, origin="q" * 32)
    async with database.transaction() as db:
        its = {"mode": Mode.QUIZ, "name": "Was it clear?", "language": "en"}
        survey = await surveys.get(db, await surveys.create(db, **its, **given))
        kept = surveys.Frame("Was it clear?", "en", False, "R1", "", None, {}, {})
        await surveys.frame(db, survey, kept, **given)
        await surveys.put(db, survey.id, question)
        await surveys.begin(db, keyring, survey, expires_at=now + timedelta(days=9), **given)
        for code, n in (("1", 30), ("2", 10)):
            where = Profile(site, "", "", "en")
            await survey_tallies.count(db, survey.id, question.id, code, where, by=n)
    text = plain(await official.page(path))
    assert "70% 70% 40% 70% 70% 4 75% 3" in text
    assert "at the site in all languages. Was it clear?" in text


async def test_a_rule_of_which_nobody_hears_has_no_such_page(official, ground, rule):
    assert (await official.get(f"/rules/{'0' * 32}/coverage")).status == 404
    await official.post(f"/rules/{rule.id}/withdraw")
    assert (await official.get(f"/rules/{rule.id}/coverage")).status == 404


async def test_who_reads_rules_sees_it_and_changes_nothing(join, rule):
    reader = await join(Role.SECRETARY, name="Neema Achieng")
    text = await reader.page(f"/rules/{rule.id}/coverage")
    assert "KB12" in text
    assert f'action="/rules/{rule.id}' not in text


async def test_an_earlier_edition_can_be_read_and_not_written(
    official, rule, ground, database, now
):
    rules = Rules(database, now)
    changed = await rules.act("change", rule, replace(rule.facts, legal="Act 2"))
    changed = await rules.act("publish", changed)
    path = f"/rules/{rule.id}/coverage"
    assert "English 10 subscribers only 0%" in plain(await official.page(path))
    text = await official.page(f"{path}?edition=1")
    assert "English 10 subscribers only 70%" in plain(text)
    assert "This is edition 1. Miners hear a later one" in text
    assert f'action="/rules/{rule.id}' not in text
    assert f'href="{path}?edition=1"' in await official.page(f"/rules/{rule.id}?edition=1")
    await rules.act("change", changed, rule.facts)  # the third is not published
    for wrong in ("3", "0", "x"):
        assert (await official.get(f"{path}?edition={wrong}")).status == 404


async def test_the_chosen_parts_become_a_broadcast(official, rule, database):
    path = f"/rules/{rule.id}/coverage"
    answer = await official.post(f"/rules/{rule.id}/broadcast", {"parts": "3"}, on=path)
    made = answer.url.path.removeprefix("/broadcasts/")
    async with database.reading() as db:
        draft = (await announcements.find(db, made)).draft
    assert (draft.rule_id, draft.rule_edition, draft.tells) == (rule.id, 1, "3")


@pytest.fixture
async def news(ground, rule):
    """A broadcast of parts 1 and 3 that has left and was counted, and a draft of part 2."""
    author = await ground.member()
    made = await ground.do(telling.begin, rule.id, ["1", "3"], by=author)
    await ground.do(telling.begin, rule.id, ["2"], by=author)
    await ground.alone(made, author)
    await ground.tick()
    async with ground.database.transaction() as db:
        await db.execute(outbox.update().where(outbox.c.part == 0).values(state="delivered"))
    await progress.count(ground.database, made, ground.now)
    return made


async def test_it_lists_the_broadcasts_that_told_it(official, rule, news):
    text = await official.page(f"/rules/{rule.id}/coverage")
    assert f'href="/broadcasts/{news}"' in text
    table = plain(text).partition("Broadcasts that told it")[2]
    assert re.search(r"1, 3 Under way .* 13 of 26", table)
    assert text.count('href="/broadcasts/') == 1  # a draft has told nothing


async def test_of_a_rule_that_was_not_broadcast_that_is_said(official, rule):
    assert "No broadcast has told it yet." in await official.page(f"/rules/{rule.id}/coverage")


async def test_without_a_part_there_is_no_broadcast(official, rule):
    path = f"/rules/{rule.id}/coverage"
    answer = await official.post(f"/rules/{rule.id}/broadcast", on=path)
    assert answer.status == 422
    assert "Choose at least one part." in await answer.text()


async def test_how_many_there_are_counts_once_a_second_person_confirms_it(
    official, join, rule, database
):
    second = await join(Role.SECRETARY, name="Neema Achieng")
    path = f"/rules/{rule.id}/coverage"
    (site,) = rule.facts.applies.sites
    form = {
        "site": site,
        "language": "en",
        "people": "100",
        "source": "Count",
        "as_of": "2026-05-01",
    }
    await official.post(f"/rules/{rule.id}/population", form, on=path)
    page = await official.page(path)
    assert "KB12 · Pit KB12, English: 100 people. Count (1 May 2026)" in plain(page)
    assert "English 10 subscribers only" in plain(page)
    assert "/population/confirm" not in page
    (waits,) = await stated(database)
    forged = await official.post(f"{path[:-9]}/population/confirm", {"stated": waits.id}, on=path)
    assert forged.status == 422
    assert "Somebody else must confirm it: you wrote it down." in await forged.text()
    confirm = f"{path[:-9]}/population/confirm"
    assert f'action="{confirm}"' in await second.page(path)
    answer = await second.post(confirm, {"stated": waits.id}, on=path)
    assert "Confirmed. Coverage is a share of this" in await answer.text()
    text = plain(await official.page(path))
    assert "English 100 people, as stated 7%" in text
    assert "KB12, English: Count (1 May 2026)" in text
    async with database.reading() as db:
        assert (await populations.every(db))[site, "en"].people == 100


async def stated(database):
    async with database.reading() as db:
        return await populations.waiting(db)


async def test_a_site_of_which_nobody_is_said_to_speak_it_can_still_be_chosen(
    official, rule, ground
):
    (site,) = rule.facts.applies.sites
    for tongue in ("en", "sw", "fr"):
        await ground.state(Population(site, tongue, 0, "Count", ground.today))
    async with ground.database.transaction() as db:
        await db.execute(delete(subscribers))
    text = await official.page(f"/rules/{rule.id}/coverage")
    assert f'<option value="{site}"' in text
    assert "As stated, nobody at its sites has to be told." in text
    assert "Nobody there speaks it, as stated: KB12, English: Count (12 May 2026)" in plain(text)


async def test_of_two_who_confirm_at_once_the_second_is_told(official, join, rule, ground):
    second = await join(Role.SECRETARY, name="Neema Achieng")
    on = f"/rules/{rule.id}/coverage"
    answer = await second.post(f"/rules/{rule.id}/population/confirm", {"stated": "7"}, on=on)
    assert "Somebody has gone on with it meanwhile." in await answer.text()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("people", "many", "Write a number from 0 to 10,000,000."),
        ("source", "", "Write who counted"),
        ("as_of", "2027-01-01", "Choose the day of the count"),
        ("as_of", "", "Choose the day of the count"),
        ("language", "xx", "Choose one of the list."),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(official, rule, field, typed, said):
    (site,) = rule.facts.applies.sites
    form = {"site": site, "language": "en", "people": "77", "source": "Us", "as_of": "2026-05-01"}
    on = f"/rules/{rule.id}/coverage"
    answer = await official.post(f"/rules/{rule.id}/population", {**form, field: typed}, on=on)
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    assert field == "people" or 'value="77"' in text


def test_numbers_and_days_are_read_or_are_none():
    assert [number(typed, 100) for typed in ("7", "100", "101", "", "-1", "٣", "9" * 40)] == [
        *(7, 100, -1, -1, -1, -1, -1)
    ]
    assert day("2026-02-30") is None
    assert day("2026-02-03").isoformat() == "2026-02-03"
