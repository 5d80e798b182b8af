import csv
import html
import io
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from channels.base import Address
from forum.members import Role
from outreach import (
    subscribers,
    survey_answers,
    survey_building,
    survey_invitations,
    survey_tallies,
    surveys,
)
from outreach.audiences import EVERYBODY
from outreach.questionnaire import Kind, Mode, Option, Question, Words
from outreach.survey_answers import Given, reading
from tests.support import reading_results, surveying

TEXTS = {"en": Words("Who buys?")}
OPTIONS = tuple(Option(str(n), {"en": Words(f"Answer {n}")}) for n in (1, 2, 3))
SECRET = "The chief takes it all."


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Oluwaseun Ade")


async def open_one(database, keyring, now, survey_id):
    given = {"by": "system", "now": now}
    async with database.transaction() as db:
        survey = await surveys.get(db, survey_id)
        expires = now + timedelta(days=9)
        await surveys.begin(db, keyring, survey, expires_at=expires, **given)
        return await surveys.get(db, survey_id)


@pytest.fixture
async def survey(database, keyring, now, amina):
    given = {"by": "system", "now": now}
    async with database.transaction() as db:
        made = await surveys.create(db, mode=Mode.SURVEY, name="Pits", language="en", **given)
        draft = await surveys.get(db, made)
        for kind in (Kind.CLOSED, Kind.TEXT):
            question = Question("", 0, kind, TEXTS, OPTIONS if kind is Kind.CLOSED else ())
            await survey_building.add(db, draft, question, **given)
    return await open_one(database, keyring, now, made)


@pytest.fixture
def answered(database, keyring, now):
    """Let *women* and *men* give an answer to the first question."""

    async def answer(survey, code, women, men, words=""):
        async with database.transaction() as db:
            asked = await surveys.questionnaire(db, survey)
            for n in range(women + men):
                who = "woman" if n < women else "man"
                address = Address("sms", f"+2547{code}{who[0] == 'w':d}{n:06}")
                given = {"gender": who, "language": "en", "now": now}
                await subscribers.subscribe(db, keyring, address, **given)
                one = await survey_answers.begin(
                    db, keyring, survey, address, language="en", now=now
                )
                for question, said in zip(
                    asked.questions, (Given(code), Given(None, words)), strict=True
                ):
                    await survey_answers.hold_words(db, keyring, survey, one, question, said, now)
                    read = reading(question, said, now)
                    await survey_answers.keep(db, survey, one, question, read, now)
                await survey_answers.go_on(db, keyring, survey, asked, one, address, now)

    return answer


async def test_nobody_has_answered_yet(official, survey):
    text = await official.page(f"/surveys/{survey.id}/results")
    assert "0 began, 0 came to the end." in text
    assert "No sample was drawn" in text


async def test_counts_are_told_with_their_bars(official, survey, answered):
    await answered(survey, "1", 20, 10)
    await answered(survey, "2", 5, 5)
    text = await official.page(f"/surveys/{survey.id}/results")
    assert "40 began, 40 came to the end." in text
    assert "30 · 75%" in text
    assert '<rect width="75.0%"' in text
    assert "n = 40" in text


async def test_parts_are_told_apart_with_patterns_and_a_table(official, survey, answered):
    await answered(survey, "1", 20, 10)
    await answered(survey, "2", 5, 15)
    text = await official.page(f"/surveys/{survey.id}/results?by=gender")
    assert 'height="20" fill="url(#p1)"' in text
    assert '<th scope="row">A woman</th><td class="n">25</td><td class="n">20 · 80%</td>' in text
    for by in ("role", "site_id", "language", "shoe"):
        assert (await official.get(f"/surveys/{survey.id}/results?by={by}")).status == 200


@pytest.fixture
async def asked(survey, answered, database, keyring, now):
    """A hundred who were asked, of whom sixty answer, and twenty who come by themselves."""
    async with database.transaction() as db:
        for n in range(100):
            who, code = ("woman", "1") if n < 50 else ("man", "3")
            address = Address("sms", f"+2547{code}{who[0] == 'w':d}{n % 50:06}")
            given = {"gender": who, "language": "en", "now": now}
            await subscribers.subscribe(db, keyring, address, **given)
        given = {"by_site": False, "by": "system", "now": now}
        await survey_invitations.draw(db, survey, EVERYBODY, 200, **given)
    await answered(survey, "1", 40, 0)
    await answered(survey, "3", 0, 20)
    await answered(survey, "2", 10, 10)
    return f"/surveys/{survey.id}/results"


