"""What a page of a survey asks is found by an index, on both engines; nothing is counted anew."""

import re

import pytest
from sqlalchemy import insert

from outreach import survey_answers, survey_invitations, survey_results, survey_tallies, surveys
from outreach.questionnaire import Mode
from outreach.survey_invitations import survey_invitations as invitations
from outreach.survey_tallies import SPLITS
from tests.architecture import test_case_plans as plans
from tests.support.history import Asked

TABLES = ("survey_tallies", "survey_answers", "survey_words", "survey_invitations", "subscribers")

#: Enough that both engines would rather use an index.
ROWS = 600


@pytest.fixture
async def survey(database, now):
    given = {"by": "system", "now": now}
    async with database.transaction() as db:
        made = [
            await surveys.create(db, mode=Mode.SURVEY, name="Pits", language="en", **given)
            for _ in range(3)
        ]
        codes = [str(n) for n in range(ROWS)]
        profile = {"site_id": "", "role": "", "gender": "", "language": "en", "sampled": ""}
        counted = {"question_id": "q", "n": 1, "total": 0.0, **profile}
        for one in made:
            rows = [{"survey_id": one, "code": code, **counted} for code in codes]
            await db.execute(insert(survey_tallies.survey_tallies), rows)
            asked = {"survey_id": one, "state": "asked", "written": 0}
            await db.execute(
                insert(invitations), [{"subscriber_id": code, **asked} for code in codes]
            )
        return await surveys.get(db, made[1])


def questions(survey):
    return {
        "taking": lambda db: survey_tallies.taking(db, [survey.id]),
        "words": lambda db: survey_answers.words(db, survey.id),
        "standing": lambda db: survey_invitations.standing(db, survey.id),
        **{
            f"by {by}": lambda db, by=by: survey_results.tally(db, survey.id, by)
            for by in (None, *SPLITS)
        },
    }


async def test_no_page_of_a_survey_walks_through_a_table(survey, database, monkeypatch):
    monkeypatch.setattr(plans, "TABLES", TABLES)
    found = {
        name: walks
        for name, ask in questions(survey).items()
        if (walks := await plans.walked(database, ask))
    }
    assert found == {}


async def test_all_counts_of_a_page_are_one_question(survey, database):
    with Asked(database) as statements:
        async with database.reading() as db:
            await survey_results.tally(db, survey.id, "gender")
    assert len([one for one in statements if re.match("SELECT", one[0])]) == 1
