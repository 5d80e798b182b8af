"""Was a rule understood? Which share of the answers in its quiz was right, at each site.

By site and not by language: a table of both would stand beside those of the quiz, and with them
give small counts away (docs/decisions/small-cells.md). So it is made of what those show, of
nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outreach import survey_results, surveys
from outreach.questionnaire import Question, Questionnaire
from outreach.survey_results import Group, Result, Tally
from outreach.surveys import Survey
from storage.unit_of_work import Reads


@dataclass(frozen=True, slots=True)
class Quiz:
    """The newest quiz of a rule that was opened, and what was counted in it, nothing hidden."""

    survey: Survey
    asked: Questionnaire
    counted: Tally


async def quiz_of(db: Reads, reference: str) -> Quiz | None:
    """Return the quiz of the rule that is called *reference*; None: none was opened."""
    quiz = await surveys.quiz_of(db, reference)
    if quiz is None:
        return None
    asked = await surveys.questionnaire(db, quiz)
    return Quiz(quiz, asked, await survey_results.tally(db, quiz.id, "site_id"))


def by_site(quiz: Quiz) -> Mapping[str, float | None]:
    """Return the share of right answers by site id, 0 to 1; None: too few to show.

    A site where nobody answered is left out. Slow with many sites: call it in a thread.
    """
    results = survey_results.reckoned(quiz.asked, quiz.counted, split=True)
    answered = {site for part in quiz.counted.parts.values() for (site, _), n in part.items() if n}
    return {site: _share(site, results) for site in answered if site}


def _share(site: str, results: Sequence[Result]) -> float | None:
    right = answers = 0
    for result in results:
        if result.groups is None:
            return None
        its = next((group for group in result.groups if group.name == site), None)
        if its is None:
            continue  # nobody there was asked this
        counted = _right(its, result.question)
        if its.n is None or counted is None:
            return None
        right, answers = right + counted, answers + its.n
    return right / answers if answers else None


def _right(group: Group, question: Question) -> int | None:
    codes = {option.code for option in question.options if option.right}
    counts = [line.n for line in group.lines if line.code in codes]
    known = [n for n in counts if n is not None]
    # An answer that the whole of the question hides is in no column of its parts.
    return sum(known) if len(known) == len(codes) else None