async def test_the_response_rate_is_told_by_what_was_known_at_the_draw(official, asked):
    text = await official.page(f"{asked}?by=gender")
    assert "Of 100 in the sample 60% came to the end." in text
    assert '<th scope="row">A woman</th><td class="n">50</td><td class="n">40 · 80%</td>' in text
    assert '<th scope="row">A man</th><td class="n">50</td><td class="n">20 · 40%</td>' in text
    assert 'id="response"' not in await official.page(asked)
    body = await (await official.get(f"{asked}.csv?by=gender")).text()
    assert 'Who answered,A woman,"Of the sample, came to the end",40,80' in body
    tree = json.loads(await (await official.get(f"{asked}.json?by=gender")).text())
    assert tree["sample"]["parts"][1] == {"name": "woman", "drawn": 50, "done": 40}


async def test_whom_we_asked_is_told_apart_from_who_came(official, asked):
    text = await official.page(f"{asked}?by=sampled")
    assert '<th scope="row">Asked by us</th><td class="n">60</td>' in text
    assert '<th scope="row">Came by themselves</th><td class="n">20</td>' in text


async def test_without_a_sample_nobody_is_told_apart_by_it(official, survey):
    for by in ("", "sampled"):
        text = await official.page(f"/surveys/{survey.id}/results?by={by}")
        assert "Asked by us" not in text


async def test_of_a_sample_a_few_are_not_shown(official, survey, answered, database, now, asked):
    async with database.transaction() as db:
        few = survey_tallies.survey_tallies.c
        came = (few.code == survey_tallies.DONE) & (few.sampled == survey_tallies.CAME)
        await db.execute(update(survey_tallies.survey_tallies).where(came).values(n=1))
    text = await official.page(f"{asked}?by=gender")
    assert "How many of the 100 in the sample came to the end is hidden." in text
    assert "Too few of the sample to tell them apart." in text


async def test_few_are_not_shown(official, survey, answered):
    await answered(survey, "1", 2, 1)
    text = await official.page(f"/surveys/{survey.id}/results?by=gender")
    assert "Fewer than 5 people have begun." in text
    assert "Too few answers to show any." in text
    assert "Too few answers to tell them apart." in text
    assert "fewer than 5" in await official.page("/surveys")


async def test_a_part_with_a_hidden_answer_has_its_bar(official, survey, answered):
    await answered(survey, "1", 20, 10)
    await answered(survey, "2", 9, 9)
    await answered(survey, "3", 3, 9)
    text = await official.page(f"/surveys/{survey.id}/results?by=gender")
    bars = text.partition('class="groups"')[2].partition("</div>")[0]
    assert 'fill="url(#hidden)"' in bars
    assert "<strong>?</strong> hidden" in bars
    assert "<strong>A</strong> 1 · Answer 1" in bars


async def test_an_open_page_asks_for_what_is_new_and_for_nothing_else(official, survey, answered):
    await answered(survey, "1", 20, 10)
    path = f"/surveys/{survey.id}/results"
    text = await official.page(f"{path}?by=gender")
    (asks,) = re.findall(r'hx-get="([^"]+)" hx-trigger="every 10s"', text)
    asks = html.unescape(asks)
    assert (await official.get(asks)).status == 204
    assert "scroll.js" in text
    await answered(survey, "2", 10, 0)
    told = await official.page(asks)
    assert "40 began" in told
    assert "A woman" in told
    assert "<h1" not in told
    assert (await official.get(f"{path}/live?was=shoe")).status == 200


async def test_what_is_closed_is_not_asked_for_again(official, survey, answered, database, now):
    await answered(survey, "1", 20, 10)
    path = f"/surveys/{survey.id}/results"
    asks = html.unescape(re.findall(r'hx-get="([^"]+)"', await official.page(path))[0])
    async with database.transaction() as db:
        await surveys.close(db, survey, by="system", now=now)
    assert "hx-get" not in await official.page(asks)
    assert "hx-get" not in await official.page(path)
    assert "scroll.js" not in await official.page(path)


