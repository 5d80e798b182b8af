"""What a conversation may wish for, and what it hears back.

``bots.runner.perform`` grants each wish; mypy demands a branch for every new one.
``case`` is always the case's id, which means nothing outside the database.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bots.conversation import Asked, Attachment, Branch, Choice, Effect, Event, Listener, OwnWords

# --- report -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileCase(Effect):
    """Make a case of this text now. -> CaseFiled"""

    story: str
    attachments: tuple[Attachment, ...] = ()
    category: str | None = None


@dataclass(frozen=True, slots=True)
class CaseFiled(Event):
    """The case is kept, and this is its receipt code; empty when its code was told before.

    *offered* is what it can be about, as the forum has it now.
    """

    case: str
    code: str
    offered: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class DescribeCase(Effect):
    """Add what the reporter answered about the case just filed. -> CaseDescribed"""

    case: str
    category: str | None = None
    place: str | None = None
    safe: bool | None = None


@dataclass(frozen=True, slots=True)
class CaseDescribed(Event):
    """It is kept; *site* is the name of the site whose code was given, if it was one."""

    site: str | None = None


# --- the reporter comes back ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FindCase(Effect):
    """Open a case by its receipt code, from any phone. -> CaseFound, CaseUnknown, TooManyTries"""

    code: str


@dataclass(frozen=True, slots=True)
class FindMine(Effect):
    """Find the newest open case that was filed from this phone. -> CaseFound or CaseUnknown"""


@dataclass(frozen=True, slots=True)
class CaseFound(Event):
    """*status* is a msgid in plain words; *news*: an answer waits to be read."""

    case: str
    status: str
    news: bool
    asks: bool = False  # a check-in («is it solved?») waits for an answer
    proposal: bool = False  # a remedy is proposed: yes, no, or talk?
    appeal: bool = False  # the reporter may ask that others decide


@dataclass(frozen=True, slots=True)
class CaseUnknown(Event):
    """No such case, or a wrong code: nobody is told which."""


@dataclass(frozen=True, slots=True)
class TooManyTries(Event):
    """Codes were tried too often; nothing was looked up."""


@dataclass(frozen=True, slots=True)
class AddToCase(Effect):
    """The reporter writes on: an answer, more facts. -> CaseExtended"""

    case: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseExtended(Event):
    """It is with the case now."""


@dataclass(frozen=True, slots=True)
class ReadNews(Effect):
    """Hand over the unread answers of a case. -> NewsRead"""

    case: str


@dataclass(frozen=True, slots=True)
class NewsRead(Event):
    """These entries may be said now, oldest first; *proposal*: the reporter is to agree or not."""

    entries: tuple[str, ...]
    proposal: bool = False
    appeal: bool = False  # the reporter may ask that others decide


@dataclass(frozen=True, slots=True)
class NewsCame(Event):
    """The secretariat answered: it opens the conversation ``news``.

    *entries* may be said at once when the reporter said that this phone is safe; else none, and
    only a neutral line is pushed.
    """

    case: str
    entries: tuple[str, ...] = ()
    proposal: bool = False


@dataclass(frozen=True, slots=True)
class AnswerProposal(Effect):
    """The reporter's word on what is proposed: yes, no, talk first, or let others decide.

    -> ProposalAnswered
    """

    case: str
    word: Literal["yes", "no", "talk", "appeal"]


@dataclass(frozen=True, slots=True)
class ProposalAnswered(Event):
    """It is kept. *decides* False: others were asked too, and it goes on by another's word."""

    decides: bool = True


@dataclass(frozen=True, slots=True)
class AskAppeal(Effect):
    """The reporter does not accept how it ended: others shall decide. -> AppealAsked"""

    case: str


@dataclass(frozen=True, slots=True)
class AppealAsked(Event):
    """It is kept."""


# --- check-in after resolution ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnswerAwaited(Event):
    """The reporter was asked something, and has not answered: it opens ``news``.

    *proposal*: whether they agree to what is proposed.
    """

    case: str
    proposal: bool = False


@dataclass(frozen=True, slots=True)
class FileLost(Event):
    """A file that the reporter sent was not kept: it opens ``news``."""

    case: str
    too_large: bool


@dataclass(frozen=True, slots=True)
class CheckInDue(Event):
    """Ask whether it is solved: it opens the conversation ``check_in``."""

    case: str


@dataclass(frozen=True, slots=True)
class AnswerCheckIn(Effect):
    """The reporter's word on whether it is solved; «no» reopens the case. -> CheckInAnswered"""

    case: str
    solved: bool


@dataclass(frozen=True, slots=True)
class CheckInAnswered(Event):
    """It is kept."""


@dataclass(frozen=True, slots=True)
class WellDue(Event):
    """Ask how the reporter is: it opens the conversation ``well``."""

    case: str


