"""A survey and a quiz for transcripts: what would be asked next, with no database.

The survey has the number 11 and asks by all kinds of question; the quiz has the number 12.
"""

from datetime import UTC, datetime

from bots import effects as wish
from bots.asking import asked_of
from bots.conversation import Effect, Event, OwnWords
from outreach.questionnaire import Kind, Mode, Option, Question, Questionnaire, Words
from outreach.survey_answers import Given, reading

#: When the transcripts are played.
MOMENT = datetime(2026, 5, 12, 9, 0, tzinfo=UTC)

TRUCK = {
    "en": Words("Who takes your ore?"),
    "fr": Words("Qui prend votre minerai ?", "Qui prend votre minerai?"),
    "sw": Words("Nani anachukua madini yako?"),
}
BUYER = {"en": Words("A buyer"), "fr": Words("Un acheteur"), "sw": Words("Mnunuzi")}
NOBODY = {"en": Words("Nobody"), "fr": Words("Personne"), "sw": Words("Hakuna")}


def _texts(english: str, french: str, swahili: str) -> dict[str, Words]:
    return {"en": Words(english), "fr": Words(french), "sw": Words(swahili)}


SURVEY = Questionnaire(
    "en",
    Mode.SURVEY,
    (
        Question("q1", 1, Kind.CLOSED, TRUCK, (Option("1", BUYER), Option("2", NOBODY, "q3"))),
        Question(
            "q2",
            2,
            Kind.NUMBER,
            _texts("How many bags a week?", "Combien de sacs par semaine?", "Mifuko mingapi?"),
        ),
        Question(
            "q3",
            3,
            Kind.SCALE,
            _texts(
                "How safe is your pit? From 1 (not safe) to 5 (very safe)",
                "Votre puits est-il sûr? De 1 (pas du tout) à 5 (tout à fait)",
                "Shimo lako ni salama? Kutoka 1 (hapana) hadi 5 (sana)",
            ),
            tuple(Option(str(n)) for n in range(1, 6)),
        ),
        Question(
            "q4",
            4,
            Kind.DATE,
            _texts("When were you last paid?", "Dernier jour de paie?", "Ulilipwa lini?"),
        ),
        Question(
            "q5",
            5,
            Kind.TEXT,
            _texts("What should change?", "Que faut-il changer?", "Nini kibadilike?"),
        ),
        Question(
            "q6",
            6,
            Kind.VOICE,
            _texts(
                "Tell us of your day, by voice if you can.",
                "Racontez votre journée, de vive voix si possible.",
                "Tueleze siku yako, kwa sauti ukiweza.",
            ),
        ),
    ),
    _texts("The forum asks six questions.", "Six questions du forum.", "Maswali sita."),
)

QUIZ = Questionnaire(
    "en",
    Mode.QUIZ,
    (
        Question(
            "k1",
            1,
            Kind.CLOSED,
            _texts("Who may use mercury?", "Qui peut utiliser du mercure?", "Nani atumie zebaki?"),
            (
                Option("1", _texts("All of us", "Nous tous", "Sote")),
                Option("2", NOBODY, right=True),
            ),
            _texts(
                "From 1 June nobody may use mercury.",
                "A partir du 1er juin, plus de mercure pour personne.",
                "Kuanzia 1 Juni hakuna atakayetumia zebaki.",
            ),
        ),
    ),
)

_BY_CODE = {"11": SURVEY, "12": QUIZ}


def asking(effect: Effect, language: str, answers: dict[str, str]) -> Event | None:
    """Return what comes of a survey's wish; None: it is another's.

    *answers*: what the phone has answered until now, which this adds to.
    """
    if isinstance(effect, wish.BeginSurvey):
        if effect.code not in _BY_CODE:
            return wish.SurveyUnknown()
        return _next(effect.code, language, answers, begins=not answers)
    if isinstance(effect, wish.AnswerSurvey):
        return _answered(effect, language, answers)
    return None


def _next(
    code: str,
    language: str,
    answers: dict[str, str],
    *,
    begins: bool = False,
    right: bool | None = None,
    told: OwnWords | None = None,
) -> Event:
    asked = _BY_CODE[code]
    waits = asked.open_to(answers)
    if waits is None:
        return wish.SurveyOver(right=right, told=told)
    opening = asked.said(asked.opening, language)
    return wish.SurveyAsks(
        code,
        code,
        asked_of(asked, waits, language),
        begins=begins,
        opening=OwnWords(*opening) if begins and opening.full else None,
        costs="price",
        right=right,
        told=told,
    )


def _answered(effect: wish.AnswerSurvey, language: str, answers: dict[str, str]) -> Event:
    asked = _BY_CODE[effect.survey]
    question_id, _, code = (effect.picked or f"{effect.question}-").rpartition("-")
    question = asked.question(question_id)
    read = reading(question, Given(code or None, effect.words, effect.attachments), MOMENT)
    if read is None and not effect.last:
        again = asked_of(asked, question, language)
        return wish.SurveyAsks(effect.survey, effect.survey, again, understood=False)
    answers[question_id] = code or "given"
    option = question.option(code)
    if asked.mode is not Mode.QUIZ or option is None:
        return _next(effect.survey, language, answers)
    why = None if option.right else OwnWords(*asked.said(question.why, language))
    return _next(effect.survey, language, answers, right=option.right, told=why)
