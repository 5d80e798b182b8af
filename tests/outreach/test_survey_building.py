from dataclasses import replace

import pytest

from outreach import survey_building as building
from outreach import surveys
from outreach.questionnaire import SCALE, Kind, Option, Question, Words
from outreach.survey_building import NotDraft


@pytest.fixture
def given(now):
    return {"by": "system", "now": now}


async def order(database, survey):
    async with database.reading() as db:
        asked = await surveys.questionnaire(db, survey)
    return [(one.id[0], one.position) for one in asked.questions]


async def test_a_question_is_added_behind_the_others(begun, closed, database, given):
    survey = await begun(closed("a", 1))
    async with database.transaction() as db:
        made = await building.add(db, survey, closed("x", 7), **given)
        asked = await surveys.questionnaire(db, survey)
    assert asked.questions[1].id == made
    assert asked.questions[1].position == 2
    assert asked.questions[1].origin == "x" * 32


@pytest.mark.parametrize(("kind", "codes"), [(Kind.SCALE, list(SCALE)), (Kind.TEXT, [])])
async def test_a_question_has_the_answers_of_its_kind(begun, closed, database, given, kind, codes):
    survey = await begun()
    question = replace(closed("x", 1), kind=kind)
    async with database.transaction() as db:
        await building.add(db, survey, question, **given)
        (asked,) = (await surveys.questionnaire(db, survey)).questions
    assert [option.code for option in asked.options] == codes


async def test_a_question_is_changed_in_all_it_says(begun, closed, database, given):
    survey = await begun(closed("a", 1, n=3))
    changed = replace(closed("a", 1), texts={"fr": Words("Quoi?")}, part="2")
    async with database.transaction() as db:
        await building.change(db, survey, changed, **given)
        (asked,) = (await surveys.questionnaire(db, survey)).questions
    assert asked == changed


@pytest.mark.parametrize(
    ("letter", "up", "expected"),
    [
        ("b", True, "bac"),
        ("b", False, "acb"),
        ("a", True, "abc"),
        ("c", False, "abc"),
        ("z", True, "abc"),
    ],
)
async def test_a_question_changes_places(begun, closed, database, given, letter, up, expected):
    survey = await begun(closed("a", 1), closed("b", 2), closed("c", 3))
    async with database.transaction() as db:
        await building.move(db, survey, letter * 32, up=up, **given)
    assert await order(database, survey) == [(one, n) for n, one in enumerate(expected, start=1)]


async def test_a_question_is_taken_away_with_the_ways_to_it(begun, closed, database, given):
    survey = await begun(closed("a", 1, to1="b" * 32), closed("b", 2), closed("c", 3))
    async with database.transaction() as db:
        await building.remove(db, survey, "b" * 32, **given)
        asked = await surveys.questionnaire(db, survey)
    assert await order(database, survey) == [("a", 1), ("c", 2)]
    assert asked.questions[0].options[0].goes_to is None


async def test_what_is_open_is_not_changed_any_more(opened, closed, database, given):
    survey = await opened(closed("a", 1))
    async with database.transaction() as db:
        for act in (
            building.add(db, survey, Question("", 0, Kind.TEXT), **given),
            building.change(db, survey, closed("a", 1), **given),
            building.move(db, survey, "a" * 32, up=True, **given),
            building.remove(db, survey, "a" * 32, **given),
        ):
            with pytest.raises(NotDraft):
                await act


# --- in a later round ---------------------------------------------------------------------------


def labelled(*labels):
    """Return answers with these labels in English, in the order of their digits."""
    return tuple(Option(str(n), {"en": Words(label)}) for n, label in enumerate(labels, start=1))


@pytest.fixture
def reworded(begun, closed, database, now):
    """Change the answers of the second round in turn; return what each repeats then."""

    async def done(*changes):
        first = await begun(replace(closed("a", 1), options=labelled("Buyer", "Nobody")))
        given = {"by": "system", "now": now}
        async with database.transaction() as db:
            second = await surveys.get(db, await surveys.repeat(db, first, **given))
            for labels in changes:
                (question,) = (await surveys.questionnaire(db, second)).questions
                changed = replace(question, options=labelled(*labels))
                await building.change(db, second, changed, **given)
            (question,) = (await surveys.questionnaire(db, second)).questions
        return [option.root for option in question.options]

    return done


async def test_an_answer_is_known_by_what_it_says_whatever_its_digit(reworded):
    new, *others = await reworded(("A cooperative", "buyer", "Nobody"))
    assert (len(new), others) == (32, ["1", "2"])


async def test_an_answer_that_comes_back_is_the_same_again(reworded):
    assert await reworded(("Nobody", "Else"), ("Buyer", "Nobody")) == ["1", "2"]


async def test_in_the_first_round_an_answer_is_its_digit(begun, closed, database, now):
    survey = await begun(replace(closed("a", 1), options=labelled("Buyer", "Nobody")))
    async with database.transaction() as db:
        (question,) = (await surveys.questionnaire(db, survey)).questions
        changed = replace(question, options=labelled("New", "Buyer"))
        await building.change(db, survey, changed, by="system", now=now)
        (question,) = (await surveys.questionnaire(db, survey)).questions
    assert [option.root for option in question.options] == ["1", "2"]
