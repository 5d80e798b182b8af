import re

import pytest

from forum.members import Role
from outreach import surveys
from outreach.questionnaire import END, Kind, Mode, Words


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Oluwaseun Ade")


@pytest.fixture
async def survey(database, now):
    async def begun(mode=Mode.SURVEY):
        async with database.transaction() as db:
            made = await surveys.create(
                db, mode=mode, name="Pits", language="en", by="system", now=now
            )
            return await surveys.get(db, made)

    return await begun()


CLOSED = {
    "kind": "closed",
    "text_en": "Who buys?",
    "textshort_en": "Who?",
    "text_fr": "Qui achète ?",
    "options_en": "A buyer | Buyer\nNobody",
    "options_fr": "Un acheteur\nPersonne",
}


async def add(person, survey, **form):
    path = f"/surveys/{survey.id}"
    return await person.post(f"{path}/questions", {**CLOSED, **form}, on=path)


async def asked_of(database, survey):
    async with database.reading() as db:
        return (await surveys.questionnaire(db, survey)).questions


async def test_a_question_is_added_in_all_languages(official, survey, database):
    text = await (await add(official, survey)).text()
    assert "The question is kept." in text
    (question,) = await asked_of(database, survey)
    assert question.texts == {"en": Words("Who buys?", "Who?"), "fr": Words("Qui achète ?")}
    assert [option.texts["en"] for option in question.options] == [
        Words("A buyer", "Buyer"),
        Words("Nobody"),
    ]
    assert question.options[1].texts["fr"] == Words("Personne")


@pytest.mark.parametrize("kind", Kind)
async def test_every_kind_has_its_form(official, survey, database, kind):
    text = await official.page(f"/surveys/{survey.id}/questions/new?kind={kind}")
    assert f'name="kind" value="{kind}"' in text
    await add(official, survey, kind=str(kind))
    (question,) = await asked_of(database, survey)
    assert question.kind is kind
    shown = await official.page(f"/surveys/{survey.id}/questions/{question.id}")
    assert "Who buys?" in shown


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text_en": ""}, "Write the question in the first language."),
        ({"options_en": "\n".join("abcdefg")}, "six answers at most"),
        ({"part": "6"}, ""),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(official, survey, wrong, said):
    answer = await add(official, survey, **wrong)
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    assert "Qui achète ?" in text


async def test_a_kind_that_nobody_knows(official, survey):
    assert (await add(official, survey, kind="poem")).status == 422


async def test_a_question_is_changed_with_its_ways(official, survey, database):
    for text in ("First?", "Second?", "Third?"):
        await add(official, survey, text_en=text)
    first, second, third = await asked_of(database, survey)
    path = f"/surveys/{survey.id}/questions/{first.id}"
    form = {**CLOSED, "text_en": "Else?", "goes_1": third.id, "goes_2": END}
    await official.post(path, form, on=path)
    changed, *_ = await asked_of(database, survey)
    assert [option.goes_to for option in changed.options] == [third.id, END]
    text = await official.page(f"/surveys/{survey.id}")
    assert "→ question 3" in text
    assert "→ the end" in text
    shown = await official.page(path)
    assert re.search(rf'value="{third.id}" selected', shown)
    assert second.id in shown
    wrong = await official.post(path, {**form, "text_en": ""}, on=path)
    assert wrong.status == 422


async def test_a_way_back_is_told(official, survey, database):
    for text in ("First?", "Second?"):
        await add(official, survey, text_en=text)
    first, second = await asked_of(database, survey)
    path = f"/surveys/{survey.id}/questions/{second.id}"
    await official.post(path, {**CLOSED, "goes_1": first.id}, on=path)
    assert "not behind this one" in await official.page(f"/surveys/{survey.id}")


async def test_questions_change_places_and_go(official, survey, database):
    for text in ("First?", "Second?"):
        await add(official, survey, text_en=text)
    first, second = await asked_of(database, survey)
    base = f"/surveys/{survey.id}"
    moves = [(second, "up", "Second? First?"), (second, "down", "First? Second?")]
    for question, way, expected in moves:
        await official.post(f"{base}/questions/{question.id}/{way}", on=base)
        now = await asked_of(database, survey)
        assert " ".join(one.texts["en"].full for one in now) == expected
    text = await (await official.post(f"{base}/questions/{first.id}/remove", on=base)).text()
    assert "The question is taken away." in text
    assert [one.id for one in await asked_of(database, survey)] == [second.id]


async def test_a_question_of_nothing_is_not_found(official, survey):
    base = f"/surveys/{survey.id}"
    for way in ("", "/up", "/remove"):
        path = f"{base}/questions/{'0' * 32}{way}"
        assert (await official.post(path, CLOSED, on=base)).status == 404
    assert (await official.get(f"{base}/questions/{'0' * 32}")).status == 404


@pytest.mark.parametrize("rule", [True, False])
async def test_a_quiz_has_a_right_answer_and_a_reason(official, database, now, rule):
    async with database.transaction() as db:
        given = {"by": "system", "now": now}
        made = await surveys.create(
            db, mode=Mode.QUIZ, name="Q", language="en", rule="R1" if rule else None, **given
        )
        quiz = await surveys.get(db, made)
    text = await official.page(f"/surveys/{quiz.id}/questions/new?kind=closed")
    assert ("3 · The rules" in text, "say first" in text) == (rule, not rule)
    await add(official, quiz, right="2", why_en="Nobody may.", part="3")
    (question,) = await asked_of(database, quiz)
    assert [option.right for option in question.options] == [False, True]
    assert (question.why["en"].full, question.part) == ("Nobody may.", "3")
    text = await official.page(f"/surveys/{quiz.id}")
    assert "2 · Nobody · right" in text
