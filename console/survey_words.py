"""What staff read about surveys: kinds, states, what is amiss, and who answered."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from babel.dates import format_skeleton

from bots.asking import Fault
from bots.subscribe import GENDER
from console.outreach_words import ROLES
from console.rule_names import PARTS as PART_NAMES
from console.templating import language_name
from console.words import in_words
from locales import N_
from outreach import survey_results
from outreach.questionnaire import Kind, Mode, Question, Questionnaire, Why
from outreach.rule_texts import DIGITS
from outreach.survey_answers import BANDS, GIVEN, MORE
from outreach.survey_cells import REST
from outreach.survey_tallies import ASKED, CAME
from outreach.surveys import State, Survey

MODES: Final[Mapping[Mode, str]] = {Mode.SURVEY: N_("Survey"), Mode.QUIZ: N_("Quiz")}

STATES: Final[Mapping[State, str]] = {
    State.DRAFT: N_("Draft"),
    State.OPEN: N_("Open"),
    State.CLOSED: N_("Closed"),
}
EXPIRED: Final = N_("Its time is over")

KINDS: Final[Mapping[Kind, str]] = {
    Kind.CLOSED: N_("One of some answers"),
    Kind.SCALE: N_("A scale from 1 to 5"),
    Kind.NUMBER: N_("A number"),
    Kind.DATE: N_("A day"),
    Kind.TEXT: N_("Their own words"),
    Kind.VOICE: N_("A voice note, or words"),
}

WHY: Final[Mapping[Why, str]] = {
    Why.NO_QUESTION: N_("There is no question yet."),
    Why.NO_TEXT: N_("It says nothing in the first language."),
    Why.FEW_OPTIONS: N_("It needs two answers at least."),
    Why.MANY_OPTIONS: N_("A phone shows six answers at most."),
    Why.NO_LABEL: N_("One of its answers says nothing in the first language."),
    Why.ALIKE: N_("Two of its answers say the same."),
    Why.BACKWARDS: N_("An answer leads to a question that is not behind this one."),
    Why.NOT_CLOSED: N_("A quiz asks only for one of some answers."),
    Why.NOT_ONE_RIGHT: N_("Say which one answer is right."),
    Why.NO_WHY: N_("Write what is said after a wrong answer."),
    Why.NO_PART: N_("Say which rule this quiz is about, or send no part of it again."),
    Why.UNTOLD: N_("The rule that this quiz is about is not published: nobody can read it again."),
    Why.MANY_QUESTIONS: N_("Eight questions are many: with each more, more people leave."),
    Why.UNTRANSLATED: N_(
        "It is not whole in %(language)s: who speaks it gets all of it in the first language."
    ),
    Why.UNFRAMED: N_("What stands around the questions is not said in %(language)s."),
}

FAULTS: Final[Mapping[Fault, str]] = {
    Fault.LONG: N_("It takes more than one SMS: %(what)s units."),
    Fault.FOREIGN: N_("A basic phone has no %(what)s."),
    Fault.TAKEN: N_("A carrier takes «%(what)s» for a command."),
}

SPLITS: Final[Mapping[str, str]] = {
    "gender": N_("Gender"),
    "role": N_("Work"),
    "site_id": N_("Site"),
    "language": N_("Language"),
    "sampled": N_("Asked by us, or not"),
}

SAMPLED: Final = {ASKED: N_("Asked by us"), CAME: N_("Came by themselves")}

GENDERS: Final = {choice.key: choice.label for choice in GENDER.choices}

#: Digits of a year.
_YEAR: Final = 4

OTHER_SITES: Final = N_("All other sites")
NOT_KNOWN: Final = N_("Not known")
WRITTEN: Final = N_("Wrote or told something")
#: The parts of a rule by their digits.
PARTS: Final = {digit: PART_NAMES[part] for digit, part in DIGITS.items()}

OTHERS: Final = N_("Other answers, hidden")
MORE_THAN: Final = N_("More than %(number)s")

#: A band of numbers by its upper end, with the number from which on it counts.
_FROM: Final = {str(end): begin + 1 for begin, end in zip((-1, *BANDS), BANDS, strict=False)}


def splits_of(survey: Survey) -> dict[str, str]:
    """Return by what its results can be told apart: without a sample nobody was asked."""
    return {by: text for by, text in SPLITS.items() if by != "sampled" or survey.drawn}


def label_of(asked: Questionnaire, question: Question, code: str, language: str) -> str:
    """Return what an answer is called for who reads *language*."""
    if code == REST:
        return in_words(OTHERS, language)
    option = question.option(code)
    if option is not None:
        said = asked.said(option.texts, language).full
        # What only an earlier round offered has no digit any more.
        return (f"{code} · {said}" if code.isdecimal() else said) if said else code
    if code == GIVEN:
        return in_words(WRITTEN, language)
    if question.kind is Kind.NUMBER:
        return _band(code, language)
    return _span(code, language)


def _band(code: str, language: str) -> str:
    if code == MORE:
        return in_words(MORE_THAN, language) % {"number": BANDS[-1]}
    return code if str(_FROM.get(code)) == code else f"{_FROM.get(code, '')}-{code}"


def _span(code: str, language: str) -> str:
    """Return what a month is called; a year, a decade or more by its first and last year."""
    if code.isdigit():
        begins, ends = code.ljust(_YEAR, "0"), code.ljust(_YEAR, "9")
        return begins if begins == ends else f"{begins}-{ends}"
    try:
        first = date.fromisoformat(f"{code}-01")
    except ValueError:
        return code
    return format_skeleton("yMMM", first, locale=language)


def group_of(split: str, name: str, sites: Mapping[str, str], language: str) -> str:
    """Return what a part of those who answered is called. *sites*: names by id."""
    if not name:
        return in_words(NOT_KNOWN, language)
    if split == "language":
        return language_name(name)
    if name == survey_results.OTHERS:
        return in_words(OTHER_SITES, language)
    if split == "site_id":
        return sites.get(name, in_words(NOT_KNOWN, language))
    called = {"gender": GENDERS, "sampled": SAMPLED}.get(split, ROLES)
    return in_words(called.get(name, name), language)
