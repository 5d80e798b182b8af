"""What came of lessons, as far as it may be shown: where people are, and who answered rightly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from console.sheets import Grid, Value
from console.statistics_words import HIDDEN
from console.words import in_words
from locales import N_
from outreach import learners, survey_cells
from outreach.learners import Standing, Verdict
from outreach.lessons import Course
from storage.unit_of_work import Reads

_HEAD: Final = (
    N_("Edition"),
    N_("Lesson"),
    N_("Had this one last"),
    N_("Answered rightly"),
    N_("Answered wrongly"),
    N_("Percent right"),
)

#: The columns of those who are no longer on the way.
DONE: Final = "done"
STOPPED: Final = "stopped"


@dataclass(frozen=True, slots=True)
class Step:
    """One lesson; None: too few to be shown. *share*: of right answers, 0 to 1."""

    position: int
    here: int | None
    asks: bool
    right: int | None
    wrong: int | None

    @property
    def share(self) -> float | None:
        """The share of right answers; None: none were given, or it is hidden."""
        if self.right is None or self.wrong is None or not self.right + self.wrong:
            return None
        return self.right / (self.right + self.wrong)


@dataclass(frozen=True, slots=True)
class Results:
    """One edition. *people*: all who subscribed; None: too few to be shown."""

    edition: int
    people: int | None
    done: int | None
    stopped: int | None
    steps: Sequence[Step]


async def results_of(db: Reads, series_id: str, edition: int, course: Course) -> Results:
    """Return what may be shown of one edition."""
    standing = await learners.standing(db, series_id, edition)
    verdicts = await learners.verdicts(db, series_id, edition)
    return reckoned(edition, course, standing, verdicts)


def reckoned(
    edition: int,
    course: Course,
    standing: Standing,
    verdicts: Mapping[int, Mapping[Verdict, int]],
) -> Results:
    """Hide what is small, and what would tell it."""
    # Somebody who is between two ticks of the first lesson has had none yet: with the first.
    at = {str(lesson.position): standing.at.get(lesson.position, 0) for lesson in course.lessons}
    if at:
        at["1"] += standing.at.get(0, 0)
    counts = {**at, DONE: standing.done, STOPPED: standing.stopped}
    where = survey_cells.whole(counts, list(counts))
    return Results(
        edition,
        survey_cells.total_of(where),
        survey_cells.count_of(where, DONE),
        survey_cells.count_of(where, STOPPED),
        [
            Step(
                lesson.position,
                survey_cells.count_of(where, str(lesson.position)),
                bool(lesson.right),
                *_answers(verdicts.get(lesson.position, {})),
            )
            for lesson in course.lessons
        ],
    )


def _answers(counts: Mapping[Verdict, int]) -> tuple[int | None, int | None]:
    shown = survey_cells.whole(
        {str(v): counts.get(v, 0) for v in Verdict}, list(map(str, Verdict))
    )
    right, wrong = (survey_cells.count_of(shown, str(verdict)) for verdict in Verdict)
    return right, wrong


def grid_of(found: Sequence[Results], language: str) -> Grid:
    """Return a header and a row a lesson. A hidden count is a word."""
    hidden = in_words(HIDDEN, language)

    def number(n: int | None) -> Value:
        return hidden if n is None else n

    rows: list[list[Value]] = [[in_words(head, language) for head in _HEAD]]
    for one in found:
        rows += [
            [
                one.edition,
                step.position,
                number(step.here),
                number(step.right) if step.asks else "",
                number(step.wrong) if step.asks else "",
                "" if step.share is None else round(100 * step.share),
            ]
            for step in one.steps
        ]
    return rows
