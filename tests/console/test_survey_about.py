from dataclasses import replace

import pytest

from console.survey_about import rounds_tree, rows_about, rows_of_rounds, sample_tree
from outreach import surveys
from outreach.questionnaire import Mode
from outreach.survey_response import response
from outreach.survey_results import Tally, compared, reckoned
from outreach.survey_tallies import Answered, Taking
from tests.console.test_survey_table import ASKED

TAKING = Taking(90, 80, 65, 60)
SPLIT = {"woman": (50, 40), "man": (50, 20)}


@pytest.fixture
async def survey(database, now):
    given = {"by": "system", "now": now}
    async with database.transaction() as db:
        made = await surveys.create(db, mode=Mode.SURVEY, name="Pits", language="en", **given)
        return await surveys.get(db, made)


def rounds(*counts):
    tallies = [
        Tally({"q": {code: Answered(n, 0.0) for code, n in one.items()}}, {}) for one in counts
    ]
    return compared([reckoned(ASKED, one, split=False) for one in tallies])


def test_who_answered_and_how_they_were_chosen_stand_below(survey):
    drawn = replace(survey, drawn=100, population=900, note="By ear.")
    rows = rows_about(drawn, TAKING, response(TAKING, 100, SPLIT), "gender", {}, "en")
    assert [row[1:] for row in rows] == [
        ["All", "Began to answer", 90, ""],
        ["All", "Came to the end", 80, ""],
        ["All", "The sample was drawn at random from", 900, ""],
        ["All", "In the sample", 100, ""],
        ["All", "Of the sample, came to the end", 60, 60],
        ["A man", "In the sample", 50, ""],
        ["A man", "Of the sample, came to the end", 20, 40],
        ["A woman", "In the sample", 50, ""],
        ["A woman", "Of the sample, came to the end", 40, 80],
        ["", "By ear.", "", ""],
    ]


def test_without_a_sample_it_says_so_and_of_a_few_nothing(survey):
    rows = rows_about(survey, Taking(3, 2), None, None, {}, "en")
    assert [row[3] for row in rows[:2]] == ["hidden", "hidden"]
    assert rows[2][0].startswith("No sample was drawn")
    few = replace(survey, drawn=100, population=900)
    rows = rows_about(few, Taking(3, 2, 3, 2), response(Taking(3, 2, 3, 2), 100), None, {}, "en")
    assert rows[-1][3:] == ["hidden", ""]


def test_the_rounds_are_rows_of_their_own_and_a_hidden_share_is_none(survey):
    both = [survey, replace(survey, round=2)]
    found = rounds({"1": 40, "2": 60}, {"1": 60, "2": 40})
    rows = list(rows_of_rounds(ASKED, found, both, "en"))
    assert rows[:2] == [
        ["1. Who buys?", "round 1", "Answered it", 100, ""],
        ["1. Who buys?", "round 2", "Answered it", 100, ""],
    ]
    assert rows[2] == ["1. Who buys?", "round 1", "1 · Answer 1", "", 40]
    assert [row[4] for row in rows[2:]] == [40, 60, 60, 40, 0, 0]
    few = rounds({"1": 40, "2": 2, "3": 9}, {"1": 60, "2": 40})
    assert len(list(rows_of_rounds(ASKED, few, both, "en"))) < len(rows)


def test_a_program_gets_the_same(survey):
    drawn = replace(survey, drawn=100, population=900, note="By ear.")
    tree = sample_tree(drawn, response(TAKING, 100, SPLIT), {})
    assert (tree["drawn"], tree["of"], tree["done"], tree["note"]) == (100, 900, 60, "By ear.")
    assert tree["parts"][0] == {"name": "man", "drawn": 50, "done": 20}
    (told,) = rounds_tree(ASKED, rounds({"1": 40}, {"1": 50}), [survey, replace(survey, round=2)])
    assert (told["rounds"], told["n"]) == ([1, 2], [40, 50])
    assert told["answers"][0]["shares"] == [1.0, 1.0]
