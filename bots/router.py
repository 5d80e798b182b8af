"""Where words go: on with the dialogue, or to another conversation. Pure, and in one place.

What holds at every step is here and nowhere else: keywords and commands of every language, 0 is
back, 9 is «call me back», an old button still works. A digit counts only when it stands alone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple, TypeAlias

from bots.call_back import call_back
from bots.check_case import check_case
from bots.check_in import check_in
from bots.conversation import (
    BACK,
    CALL,
    Conversation,
    Dialogue,
    Event,
    Leaving,
    Opening,
    Outcome,
    Said,
)
from bots.forget import forget
from bots.kept import DOUBT, kept, meant
from bots.language import language
from bots.leave import help_, start, stop
from bots.lessons import end_lessons, lessons, next_lesson
from bots.menu import MENU, menu
from bots.my_data import my_data
from bots.news import news
from bots.phrases import looks_like_code
from bots.report import report
from bots.report_back import report_back
from bots.rules import PARTS, rules
from bots.subscribe import subscribe
from bots.survey import survey
from bots.voice import voice
from bots.welcome import welcome
from bots.well import well
from bots.withdraw import withdraw
from channels import optout
from locales import folded, languages

#: Every conversation by the name that dialogues and openings use.
OPENINGS: Mapping[str, Conversation] = {
    conversation.name: conversation
    for conversation in (
        welcome,
        menu,
        report,
        check_case,
        voice,
        report_back,
        call_back,
        subscribe,
        rules,
        survey,
        lessons,
        next_lesson,
        end_lessons,
        language,
        kept,
        news,
        check_in,
        well,
        withdraw,
        my_data,
        forget,
        stop,
        start,
        help_,
    )
}

#: Telegram's commands (it allows no other letters) and what they open.
COMMANDS: Mapping[str, str] = {
    "report": "report",
    "check": "check_case",
    "voice": "voice",
    "outcome": "report_back",
    "call": "call_back",
    "join": "subscribe",
    "rules": "rules",
    "survey": "survey",
    "lessons": "lessons",
    "next": "next_lesson",
    "language": "language",
    "withdraw": "withdraw",
    "mydata": "my_data",
    "forget": "forget",
    "menu": "menu",
    "start": "menu",
    "help": "help",
    "stop": "stop",
}

#: The rows of words in ``languages.toml`` and what they open.
_KEYWORDS: Mapping[str, str] = {
    "report": "report",
    "check": "check_case",
    "voice": "voice",
    "outcome": "report_back",
    "call": "call_back",
    "join": "subscribe",
    "rules": "rules",
    "survey": "survey",
    "lessons": "lessons",
    "next_lesson": "next_lesson",
    "end_lessons": "end_lessons",
    "language": "language",
    "withdraw": "withdraw",
    "my_data": "my_data",
    "forget": "forget",
    "menu": "menu",
}

#: The digit of each part of a rule, and what picks it.
_AGAIN: Mapping[str, str] = {part.digit: part.key for part in PARTS}

#: Openings that a button or a link may name, now and in every later release.
_BUTTONS = frozenset(choice.key for choice in MENU.choices)

#: How the payload of a poster's link begins.
JOIN = "join"

#: How many words a keyword may have («call me back»).
_LONGEST_KEYWORD = 3

#: Words up to which a text made of greetings is one.
_LONGEST_GREETING = 8

#: Words that may follow the wish for news: the name of a place.
_LONGEST_PLACE = 3

_CODE_DIGITS = 14

#: Characters of a site's code or a rule's reference, blanks and marks included.
_LONGEST_LABEL = 10


@dataclass(frozen=True, slots=True)
class Continue:
    """Let the conversation of *dialogue* hear *event*.

    The dialogue is the present one, or one underneath it whose words must be filed first.
    """

    dialogue: Dialogue
    event: Event


#: By conversation, whether what follows its keyword makes sense there.
Fits: TypeAlias = Mapping[str, Callable[[Said], bool]]


class _Keyword(NamedTuple):
    conversation: str
    spoken: frozenset[str]  # the languages that have it


def route(
    said: Said, dialogue: Dialogue | None, *, known: bool = True, told: str | None = None
) -> Opening | Continue:
    """Say where *said* goes. *known*: this contact has chosen a language before.

    *told*: the rule that it was told of since it was heard last, where ``asks_again``.
    """
    said = _clean(said)
    if said.rang:
        return _rang(said, dialogue)
    if told is not None:
        part = replace(said, text=told, choice=_AGAIN[said.plain], first=not known)
        return Opening(rules.name, part)
    if dialogue is None:
        return _afresh(said, known=known)
    if _goes_on(dialogue):
        return _within(said, dialogue)
    return _afresh(_with_what_was_held(said, dialogue), known=known)


def asks_again(said: Said, dialogue: Dialogue | None) -> bool:
    """Whether a digit by itself may be the wish to read a part of a rule that was told.

    A question that waits for a digit comes first; but the menu, which nobody has to answer, does
    not where the rule was told after it.
    """
    bare = said.choice is None and not said.attachments and not said.rang
    idle = dialogue is None or dialogue.conversation == menu.name
    return bare and idle and said.plain in _AGAIN


def begun(opening: Opening) -> Outcome:
    """Begin the conversation that *opening* names; words that may be a STOP are doubted there."""
    said = opening.said
    bare = said.choice is None and not said.attachments
    if opening.conversation == kept.name and bare and optout.doubtful(said.text):
        said = replace(said, choice=DOUBT)
    return OPENINGS[opening.conversation].begin(said)


def doubted(dialogue: Dialogue) -> bool:
    """Whether *dialogue* has asked if its words were a STOP."""
    return (dialogue.conversation, dialogue.step) == (kept.name, meant.__name__)


def _clean(said: Said) -> Said:
    """Drop what no store can keep: null bytes, and halves of characters."""
    text = said.text
    if not text.isascii() or "\0" in text:
        text = text.replace("\0", "").encode("utf-8", "ignore").decode()
    choice = None if said.choice is None else said.choice.rpartition(":")[2]
    return replace(said, text=text, choice=choice)


def _goes_on(dialogue: Dialogue) -> bool:
    """Whether this release still knows the step that the dialogue waits at."""
    conversation = OPENINGS.get(dialogue.conversation)
    return conversation is not None and conversation.knows(dialogue.step)


def _with_what_was_held(said: Said, dialogue: Dialogue) -> Said:
    """Save the words of a dialogue that an older release left behind."""
    held = dialogue.answers.get("story", "")
    text = "\n".join(filter(None, (held, said.text)))
    return replace(said, text=text, attachments=dialogue.attachments + said.attachments)


def _rang(said: Said, dialogue: Dialogue | None) -> Opening | Continue:
    """Ask for a call. Who rings leaves no dialogue; the question for a number, it answers."""
    if dialogue is None:
        return Opening(call_back.name, said)
    if dialogue.conversation == call_back.name and _goes_on(dialogue):
        return Continue(dialogue, said)
    return Opening(call_back.name, replace(said, about=dialogue.answers.get("case")))


# --- within a dialogue ------------------------------------------------------------------------


def _within(said: Said, dialogue: Dialogue) -> Opening | Continue:
    asked = OPENINGS[dialogue.conversation].asks(dialogue)
    picked = asked.pick(said)
    if picked is None and asked.digits and said.plain.isdecimal() and not said.attachments:
        return Continue(dialogue, said)
    if picked == CALL.key:
        return _leave(dialogue, _bare(CALL.key, said))
    fits = _FITS_ALONE if asked.words else _FITS
    if picked is None and (wanted := _wanted(said, fits)) is not None:
        return _leave(dialogue, wanted)
    return Continue(dialogue, said)


def _leave(dialogue: Dialogue, opening: Opening) -> Opening | Continue:
    """Finish what was begun, here or underneath a notice, before going elsewhere."""
    if opening.conversation == dialogue.conversation == CALL.key and not opening.said.tells:
        return Continue(dialogue, opening.said)  # 9 pressed twice
    about = replace(opening.said, about=dialogue.answers.get("case"))
    onward = replace(opening, said=about)
    for each in _layers(dialogue):
        if _goes_on(each) and OPENINGS[each.conversation].hears(Leaving):
            return Continue(each, Leaving(onward))
    return onward


def _layers(dialogue: Dialogue) -> Iterator[Dialogue]:
    each: Dialogue | None = dialogue
    while each is not None:
        yield each
        each = each.under


# --- without a dialogue -----------------------------------------------------------------------


def _afresh(said: Said, *, known: bool) -> Opening:
    said = replace(said, first=not known)
    wanted = _wanted(said, _FITS)
    if wanted is not None:
        return wanted if known else _wanted_by_somebody_new(wanted, said)
    if _is_code(said):
        return Opening(check_case.name, said)
    says = said.tells and (bool(said.attachments) or not greets(said.text))
    if known:
        return Opening(kept.name, said) if says else _bare(menu.name, said)
    return Opening(welcome.name, said if says else replace(said, text="", choice=None))


def _is_code(said: Said) -> bool:
    """Whether this is a whole code. A chat shares a place as two numbers with a comma between."""
    return said.digits == _CODE_DIGITS and looks_like_code(said) and "," not in said.text


def _wanted_by_somebody_new(wanted: Opening, said: Said) -> Opening:
    """Welcome who wants the menu; speak to others in the language of their keyword."""
    if wanted.conversation == menu.name:
        return _bare(welcome.name, said)
    if wanted.said.language == said.language:
        return wanted
    onward = replace(wanted, said=replace(wanted.said, first=False))
    return Opening(welcome.name, Said("", wanted.said.language, wants=onward))


def greets(text: str) -> bool:
    """Whether *text* is only a greeting, in whatever language."""
    words = folded(text[:200]).replace(",", " ").replace("!", " ").split()
    return 0 < len(words) <= _LONGEST_GREETING and _greetings().issuperset(words)


@cache
def _greetings() -> frozenset[str]:
    rows = (language.words.get("greeting", ()) for language in languages().values())
    return frozenset(folded(word) for row in rows for word in row)


# --- what is wanted at every step -------------------------------------------------------------


def _wanted(said: Said, fits: Fits) -> Opening | None:
    """Return the conversation that these words ask for, or None. *fits*: what may follow each."""
    if said.choice is not None:
        return _button(said.choice, said)
    if said.plain in _DIGITS and not said.attachments:
        return _bare(_DIGITS[said.plain], said)
    wanted = _command(said) if said.text.lstrip().startswith("/") else _keyword(said, fits)
    if wanted is None or not said.attachments or wanted.conversation in _KEEPS_FILES:
        return wanted
    return None  # a photo called «menu» is a photo


#: Who can be asked for by the words under a photo: whoever keeps the photo.
_KEEPS_FILES = frozenset({report.name, voice.name, check_case.name, call_back.name})

_DIGITS = {BACK.digit: menu.name, CALL.digit: call_back.name}


def _bare(conversation: str, said: Said) -> Opening:
    return Opening(conversation, replace(said, text="", choice=None, attachments=()))


def _button(key: str, said: Said) -> Opening | None:
    """Let a button under an older message still work, where it can only mean one thing."""
    if key in _BUTTONS:
        return _bare(key, said)
    if key in languages():
        return Opening(language.name, said)
    return _joins(key, said)


def _joins(payload: str, said: Said) -> Opening | None:
    """Hear a poster's link, ``join-KB12-fr``: the site, and the language in which it was read."""
    begin, _, rest = payload.partition("-")
    code, _, tag = rest.partition("-")
    if begin != JOIN or not code.isalnum():
        return None
    spoken = tag if tag in languages() else said.language
    return Opening(subscribe.name, replace(said, text=code, choice=None, language=spoken))


