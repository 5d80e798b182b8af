"""What was answered, as it may be shown: each question in whole, in parts, and round by round.

Only counts come from here, small ones hidden (``outreach.survey_cells``); what somebody wrote is
never among them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from forum.circulation import Cell
from forum.suppression import Shown
from outreach import survey_cells, survey_tallies
from outreach.questionnaire import (
    CHOSEN,
    SKIPPED,
    TOLD,
    Kind,
    Option,
    Question,
    Questionnaire,
)
from outreach.survey_answers import BANDS, GIVEN, MORE
from outreach.survey_tallies import Answered
from storage.unit_of_work import Reads

#: Days are counted by the month; by the year, the decade or more where there were more of them.
MOST_SPANS: Final = 24

#: Letters of «2026-05» that are left: month, year, decade, century, millennium.
_SPANS: Final = (7, 4, 3, 2, 1)

#: Sites that are told apart; those with fewer answers stand together.
MOST_SITES: Final = 20

#: The name of a part that holds all the small ones.
OTHERS: Final = "others"

#: Answers below which no mean is told: beside a few, it tells each.
LEAST_FOR_MEAN: Final = 10


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted for a survey, nothing hidden: for ``reckoned`` alone."""

    whole: Mapping[str, Mapping[str, Answered]]
    parts: Mapping[str, Mapping[tuple[str, str], int]]