@dataclass(frozen=True, slots=True)
class AnswerWell(Effect):
    """The reporter's word on whether they are well; «no» is a case of its own. -> WellAnswered"""

    case: str
    well: bool


@dataclass(frozen=True, slots=True)
class WellAnswered(Event):
    """It is kept. *case*: where it is looked at that they are not well; None: they are."""

    case: str | None = None


# --- taking it back ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WithdrawCase(Effect):
    """Take the case back, if the words before came at most *within* s ago. -> CaseWithdrawn"""

    case: str
    within: int


@dataclass(frozen=True, slots=True)
class CaseWithdrawn(Event):
    """What came of it: «watched» is withdrawn, and the reporter is asked once how they are."""

    outcome: Literal["withdrawn", "watched", "over", "late"]


# --- the others -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeepVoice(Effect):
    """Keep a story; *consent* is ``internal``, ``unnamed`` or ``public``. -> VoiceKept

    *report_back*: its teller wants to hear when it was discussed.
    """

    story: str
    attachments: tuple[Attachment, ...]
    consent: str
    report_back: bool = False


@dataclass(frozen=True, slots=True)
class VoiceKept(Event):
    """It is kept."""


@dataclass(frozen=True, slots=True)
class EndReportBacks(Effect):
    """Tell this phone nothing more of what became of stories. -> ReportBacksEnded"""


@dataclass(frozen=True, slots=True)
class ReportBacksEnded(Event):
    """Whatever there was, there is nothing any more."""


@dataclass(frozen=True, slots=True)
class AskCall(Effect):
    """Ask the secretariat to call; *number* None: this phone's. -> CaseFiled or NoNumber

    *case*: the case that the call is about: it is marked, nothing new is filed, and the
    CaseFiled that comes back has no code. Else a case is made, of *story* if there is one.
    """

    number: str | None
    story: str = ""
    attachments: tuple[Attachment, ...] = ()
    case: str | None = None


@dataclass(frozen=True, slots=True)
class RingBack(Effect):
    """Ask the secretariat to call this phone, which rang. -> CaseFiled or CallAwaited

    *case* as in ``AskCall``. A case that waits for a call to this phone is marked once more in
    place of a new one.
    """

    case: str | None = None


@dataclass(frozen=True, slots=True)
class CallAwaited(Event):
    """It was asked for not long ago, and the phone was told: nothing is said again."""


@dataclass(frozen=True, slots=True)
class NoNumber(Event):
    """That is no number that can be called, or this channel has none."""


@dataclass(frozen=True, slots=True)
class Subscribe(Effect):
    """Put this contact on the list for news of rules. -> Subscribed"""

    place: str | None
    role: str | None
    gender: str | None
    formality: str | None = None


@dataclass(frozen=True, slots=True)
class Subscribed(Event):
    """Done; *site* is the name of the site that the place is by its code or its name."""

    site: str | None = None


@dataclass(frozen=True, slots=True)
class FindRules(Effect):
    """List the rule changes for this contact, from the one at place *after*. -> RulesFound

    *word*: the code of a site to list them for, or the reference of one of them, as it was typed.
    """

    word: str = ""
    after: int = 0


@dataclass(frozen=True, slots=True)
class RulesFound(Event):
    """Each as a choice by its reference. *more*: where the next page begins; 0: nothing follows.

    *opened*: it was asked for by its reference, and is the only one.
    """

    rules: tuple[Choice, ...] = ()
    more: int = 0
    opened: bool = False


@dataclass(frozen=True, slots=True)
class ReadPart(Effect):
    """Read one part of a rule change, both named as its choices name them. -> PartRead"""

    rule: str
    part: str


@dataclass(frozen=True, slots=True)
class PartRead(Event):
    """The forum's own words, for a chat and for an SMS; both empty: it is told no more.

    *spoken*: there is a recording of them that this phone can play.
    """

    text: str = ""
    short: str = ""
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class HearPart(Effect):
    """Play one part of a rule change, both named as its choices name them. -> PartHeard"""

    rule: str
    part: str


@dataclass(frozen=True, slots=True)
class PartHeard(Event):
    """The recording (``channels.sounds``); empty: it was taken away, or other words are told."""

    sound: str = ""


@dataclass(frozen=True, slots=True)
class FindLessons(Effect):
    """List the series of lessons that can be subscribed to. -> LessonsFound"""


@dataclass(frozen=True, slots=True)
class LessonsFound(Event):
    """Each as a choice by its id."""

    series: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class JoinLessons(Effect):
    """Subscribe to a series, or go on with it. -> LessonCame or NoLesson"""

    series: str