async def test_whoever_looks_while_phones_answer_sees_what_they_count(database, keyring, now):
    house, ids = await surveying.simulated(database, keyring, now, 30)
    await house.run(house.callers[:-6])
    async with reading_results.official(database, keyring, house.survey.id, now) as reader:
        await reader.looks_on(house, house.callers[-6:])
        told, text = await reader.takes(), await reader.looks()
    assert len(reader.took) == 7
    assert f"{house.started} began, {house.done} came to the end." in text
    whole = house.counted()
    for question, mark in zip(told["questions"], ids, strict=True):
        for answer in question["answers"]:
            assert answer["n"] in (None, whole[mark][answer["code"]])
    for place, by in enumerate(reading_results.BY):
        assert await reading_results.parts(database, house, ids, by) == house.counted(place)


@pytest.fixture
async def mixed(survey, answered):
    await answered(survey, "1", 20, 2, words=SECRET)
    await answered(survey, "2", 9, 20)
    await answered(survey, "3", 3, 0)
    return f"/surveys/{survey.id}/results"


async def test_files_hide_what_the_page_hides_and_hold_no_words(official, mixed):
    body = await (await official.get(f"{mixed}.csv?by=gender")).text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(body)))
    numbers = [int(row[3]) for row in rows[1:] if row[3].isdigit()]
    assert [n for n in numbers if 0 < n < 5] == []
    assert "hidden" in body
    tree = json.loads(await (await official.get(f"{mixed}.json?by=gender")).text())
    assert tree["questions"][0]["answers"][2]["n"] is None
    assert tree["questions"][0]["parts"]
    book = await (await official.get(f"{mixed}.xlsx")).read()
    assert book.startswith(b"PK")
    assert SECRET not in body + json.dumps(tree)


async def test_words_are_read_by_who_triages_and_by_no_official(official, amina, survey, mixed):
    path = f"/surveys/{survey.id}/words"
    text = await amina.page(path)
    assert SECRET in text
    assert (await official.get(path)).status == 403
    assert SECRET not in await official.page(mixed)
    assert SECRET not in await amina.page(mixed)


async def test_words_come_page_by_page(amina, survey, answered):
    path = f"/surveys/{survey.id}/words"
    assert "Nobody has written anything yet" in await amina.page(path)
    await answered(survey, "1", 40, 12, words=SECRET)
    assert "Next page" in await amina.page(path)
    rest = await amina.page(f"{path}?page=50")
    assert rest.count(SECRET) == 2
    assert "Back to the first page" in rest
    assert (await amina.get(f"{path}?page=no")).status == 200


async def test_who_has_no_key_is_told_so(join, survey, answered):
    await answered(survey, "1", 6, 0, words=SECRET)
    late = await join(Role.SECRETARY, name="Neema Achieng")
    text = await late.page(f"/surveys/{survey.id}/words")
    assert "You have no key to these words." in text
    assert SECRET not in text


async def test_rounds_are_compared(official, survey, answered, database, keyring, now):
    await answered(survey, "1", 20, 10)
    await answered(survey, "2", 5, 5)
    async with database.transaction() as db:
        again = await surveys.repeat(db, survey, by="system", now=now)
    second = await open_one(database, keyring, now, again)
    await answered(second, "1", 5, 5)
    await answered(second, "2", 15, 15)
    text = await official.page(f"/surveys/{second.id}/results")
    assert "Round by round" in text
    assert '<td class="n">75%</td><td class="n">25%</td>' in text
    bars = text.partition('class="groups rounds"')[2].partition("</div>")[0]
    assert 'width="75.0%" height="12" fill="url(#p1)"' in bars
    assert 'width="25.0%" height="12" fill="url(#p2)"' in bars
    body = await (await official.get(f"/surveys/{second.id}/results.csv")).text()
    assert "round 2,1 · Answer 1,,25" in body
    tree = json.loads(await (await official.get(f"/surveys/{second.id}/results.json")).text())
    assert tree["rounds"][0]["answers"][0]["shares"] == [0.75, 0.25]
    assert "Round by round" not in await official.page(f"/surveys/{survey.id}/results")
