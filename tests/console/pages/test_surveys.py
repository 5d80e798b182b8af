import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.base import Address
from forum import bodies
from forum.members import Role
from outreach import saved_audiences, subscribers, survey_building, surveys
from outreach.audiences import Audience
from outreach.questionnaire import Kind, Mode, Option, Question, Words
from tests.support.rulemaking import Rules


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Oluwaseun Ade")


@pytest.fixture
async def drafted(database, now):
    given = {"by": "system", "now": now}
    async with database.transaction() as db:
        made = await surveys.create(db, mode=Mode.SURVEY, name="Pits", language="en", **given)
        survey = await surveys.get(db, made)
        options = tuple(Option(str(n), {"en": Words(f"Answer {n}")}) for n in (1, 2))
        question = Question("", 0, Kind.CLOSED, {"en": Words("Who buys?")}, options)
        await survey_building.add(db, survey, question, **given)
    return f"/surveys/{made}"


async def posted(person, path, form=None):
    base = "/".join(path.split("/")[:3])
    return await person.post(path, form or {}, on=base)


async def test_the_list_begins_empty(official):
    assert "No survey yet" in await official.page("/surveys")


async def test_a_survey_is_begun(official):
    form = {"name": "Pits", "mode": "survey", "language": "en"}
    answer = await official.post("/surveys", form)
    text = await answer.text()
    assert "«Pits» is begun. Now write its questions." in text
    assert "There is no question yet." in text
    assert "Pits" in await official.page("/surveys")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Give it a name"),
        ({"name": "n" * 101}, "Give it a name"),
        ({"mode": "poem"}, "Choose one of these."),
        ({"language": "xx"}, "Choose one of these."),
    ],
)
async def test_what_is_missing_is_said_and_what_was_typed_stays(official, wrong, said):
    form = {"name": "Pits", "mode": "survey", "language": "en", **wrong}
    answer = await official.post("/surveys", form)
    assert answer.status == 422
    text = await answer.text()
    assert said in text
    assert form["name"] in text


async def test_a_question_is_shown_as_a_phone_shows_it(official, drafted):
    text = await official.page(drafted)
    assert "Who buys?\n1 Answer 1\n2 Answer 2\n0 Skip" in text
    assert "It is not whole in Kiswahili" in text


async def test_only_a_whole_language_is_invited_in(official, drafted, database):
    page = await official.page(drafted)
    assert "gets all of it in the first language" in page
    assert "To answer some questions, send SURVEY 11." in page
    assert "SONDAGE" not in page
    path = re.search(rf"{drafted}/questions/[0-9a-f]{{32}}", page)[0]
    form = {"text_en": "Who?", "options_en": "A\nB", "text_fr": "Qui ?", "options_fr": "A\nB"}
    await posted(official, path, form)
    assert "SONDAGE" in await official.page(drafted)
    await posted(official, drafted, {"name": "Pits", "language": "en", "opening_en": "Hello"})
    page = await official.page(drafted)
    assert "What stands around the questions is not said in Français." in page
    assert "SONDAGE" not in page


async def test_what_stands_around_the_questions_is_kept(official, drafted):
    form = {"name": "Roofs", "language": "en", "opening_en": "Hello", "openingshort_en": "Hi"}
    text = await (await posted(official, drafted, {**form, "free": "yes"})).text()
    assert "«Roofs» is kept." in text
    assert 'value="Hi"' in text
    assert re.search(r'name="free" value="yes" checked', text)
    wrong = await posted(official, drafted, {**form, "name": ""})
    assert (wrong.status, "Give it a name" in await wrong.text()) == (422, True)


async def test_it_is_opened_extended_and_closed(official, drafted, database, clock):
    until = (clock.now + timedelta(days=3)).date().isoformat()
    text = await (await posted(official, f"{drafted}/open", {"until": until})).text()
    assert "is open. Phones begin it with SURVEY 11." in text
    assert "Open it" not in text
    async with database.transaction() as db:
        await db.execute(surveys.surveys.update().values(expires_at=clock.now))
    assert "Its time is over" in await official.page(drafted)
    later = (clock.now + timedelta(days=3)).date().isoformat()
    text = await (await posted(official, f"{drafted}/extend", {"until": later})).text()
    assert "has more time" in text
    text = await (await posted(official, f"{drafted}/close")).text()
    assert "listens no more" in text


@pytest.mark.parametrize("until", ["", "soon", "2020-01-01", "9999-12-31x"])
async def test_a_day_that_is_past_opens_nothing(official, drafted, until):
    answer = await posted(official, f"{drafted}/open", {"until": until})
    assert answer.status == 422
    assert "Choose a day that is still to come." in await answer.text()


async def test_what_must_be_mended_is_not_opened(official, clock):
    form = {"name": "Pits", "mode": "quiz", "language": "en"}
    path = str((await official.post("/surveys", form)).url.path)
    until = (clock.now + timedelta(days=3)).date().isoformat()
    answer = await posted(official, f"{path}/open", {"until": until})
    assert (answer.status, "mended first" in await answer.text()) == (422, True)