def _command(said: Said) -> Opening | None:
    """Hear ``/report text``, ``/report@bot text`` and the payload of ``/start``."""
    command, _, rest = said.text.strip()[1:].partition(" ")
    name = folded(command.partition("@")[0])
    if name == "start" and rest.strip() in _BUTTONS:
        return _bare(rest.strip(), said)
    if name == "start" and rest.strip() in languages():
        return Opening(language.name, replace(said, choice=rest.strip()))
    if name == "start":
        return _joins(rest.strip(), said) or _bare(menu.name, said)
    if name in COMMANDS:
        return Opening(COMMANDS[name], replace(said, text=rest))
    known = _keywords().get(name)
    return None if known is None else Opening(known.conversation, replace(said, text=rest))


def _keyword(said: Said, fits: Fits) -> Opening | None:
    """Hear a keyword of any language at the beginning, if what follows it makes sense there."""
    head = said.text[:200].split(None, _LONGEST_KEYWORD)
    for count in range(min(len(head), _LONGEST_KEYWORD), 0, -1):
        keyword = _keywords().get(folded(" ".join(head[:count])))
        if keyword is None:
            continue
        rest = [*said.text.split(None, count), ""][count]
        after = replace(said, text=rest.strip(), language=_spoken(said, keyword))
        return Opening(keyword.conversation, after) if fits[keyword.conversation](after) else None
    if said.plain in _names():
        return Opening(language.name, said)
    return None


