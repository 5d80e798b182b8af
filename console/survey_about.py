"""What stands around a survey's answers in its files: who answered, the sample, the rounds."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from console import survey_words as words
from console.sheets import Value
from console.statistics_words import ALL, HIDDEN
from console.survey_table import ANSWERED
from console.words import in_words
from locales import N_
from outreach.questionnaire import Questionnaire
from outreach.survey_response import Rate, Response
from outreach.survey_results import Compared
from outreach.survey_tallies import Taking
from outreach.surveys import Survey

#: Takers below which not even their number is told.
FEW: Final = 5

WHO: Final = N_("Who answered")
BEGAN: Final = N_("Began to answer")
ENDED: Final = N_("Came to the end")
SAMPLE: Final = N_("In the sample")
OF_SAMPLE: Final = N_("Of the sample, came to the end")
POPULATION: Final = N_("The sample was drawn at random from")
NO_SAMPLE: Final = N_(
    "No sample was drawn: who answered chose to. It does not stand for all miners."
)
NOTE: Final = N_("How people were chosen")
ROUND: Final = N_("round %(round)s")


def rows_about(
    survey: Survey,
    taking: Taking,
    response: Response | None,
    split: str | None,
    sites: Mapping[str, str],
    language: str,
) -> list[list[Value]]:
    """Return who answered and how they were chosen, in the columns of the answers' table."""

    def row(part: str, what: str, n: int | None, share: float | None = None) -> list[Value]:
        count: Value = in_words(HIDDEN, language) if n is None else n
        percent: Value = "" if share is None else round(100 * share)
        return [in_words(WHO, language), part, in_words(what, language), count, percent]

    everybody, few = in_words(ALL, language), 0 < taking.started < FEW
    rows = [
        row(everybody, BEGAN, None if few else taking.started),
        row(everybody, ENDED, None if few else taking.done),
    ]
    if response is None:
        rows.append([in_words(NO_SAMPLE, language), "", "", "", ""])
    else:
        rows.append(row(everybody, POPULATION, survey.population))
        for rate in (response.whole, *(response.parts or ())):
            named = words.group_of(split or "", rate.name, sites, language)
            part = everybody if rate is response.whole else named
            rows += [
                row(part, SAMPLE, rate.drawn),
                row(part, OF_SAMPLE, None if few else rate.done, None if few else rate.share),
            ]
    if survey.note:
        rows.append([in_words(NOTE, language), "", survey.note, "", ""])
    return rows


def rows_of_rounds(
    asked: Questionnaire, compared: Sequence[Compared], rounds: Sequence[Survey], language: str
) -> Iterator[list[Value]]:
    """Yield each answer's share in each round, in the same columns; hidden ones are left out."""
    names = [in_words(ROUND, language) % {"round": one.round} for one in rounds]
    hidden = in_words(HIDDEN, language)
    for one in compared:
        said = f"{one.question.position}. {asked.said(one.question.texts, language).full}"
        for name, n in zip(names, one.ns, strict=True):
            yield [said, name, in_words(ANSWERED, language), hidden if n is None else n, ""]
        for code, shares in one.rows:
            label = words.label_of(asked, one.question, code, language)
            for name, share in zip(names, shares, strict=True):
                if share is not None:
                    yield [said, name, label, "", round(100 * share)]


def sample_tree(
    survey: Survey, response: Response | None, sites: Mapping[str, str]
) -> dict[str, Any]:
    """Return the sample for a program; a hidden count is null."""

    def told(rate: Rate) -> dict[str, int | None]:
        return {"drawn": rate.drawn, "done": rate.done}

    parts = (response and response.parts) or ()
    return {
        "drawn": survey.drawn,
        "of": survey.population,
        "by_site": survey.by_site,
        "done": response.whole.done if response else None,
        "parts": [{"name": sites.get(one.name, one.name), **told(one)} for one in parts],
        "note": survey.note,
    }


def rounds_tree(
    asked: Questionnaire, compared: Sequence[Compared], rounds: Sequence[Survey]
) -> list[dict[str, Any]]:
    """Return the rounds for a program: n and each answer's share in each; hidden is null."""
    return [
        {
            "question": one.question.position,
            "rounds": [of.round for of in rounds],
            "n": list(one.ns),
            "answers": [
                {
                    "code": code,
                    "label": words.label_of(asked, one.question, code, asked.language),
                    "shares": list(shares),
                }
                for code, shares in one.rows
            ],
        }
        for one in compared
    ]