@pytest.fixture
async def rule(database, now):
    return await Rules(database, now).published("No mercury")


async def test_a_rules_page_leads_to_a_quiz_about_it(official, rule, drafted, clock, database):
    page = await official.page(f"/rules/{rule.id}")
    assert f"/surveys?mode=quiz&amp;rule={rule.reference}#begin-title" in page
    page = await official.page(f"/surveys?mode=quiz&rule={rule.reference}")
    assert re.search(r'value="quiz" selected', page)
    assert re.search(r'value="R1" selected>R1 · No mercury<', page)
    form = {"name": "Mercury", "mode": "quiz", "language": "en", "rule": rule.reference}
    page = await (await official.post("/surveys", form)).text()
    assert re.search(r'value="R1" selected>R1 · No mercury<', page)
    assert 'name="rule"' not in await official.page(drafted)


async def test_a_quiz_is_about_a_rule_that_is_published(official, rule, database, now):
    form = {"name": "Mercury", "mode": "quiz", "language": "en", "rule": "R9"}
    answer = await official.post("/surveys", form)
    assert (answer.status, "Choose one of these." in await answer.text()) == (422, True)
    path = str((await official.post("/surveys", {**form, "rule": "R1"})).url.path)
    await Rules(database, now).act("withdraw", rule)
    assert "nobody can read it again" in await official.page(path)
    await posted(official, path, {"name": "Mercury", "language": "en", "rule": "R9"})
    assert "nobody can read it again" not in await official.page(path)


async def test_an_open_survey_is_changed_no_more(official, drafted, clock):
    until = (clock.now + timedelta(days=3)).date().isoformat()
    await posted(official, f"{drafted}/open", {"until": until})
    assert (await posted(official, drafted, {"name": "X", "language": "en"})).status == 404
    assert (await official.get(f"{drafted}/questions/new")).status == 404


async def test_the_next_round_asks_the_same(official, drafted):
    text = await (await posted(official, f"{drafted}/repeat")).text()
    assert "This is the next round" in text
    assert "round 2" in text
    assert "Who buys?" in text


async def test_a_sample_is_drawn_and_told(official, drafted, six):
    text = await (await posted(official, f"{drafted}/draw", {"size": "4"})).text()
    assert "The sample is drawn: 4 people." in text
    assert "4 people, drawn at random from 6." in text
    assert "Make a broadcast of the invitation" not in text  # it is not open yet
    again = await posted(official, f"{drafted}/draw", {"size": "4"})
    assert (again.status, "drawn already" in await again.text()) == (422, True)


@pytest.mark.parametrize("size", ["", "0", "many", "-1", "9" * 30])
async def test_a_sample_needs_a_number(official, drafted, size):
    answer = await posted(official, f"{drafted}/draw", {"size": size})
    assert (answer.status, "Write a whole number" in await answer.text()) == (422, True)


async def test_nobody_in_the_audience_is_told(official, drafted):
    form = {"size": "4", "gender": "woman", "role": "digger", "spoken": "sw", "by_site": "yes"}
    answer = await posted(official, f"{drafted}/draw", form)
    assert "Nobody is in this audience" in await answer.text()


async def test_a_secretary_sees_it_and_changes_nothing(amina, drafted):
    text = await amina.page(drafted)
    assert "Who buys?" in text
    assert "Add a question" not in text
    assert "Begin a survey" not in await amina.page("/surveys")


async def test_a_survey_that_is_not_there(official):
    for path in ("", "/results", "/questions/new"):
        assert (await official.get(f"/surveys/{'0' * 32}{path}")).status == 404


async def test_its_invitation_becomes_a_broadcast_to_the_sample(
    official, drafted, database, keyring, clock
):
    async with database.transaction() as db:
        for n in range(6):
            address = Address("sms", f"+25471100000{n}")
            await subscribers.subscribe(db, keyring, address, language="en", now=clock.now)
    await posted(official, f"{drafted}/draw", {"size": "4"})
    too_early = await posted(official, f"{drafted}/invite")
    assert "The survey takes no answers now." in await too_early.text()
    until = (clock.now + timedelta(days=9)).date().isoformat()
    text = await (await posted(official, f"{drafted}/open", {"until": until})).text()
    assert "Make a broadcast of the invitation" in text
    answer = await posted(official, f"{drafted}/invite")
    assert answer.url.path.startswith("/broadcasts/")
    page = await answer.text()
    assert "This is the invitation." in page
    assert "To answer some questions, send SURVEY 11." in page
    assert "4 people get it each time." in page
    assert f'<a href="{drafted}">Pits</a>' in page
    assert "those in its sample who have not come to the end" in page


# --- undone, and done once ----------------------------------------------------------------------


async def listed(database):
    async with database.reading() as db:
        return await surveys.recent(db, limit=9)