def _spoken(said: Said, keyword: _Keyword) -> str:
    """Return the language: for somebody new, the keyword's own is better than a guess."""
    if not said.first or said.agreed or said.language in keyword.spoken or len(keyword.spoken) > 1:
        return said.language
    return next(iter(keyword.spoken))


@cache
def _keywords() -> dict[str, _Keyword]:
    """Return every keyword, and which languages have it."""
    found: dict[str, _Keyword] = {}
    for tag, row in languages().items():
        for name, conversation in _KEYWORDS.items():
            for word in map(folded, row.words.get(name, ())):
                others = found[word].spoken if word in found else frozenset()
                found[word] = _Keyword(conversation, others | {tag})
    return found


@cache
def _names() -> frozenset[str]:
    rows = languages().values()
    return frozenset(folded(name) for row in rows for name in (row.name, row.plain))


def _nothing(rest: Said) -> bool:
    return not any(map(str.isalnum, rest.text)) or greets(rest.text)


def _number(rest: Said) -> bool:
    return _nothing(rest) or looks_like_code(rest)


def _one_code(rest: Said) -> bool:
    """Whether this is the code of a site or of a rule: «KB12», «r 7»; and not a sentence."""
    return len(rest.text) <= _LONGEST_LABEL and any(map(str.isdigit, rest.text))