@dataclass(frozen=True, slots=True)
class Line:
    """One answer to a question. *n* None: it is hidden. *share* of those who answered, 0 to 1."""

    code: str
    n: int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """The same for one part of those who answered: *n* of them, None where that is hidden."""

    name: str
    n: int | None
    lines: Sequence[Line]

    @property
    def whole(self) -> bool:
        """Whether nothing of it is hidden."""
        return self.n is not None and all(line.n is not None for line in self.lines)

    @property
    def hidden(self) -> int | None:
        """How many of its answers are among those that are hidden; None: that is hidden too."""
        return None if self.n is None else self.n - sum(line.n or 0 for line in self.lines)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one question. *n*: how many answered it, None where that is hidden.

    *skipped*: how many passed it over. *mean* and *median*, of numbers alone: to one digit behind
    the point, and the code of the band that it lies in, as one absurd number moves the mean alone.
    *groups* None: there are too few to tell them apart; empty:
    nobody asked for parts. *span*: letters of «2026-05» by which its days are told, None: no days.
    """

    question: Question
    n: int | None
    skipped: int | None
    lines: Sequence[Line]
    mean: float | None
    median: str | None
    groups: Sequence[Group] | None
    span: int | None

    @property
    def columns(self) -> list[str]:
        """The answers that the groups are told apart by."""
        return [line.code for line in self.groups[0].lines] if self.groups else []


async def tally(db: Reads, survey_id: str, by: str | None) -> Tally:
    """Read what was counted; *by*: one of ``survey_tallies.SPLITS``, or None. One question."""
    if by is None:
        return Tally(await survey_tallies.whole(db, survey_id), {})
    whole, parts = await survey_tallies.both(db, survey_id, by)
    return Tally(whole, _largest(parts) if by == "site_id" else parts)


_Parts: TypeAlias = Mapping[str, Mapping[tuple[str, str], int]]


def _largest(parts: _Parts) -> _Parts:
    """Put the sites with the fewest answers together: hundreds can neither be read nor hidden."""
    answers: Counter[str] = Counter()
    for counts in parts.values():
        for (site, _), n in counts.items():
            answers[site] += n
    if len(answers) <= MOST_SITES + 1:
        return parts
    ordered = sorted((site for site in answers if site), key=lambda site: (-answers[site], site))
    told = {"", *ordered[:MOST_SITES]}
    found: dict[str, Counter[tuple[str, str]]] = {}
    for question, counts in parts.items():
        found[question] = Counter()
        for (site, code), n in counts.items():
            found[question][site if site in told else OTHERS, code] += n
    return found


def reckoned(asked: Questionnaire, counted: Tally, *, split: bool) -> list[Result]:
    """Return what may be shown. With many sites it takes long: call it in a thread."""
    found = []
    for question in asked.questions:
        whole = counted.whole.get(question.id, {})
        span = _span_of(question, whole)
        part = counted.parts.get(question.id, {}) if split else None
        by_span = None if part is None else _parts_by_span(part, span)
        found.append(_result(question, _by_span(whole, span), by_span, span))
    return found


def _span_of(question: Question, whole: Mapping[str, Answered]) -> int | None:
    """Return by what its days are counted: so many letters of «2026-05»; None: it asks for none.

    By its own answers alone. By those of another round too, the months on one page and the years
    on the other would tell what the months hide.
    """
    if question.kind is not Kind.DATE:
        return None
    days = {_padded(code) for code, one in whole.items() if one.n and code != SKIPPED}
    return next(span for span in _SPANS if len({day[:span] for day in days}) <= MOST_SPANS)


def _padded(day: str) -> str:
    """Return «0999-05» for «999-05», and «0999» where only the year was said."""
    year, dash, month = day.partition("-")
    return f"{year.zfill(_SPANS[1])}{dash}{month}"


def _cut(code: str, span: int | None) -> str:
    return code if span is None or code == SKIPPED else _padded(code)[:span]


def _by_span(whole: Mapping[str, Answered], span: int | None) -> dict[str, Answered]:
    found: dict[str, Answered] = {}
    for code, one in whole.items():
        name = _cut(code, span)
        before = found.get(name, Answered(0, 0.0))
        found[name] = Answered(before.n + one.n, before.total + one.total)
    return found


def _parts_by_span(
    parts: Mapping[tuple[str, str], int], span: int | None
) -> dict[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for (name, code), n in parts.items():
        found[name, _cut(code, span)] += n
    return found


def _result(
    question: Question,
    whole: Mapping[str, Answered],
    part: Mapping[tuple[str, str], int] | None,
    span: int | None,
) -> Result:
    counts = {code: answered.n for code, answered in whole.items() if answered.n}
    columns = codes(question, counts)
    shown = survey_cells.whole(counts, columns)
    told = {code: survey_cells.count_of(shown, code) for code in columns}
    skipped, total = told.get(SKIPPED, 0), survey_cells.total_of(shown)
    n = None if total is None or skipped is None else total - skipped
    return Result(
        question,
        n,
        skipped,
        [_line(code, told[code], n) for code in columns if code != SKIPPED],
        _mean(question, whole, n),
        _median(question, [(code, told[code]) for code in columns if code != SKIPPED], n),
        () if part is None else _groups(part, shown),
        span,
    )


def codes(question: Question, counts: Mapping[str, int]) -> list[str]:
    """Return every answer that a question can have, in order, «skipped» at the end.

    Of days those months, or years, that were answered, as there is no end to them.
    """
    if question.kind in CHOSEN:
        own = [option.code for option in question.options]
    elif question.kind is Kind.NUMBER:
        own = [*map(str, BANDS), MORE]
    elif question.kind in TOLD:
        own = [GIVEN]
    else:
        own = sorted(code for code in counts if code != SKIPPED)
    return [*own, SKIPPED]


def _line(code: str, n: int | None, of: int | None) -> Line:
    return Line(code, n, None if n is None or not of else n / of)


def _mean(question: Question, whole: Mapping[str, Answered], n: int | None) -> float | None:
    if question.kind is not Kind.NUMBER or n is None or n < LEAST_FOR_MEAN:
        return None
    total = sum(one.total for code, one in whole.items() if code != SKIPPED)
    return round(total / n, 1)  # with n and every digit, two looks would tell what came between


def _median(
    question: Question, told: Sequence[tuple[str, int | None]], n: int | None
) -> str | None:
    """Return the band in which the middle answer lies; None where a band is hidden."""
    if question.kind is not Kind.NUMBER or n is None or n < LEAST_FOR_MEAN:
        return None
    before = 0
    for code, count in told:
        if count is None:
            return None
        before += count
        if 2 * before >= n:
            return code
    return None


def _groups(part: Mapping[tuple[str, str], int], of: Shown) -> list[Group] | None:
    rows = sorted({name for (name, _), n in part.items() if n})
    if not rows:
        return []
    cells = {Cell(name, code): n for (name, code), n in part.items() if n}
    table = survey_cells.part(cells, rows, of)
    return None if table is None else [_group(name, table) for name in rows]


def _group(name: str, table: Shown) -> Group:
    counts = {code: table.at(name, code) for code in table.columns}
    total, skipped = table.at(name, None), counts.get(SKIPPED, 0)
    n = None if total is None or skipped is None else total - skipped
    lines = [_line(code, counts[code], n) for code in table.columns if code != SKIPPED]
    return Group(name, n, lines)


#: Begins the name of an answer that the last round does not offer any more.
_GONE: Final = "gone-"


# --- round by round -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compared:
    """One question through all rounds that asked it: for each answer its share in each round.

    *question* is that of the last round, and offers what only an earlier one did as well.
    """

    question: Question
    ns: Sequence[int | None]
    rows: Sequence[tuple[str, Sequence[float | None]]]


def compared(rounds: Sequence[Sequence[Result]]) -> list[Compared]:
    """Lay the *rounds* of a survey beside each other, question by question; the last one leads.

    A question belongs to the one that it was copied from, as long as it is of the same kind; and
    an answer to the one that it was copied from, whatever its digit. Days that one round tells by
    the month and another by the year do not stand beside each other.
    """
    by_origin = [
        {(one.question.origin, one.question.kind, one.span): one for one in results}
        for results in rounds
    ]
    found = []
    for result in rounds[-1] if rounds else ():
        key = (result.question.origin, result.question.kind, result.span)
        beside = [results.get(key) for results in by_origin]
        if sum(one is not None for one in beside) > 1:
            found.append(_compared(result, beside))
    return found


def _compared(last: Result, beside: Sequence[Result | None]) -> Compared:
    own = {option.root: option.code for option in last.question.options}
    gone = {
        _GONE + option.root: option
        for one in beside
        for option in (one.question.options if one else ())
        if option.root not in own
    }
    shares = [_by_root(one, own) if one else {} for one in beside]
    before = [*own.values(), *gone] if last.question.options else []
    codes_ = list(dict.fromkeys([*before, *(code for one in shares for code in one)]))
    rows = [(code, [one.get(code) for one in shares]) for code in codes_]
    offered = (*last.question.options, *(Option(code, one.texts) for code, one in gone.items()))
    question = replace(last.question, options=offered)
    return Compared(question, [one.n if one else None for one in beside], rows)


def _by_root(result: Result, own: Mapping[str, str]) -> dict[str, float | None]:
    """Return the shares of one round by the digits that the answers have in the last one."""
    offered = {option.code: option.root for option in result.question.options}
    return {
        own.get(offered[line.code], _GONE + offered[line.code])
        if line.code in offered
        else line.code: line.share
        for line in result.lines
    }
