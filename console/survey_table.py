"""What a survey found as a table for a spreadsheet, and as JSON: what the page shows, no more."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from console import survey_words as words
from console.sheets import Grid, Value
from console.statistics_words import ALL, HIDDEN
from console.words import in_words
from locales import N_
from outreach.questionnaire import Questionnaire
from outreach.survey_results import Line, Result

_HEAD: Final = (N_("Question"), N_("Who"), N_("Answer"), "n", N_("Percent"))

ANSWERED: Final = N_("Answered it")
PASSED_OVER: Final = N_("Passed it over")
MEAN: Final = N_("Mean")
MEDIAN: Final = N_("Median")


def grid_of(
    asked: Questionnaire,
    results: Sequence[Result],
    split: str | None,
    sites: Mapping[str, str],
    language: str,
) -> Grid:
    """Return a header and a row an answer: of all, then of each part. A hidden count is a word."""
    hidden = in_words(HIDDEN, language)

    def number(n: int | None) -> Value:
        return hidden if n is None else n

    rows: list[list[Value]] = [[in_words(head, language) for head in _HEAD]]
    for result in results:
        said = asked.said(result.question.texts, language).full
        for who, lines in _parts(result, split, sites, language):
            rows += [
                [
                    f"{result.question.position}. {said}",
                    who,
                    words.label_of(asked, result.question, line.code, language),
                    number(line.n),
                    number(_percent(line)),
                ]
                for line in lines
            ]
        rows += [
            [f"{result.question.position}. {said}", who, in_words(what, language), value, ""]
            for who in [in_words(ALL, language)]
            for what, value in _about(asked, result, number, language)
        ]
    return rows


def _about(
    asked: Questionnaire, result: Result, number: Callable[[int | None], Value], language: str
) -> Iterator[tuple[str, Value]]:
    """Return what stands above a question's answers on the page."""
    yield ANSWERED, number(result.n)
    yield PASSED_OVER, number(result.skipped)
    if result.mean is not None:
        yield MEAN, result.mean
    if result.median is not None:
        yield MEDIAN, words.label_of(asked, result.question, result.median, language)


def _parts(
    result: Result, split: str | None, sites: Mapping[str, str], language: str
) -> Iterator[tuple[str, Sequence[Line]]]:
    yield in_words(ALL, language), result.lines
    for group in result.groups or ():
        yield words.group_of(split or "", group.name, sites, language), group.lines


def _percent(line: Line) -> int | None:
    if line.n == 0:
        return 0
    return None if line.share is None else round(100 * line.share)


def tree_of(
    asked: Questionnaire, results: Sequence[Result], sites: Mapping[str, str], split: str | None
) -> list[dict[str, Any]]:
    """Return the same for a program; a hidden count is null."""
    return [
        {
            "question": result.question.position,
            "kind": str(result.question.kind),
            "text": asked.said(result.question.texts, asked.language).full,
            "n": result.n,
            "skipped": result.skipped,
            "mean": result.mean,
            "median": result.median,
            "answers": _lines(asked, result, result.lines),
            "parts": [
                {
                    "name": sites.get(group.name, "") if split == "site_id" else group.name,
                    "n": group.n,
                    "answers": _lines(asked, result, group.lines),
                }
                for group in result.groups or ()
            ],
        }
        for result in results
    ]


def _lines(asked: Questionnaire, result: Result, lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [
        {
            "code": line.code,
            "label": words.label_of(asked, result.question, line.code, asked.language),
            "n": line.n,
            "share": line.share,
        }
        for line in lines
    ]