#: Digits that the number of a survey may have.
_LONGEST_SURVEY = 8


def _survey(rest: Said) -> bool:
    """Whether nothing follows, or the number of a survey."""
    return _nothing(rest) or (rest.plain.isdecimal() and len(rest.plain) <= _LONGEST_SURVEY)


_FITS: Fits = {
    report.name: lambda _rest: True,
    voice.name: lambda _rest: True,
    report_back.name: _nothing,
    check_case.name: _number,
    call_back.name: _number,
    withdraw.name: _number,
    rules.name: lambda rest: _nothing(rest) or _one_code(rest),
    my_data.name: _nothing,
    forget.name: _nothing,
    survey.name: _survey,
    lessons.name: _nothing,
    next_lesson.name: _nothing,
    end_lessons.name: _nothing,
    subscribe.name: lambda rest: len(rest.text.split()) <= _LONGEST_PLACE,
    language.name: lambda rest: _nothing(rest) or rest.plain in _names(),
    menu.name: _nothing,
}

#: The same where the answer is a sentence: «Idea: a clinic» and «Join a cooperative» are answers.
#: A report is none, wherever it comes.
_FITS_ALONE: Fits = {
    **_FITS,
    voice.name: _nothing,
    subscribe.name: lambda rest: _nothing(rest) or (_one_code(rest) and " " not in rest.text),
}
