from console.survey_table import grid_of, tree_of
from outreach.questionnaire import Kind, Option, Question, Questionnaire, Words
from outreach.survey_results import Tally, reckoned
from outreach.survey_tallies import Answered

OPTIONS = tuple(Option(str(n), {"en": Words(f"Answer {n}")}) for n in (1, 2, 3))
ASKED = Questionnaire(
    "en", questions=(Question("q", 1, Kind.CLOSED, {"en": Words("Who buys?")}, OPTIONS),)
)
WHOLE = {"1": 60, "2": 20, "3": 20}
PARTS = {("woman", "1"): 58, ("man", "1"): 2, ("man", "2"): 20, ("woman", "3"): 20}


def results(whole=None, *, split=True):
    counted = {code: Answered(n, 0.0) for code, n in (whole or WHOLE).items()}
    return reckoned(ASKED, Tally({"q": counted}, {"q": PARTS}), split=split)


def test_a_row_an_answer_of_all_and_of_each_part():
    grid = grid_of(ASKED, results(), "gender", {}, "en")
    assert grid[0] == ["Question", "Who", "Answer", "n", "Percent"]
    assert grid[1] == ["1. Who buys?", "All", "1 · Answer 1", 60, 60]
    assert [row[1] for row in grid[4:10]] == ["A man"] * 3 + ["A woman"] * 3


def test_what_stands_above_the_answers_is_in_the_table_too():
    assert [row[1:] for row in grid_of(ASKED, results(), "gender", {}, "en")[10:]] == [
        ["All", "Answered it", 100, ""],
        ["All", "Passed it over", 0, ""],
    ]
    asked = Questionnaire("en", questions=(Question("q", 1, Kind.NUMBER),))
    whole = {"5": Answered(20, 73.0), "more": Answered(10, 1e9)}
    grid = grid_of(asked, reckoned(asked, Tally({"q": whole}, {}), split=False), None, {}, "en")
    assert [row[2:4] for row in grid[-2:]] == [["Mean", 33333335.8], ["Median", "3-5"]]


def test_a_hidden_count_is_a_word_and_small_ones_are_in_no_file():
    grid = grid_of(ASKED, results(), "gender", {}, "en")
    men = [row for row in grid if row[1] == "A man"]
    assert men[0][3:] == ["hidden", "hidden"]
    numbers = [row[3] for row in grid[1:] if isinstance(row[3], int)]
    assert [n for n in numbers if 0 < n < 5] == []


def test_for_a_program_a_hidden_count_is_null():
    (tree,) = tree_of(ASKED, results(), {}, "gender")
    assert (tree["n"], tree["answers"][0]["n"], tree["answers"][0]["share"]) == (100, 60, 0.6)
    men = next(part for part in tree["parts"] if part["name"] == "man")
    assert men["answers"][0] == {"code": "1", "label": "1 · Answer 1", "n": None, "share": None}


def test_a_site_is_told_by_its_name():
    (tree,) = tree_of(ASKED, results(), {"woman": "Kobalo Hill"}, "site_id")
    assert {part["name"] for part in tree["parts"]} == {"Kobalo Hill", ""}