@dataclass(frozen=True, slots=True)
class NextLesson(Effect):
    """Bring the next lesson before it is due. -> LessonCame or NoLesson"""


@dataclass(frozen=True, slots=True)
class LessonCame(Event):
    """A lesson, with what it asks: it opens ``lessons`` when it comes by itself.

    *learner* and *position* name it again with the answer.
    """

    learner: str
    position: int
    lesson: OwnWords
    asks: OwnWords | None = None
    last: bool = False


@dataclass(frozen=True, slots=True)
class NoLesson(Event):
    """None waits. *done*: they have had them all."""

    done: bool = False


@dataclass(frozen=True, slots=True)
class AnswerLesson(Effect):
    """The answer to the question of a lesson. -> LessonAnswered"""

    learner: str
    position: int
    digit: str


@dataclass(frozen=True, slots=True)
class LessonAnswered(Event):
    """*told*: what is said to a wrong answer; None: it was right."""

    told: OwnWords | None = None


@dataclass(frozen=True, slots=True)
class EndLessons(Effect):
    """Send no more lessons. -> LessonsEnded"""


@dataclass(frozen=True, slots=True)
class LessonsEnded(Event):
    """None come any more, or none came."""


@dataclass(frozen=True, slots=True)
class FindKnown(Effect):
    """What the list of news keeps of this contact; nothing of cases. -> KnownFound"""


@dataclass(frozen=True, slots=True)
class KnownFound(Event):
    """All of it; without *people* they are not on the list.

    *how* they came: «own», «counter» or «file». *stopped*: they have sent STOP.
    """

    people: tuple[Listener, ...] = ()
    language: str = ""
    date: str = ""
    how: str = ""
    stopped: bool = False
    lessons: bool = False


@dataclass(frozen=True, slots=True)
class Forget(Effect):
    """Erase what the list of news knows of this contact; cases stay. -> Forgotten"""


@dataclass(frozen=True, slots=True)
class Forgotten(Event):
    """It is erased, or there was nothing."""


@dataclass(frozen=True, slots=True)
class SetLanguage(Effect):
    """From now on, speak this language. -> LanguageSet"""

    language: str


@dataclass(frozen=True, slots=True)
class LanguageSet(Event):
    """The next words are in it."""


@dataclass(frozen=True, slots=True)
class Stop(Effect):
    """No more news to this contact; answers to their own cases still come. -> StopKept"""


@dataclass(frozen=True, slots=True)
class Restart(Effect):
    """News may come again. -> StopKept"""


@dataclass(frozen=True, slots=True)
class StopKept(Event):
    """It is kept. *answered*: the provider has already confirmed, so we do not repeat it.

    *before*: it was so already, and was confirmed then.
    """

    answered: bool = False
    before: bool = False


# --- surveys ----------------------------------------------------------------------------------


#: What an answer costs: the price of an SMS, nothing, or nothing that needs saying.
Costs: TypeAlias = Literal["price", "free", ""]


@dataclass(frozen=True, slots=True)
class BeginSurvey(Effect):
    """Begin the survey with this number, or go on where this contact left it.

    -> SurveyAsks, SurveyOver, SurveyUnknown
    """

    code: str


@dataclass(frozen=True, slots=True)
class AnswerSurvey(Effect):
    """Keep an answer, and what was said beside it. -> SurveyAsks, SurveyOver

    *picked*: the key of the choice. *words*: what was written instead. *before*: what was written
    to it before, and could not be read. *last*: whatever it is, it is kept, and the next question
    follows; else what cannot be read is asked again. *leaves*: the question stays open.
    """

    survey: str
    question: str
    picked: str | None = None
    words: str = ""
    before: str = ""
    attachments: tuple[Attachment, ...] = ()
    last: bool = False
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class SurveyAsks(Event):
    """This question waits.

    *understood* False: it is the same one, whose answer could not be read. *begins*: it is the
    first, after the *opening*. *costs*: what an answer costs, «price», «free» or empty. *right*:
    whether a quiz was answered rightly, with *told* to be said after a wrong answer.
    """

    survey: str
    code: str
    asked: Asked
    understood: bool = True
    begins: bool = False
    opening: OwnWords | None = None
    costs: Costs = ""
    right: bool | None = None
    told: OwnWords | None = None


@dataclass(frozen=True, slots=True)
class SurveyOver(Event):
    """No question waits.

    *closing*: what the forum says at the end. *before*: this contact had answered everything
    before. *late*: it listens no more. *right* and *told* as in ``SurveyAsks``.
    """

    closing: OwnWords | None = None
    before: bool = False
    late: bool = False
    right: bool | None = None
    told: OwnWords | None = None


@dataclass(frozen=True, slots=True)
class SurveyUnknown(Event):
    """There is no survey with this number that listens now."""
