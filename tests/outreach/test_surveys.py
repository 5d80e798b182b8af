from datetime import timedelta

import pytest

from forum import keyholders, members
from forum.members import Role
from outreach import surveys
from outreach.questionnaire import END, Mode, Words
from outreach.surveys import CannotOpen, Frame, Shelf, State

BY = {"by": "system"}


async def read(database, survey):
    async with database.reading() as db:
        return await surveys.get(db, survey.id), await surveys.questionnaire(db, survey)


async def test_what_is_written_down_is_read_again(begun, closed, database):
    first, second = closed("a", 1, to2=END), closed("b", 2, n=3)
    survey = await begun(second, first)
    kept, asked = await read(database, survey)
    assert asked.questions == (first, second)
    assert (kept.state, kept.round, kept.code) == (State.DRAFT, 1, "11")


async def test_every_survey_has_a_number_of_its_own(begun, database, now):
    codes = [(await begun()).code for _ in range(3)]
    assert codes == ["11", "12", "13"]
    async with database.transaction() as db:
        await db.execute(
            surveys.surveys.update().values(code="99").where(surveys.surveys.c.code == "13")
        )
    assert (await begun()).code == "100"
    async with database.reading() as db:
        assert (await surveys.by_code(db, "12")).code == "12"
        assert await surveys.by_code(db, "77") is None
        newest = await surveys.recent(db, limit=2)
        rest = await surveys.recent(db, limit=9, before=newest[-1].code)
    assert [one.code for one in (*newest, *rest)] == ["100", "99", "12", "11"]


async def test_what_stands_around_the_questions_is_kept(begun, database, now):
    survey = await begun()
    opening = {"en": Words("Hello", "Hi"), "sw": Words("Habari")}
    frame = Frame("Roofs", "sw", True, "r1", "All of two sites.", None, opening, {}, "s" * 32)
    async with database.transaction() as db:
        await surveys.frame(db, survey, frame, now=now, **BY)
    kept, _ = await read(database, survey)
    asked = (await read(database, kept))[1]
    assert (kept.name, kept.language, kept.free, kept.rule) == ("Roofs", "sw", True, "r1")
    assert kept.site_id == "s" * 32
    assert (kept.note, asked.opening, asked.closing) == ("All of two sites.", opening, {})


async def test_a_survey_listens_from_its_opening_to_its_end(opened, closed, now):
    survey = await opened(closed("a", 1))
    assert survey.listens(now)
    assert survey.listens(now + timedelta(days=13))
    assert not survey.listens(now + timedelta(days=14))


async def test_a_survey_with_a_flaw_is_not_opened(begun, closed, database, keyring, now):
    survey = await begun(closed("a", 1, n=1))
    async with database.transaction() as db:
        with pytest.raises(CannotOpen):
            later = now + timedelta(days=1)
            await surveys.begin(db, keyring, survey, expires_at=later, now=now, **BY)


async def test_a_survey_whose_end_is_past_is_not_opened(begun, closed, database, keyring, now):
    survey = await begun(closed("a", 1))
    async with database.transaction() as db:
        with pytest.raises(CannotOpen):
            await surveys.begin(db, keyring, survey, expires_at=now, now=now, **BY)


async def test_it_is_opened_once(opened, closed, database, keyring, now):
    survey = await opened(closed("a", 1))
    async with database.transaction() as db:
        with pytest.raises(CannotOpen):
            later = now + timedelta(days=1)
            await surveys.begin(db, keyring, survey, expires_at=later, now=now, **BY)


async def test_its_key_goes_to_those_who_triage(opened, closed, database, keyring, now):
    keys = members.prepare("a password for tests", keyring)
    who = {"email": "s@example.org", "name": "S", "role": Role.SECRETARY, "language": "en"}
    async with database.transaction() as db:
        member = await members.join(db, keys=keys, now=now, **who)
    survey = await opened(closed("a", 1))
    async with database.reading() as db:
        opened_ = await keyholders.open_subject(db, survey.id, member.id, keys.pair.private)
    assert opened_


async def test_it_is_closed_and_listens_again(opened, closed, database, now):
    survey = await opened(closed("a", 1))
    async with database.transaction() as db:
        await surveys.close(db, survey, now=now, **BY)
        shut = await surveys.get(db, survey.id)
        assert not await surveys.extend(db, survey, now, now=now, **BY)
        assert await surveys.extend(db, survey, now + timedelta(days=30), now=now, **BY)
        again = await surveys.get(db, survey.id)
    assert not shut.listens(now)
    assert again.listens(now + timedelta(days=29))


async def test_a_draft_is_given_no_time(begun, database, now):
    survey = await begun()
    async with database.transaction() as db:
        assert not await surveys.extend(db, survey, now + timedelta(days=1), now=now, **BY)


async def test_a_new_round_asks_the_same_and_knows_from_what(begun, closed, database, now):
    survey = await begun(closed("a", 1, to1="b" * 32, to2=END), closed("b", 2))
    async with database.transaction() as db:
        second = await surveys.repeat(db, survey, now=now, **BY)
        third = await surveys.repeat(db, await surveys.get(db, second), now=now, **BY)
        asked = await surveys.questionnaire(db, await surveys.get(db, third))
        rounds = await surveys.rounds(db, await surveys.get(db, second))
    assert [one.round for one in rounds] == [1, 2, 3]
    assert [one.origin for one in asked.questions] == ["a" * 32, "b" * 32]
    first = asked.questions[0]
    assert [option.goes_to for option in first.options] == [asked.questions[1].id, END]
    assert first.texts["en"] == Words("Question a?", "Short?")


async def test_a_process_reads_what_is_open_once(opened, closed, database, begun):
    survey, draft = await opened(closed("a", 1)), await begun(closed("b", 1))
    shelf = Shelf()
    async with database.transaction() as db:
        read = await shelf.questionnaire(db, survey)
        assert await shelf.questionnaire(db, survey) is read
        assert await shelf.questionnaire(db, draft) is not await shelf.questionnaire(db, draft)


async def test_a_quiz_is_told_from_a_survey(begun, database):
    survey = await begun(mode=Mode.QUIZ)
    assert (await read(database, survey))[1].mode is Mode.QUIZ


async def test_a_draft_is_deleted_with_its_words(begun, closed, database, now):
    kept, gone = await begun(closed("b", 1)), await begun(closed("a", 1))
    async with database.transaction() as db:
        assert await surveys.discard(db, gone, now=now, **BY)
        assert not await surveys.discard(db, gone, now=now, **BY)
        assert await surveys.recent(db, limit=9) == [kept]
    assert len((await read(database, kept))[1].questions) == 1


async def test_what_was_opened_or_is_repeated_stays(begun, opened, closed, database, now):
    survey, draft = await opened(closed("a", 1)), await begun()
    async with database.transaction() as db:
        await surveys.repeat(db, draft, now=now, **BY)
        assert not await surveys.discard(db, survey, now=now, **BY)
        assert not await surveys.discard(db, draft, now=now, **BY)