@pytest.mark.parametrize(
    ("form", "found"), [({"name": "P", "mode": "survey", "language": "en"}, 1), (None, 2)]
)
async def test_a_button_that_is_pressed_twice_begins_one(official, drafted, database, form, found):
    path = "/surveys" if form else f"{drafted}/repeat"
    if form:
        await posted(official, f"{drafted}/discard")
    for _ in range(2):
        answer = await posted(official, path, {**(form or {}), "once": "t" * 30})
    assert "That was sent already." in await answer.text()
    assert len(await listed(database)) == found
    page = await official.page(drafted if form is None else "/surveys")
    assert re.search(r'name="once" value="[0-9a-f]{30}"', page)


async def test_a_draft_is_deleted_with_its_sample(official, drafted, database, six):
    await posted(official, f"{drafted}/draw", {"size": "4"})
    page = await (await posted(official, f"{drafted}/discard")).text()
    assert "The draft «Pits» is deleted." in page
    assert await listed(database) == []
    assert (await official.get(drafted)).status == 404


async def test_what_is_open_or_repeated_is_not_deleted(official, drafted, database, clock):
    second = str((await posted(official, f"{drafted}/repeat", {"once": "a"})).url.path)
    assert "Delete this draft" not in await official.page(drafted)
    page = await (await posted(official, f"{drafted}/discard")).text()
    assert "Nothing was changed" in page
    await posted(official, f"{second}/discard")
    until = (clock.now + timedelta(days=3)).date().isoformat()
    await posted(official, f"{drafted}/open", {"until": until})
    await posted(official, f"{drafted}/discard")
    assert len(await listed(database)) == 1


@pytest.fixture
async def six(database, keyring, now):
    """Six people who hear our news."""
    async with database.transaction() as db:
        for n in range(6):
            address = Address("sms", f"+25471100000{n}")
            await subscribers.subscribe(db, keyring, address, language="en", now=now)


async def test_a_sample_is_put_back_and_drawn_anew(official, drafted, six):
    await posted(official, f"{drafted}/draw", {"size": "1"})
    assert "Nobody was written to yet" in await official.page(drafted)
    page = await (await posted(official, f"{drafted}/undraw")).text()
    assert "The sample is put back. Draw another." in page
    page = await (await posted(official, f"{drafted}/draw", {"size": "5"})).text()
    assert "5 people, drawn at random from 6." in page
    await posted(official, f"{drafted}/undraw")
    page = await (await posted(official, f"{drafted}/undraw")).text()
    assert "Nothing was changed" in page


# --- who is asked, and where --------------------------------------------------------------------


async def test_a_sample_is_drawn_from_a_saved_audience(official, drafted, six, database, now):
    audience = Audience(languages=frozenset({"sw"}))
    async with database.transaction() as db:
        await db.execute(
            subscribers.subscribers.update()
            .where(subscribers.subscribers.c.id.in_(await two(db)))
            .values(language="sw")
        )
        by = official.member.id
        kept = await saved_audiences.keep(db, "Swahili", audience, by=by, now=now)
    assert ">Swahili</option>" in await official.page(drafted)
    gone = await posted(official, f"{drafted}/draw", {"size": "9", "audience": "0" * 32})
    assert (gone.status, "Choose one of these." in await gone.text()) == (422, True)
    page = await (
        await posted(official, f"{drafted}/draw", {"size": "9", "audience": kept})
    ).text()
    assert "2 people, drawn at random from 2." in page


async def two(db):
    return (await db.execute(select(subscribers.subscribers.c.id).limit(2))).scalars().all()


async def test_a_survey_may_be_about_a_site_where_its_sample_is_drawn(official, drafted, database):
    async with database.transaction() as db:
        place = {
            "id": "s" * 32,
            "code": "KB",
            "name": "Kobalo",
            "district": "D",
            "mineral": "gold",
        }
        await db.execute(bodies.sites.insert().values(place))
    form = {"name": "Pits", "language": "en", "site": "s" * 32}
    page = await (await posted(official, drafted, form)).text()
    assert " · Kobalo" in page
    assert page.count(f'value="{"s" * 32}" selected') == 2
    page = await (await posted(official, f"{drafted}/repeat")).text()
    assert " · Kobalo" in page
    page = await (await posted(official, drafted, {**form, "site": "x"})).text()
    assert " · Kobalo" not in page


async def test_the_list_has_pages(official, database, now, monkeypatch):
    monkeypatch.setattr("console.pages.surveys.PAGE", 2)
    given = {"mode": Mode.SURVEY, "language": "en", "by": "system", "now": now}
    async with database.transaction() as db:
        for name in ("Oldest", "Second", "Third"):
            await surveys.create(db, name=name, **given)
    page = await official.page("/surveys")
    assert ("Third" in page, "Oldest" in page) == (True, False)
    path = re.search(r"/surveys\?before=\d+", page)[0]
    page = await official.page(path)
    assert ("Third" in page, "Oldest" in page, "To the newest" in page) == (False, True, True)
