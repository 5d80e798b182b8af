"""A conversation is a pure function: (dialogue, event) -> outcome.

Nothing here reads a clock, a socket or a table, so SMS and Telegram share every line, and a test
is only a list of what was heard and what was said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Self, TypeAlias, TypeVar, cast

from locales import N_, folded, translate

#: Seconds of silence after which a text that was kept and never sorted becomes a report: a day.
PATIENCE = 24 * 60 * 60

#: Characters from which a text is surely more than the label of a choice.
_SHORT = 64

#: Digits alone that are more than a slip on a menu: a phone number, a code.
_LONG_NUMBER = 5

#: Letters from which what stands beside a number is not only a name for it.
_SOME_WORDS = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer on offer: a button on Telegram, a numbered line in an SMS.

    *digit* is what the miner types; 0 is always other or back, 9 always «call me back». *short*
    not None: the label is a forum's own words and stands as it is, *short* in its place in an SMS
    where that is not empty.
    """

    digit: str
    key: str
    label: str
    short: str | None = None

    def text(self, language: str, *, sms: bool = False) -> str:
        """Return what is shown in *language*, in a chat or as an SMS."""
        if self.short is None:
            return translate(self.label, language, sms=sms)
        return (self.short if sms else "") or self.label


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of a menu of two levels; with nothing *behind* it, the choice is made."""

    choice: Choice
    behind: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A forum's own words in the miner's language; *short* for an SMS where it is not empty."""

    full: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class Listener:
    """What is kept of one person on a telephone, in words that can be read there."""

    site: str
    work: str
    gender: str
    papers: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is put to one miner. *kind* as in ``outreach.questionnaire``."""

    question: str
    kind: str
    words: OwnWords
    choices: tuple[Choice, ...]


#: What 0 and 9 mean wherever a step says nothing else.
BACK = Choice("0", "back", N_("Back"))
CALL = Choice("9", "call_back", N_("Call me back"))

#: What everybody is told at the first contact, before anything else. It promises no more than is
#: true: the carrier of a message always knows its sender and its words.
HONEST = N_(
    "The people who read your words do not see your number or your name. Our machine keeps your "
    "address locked, only to answer you, and erases it when your case is over. The company that "
    "carries your messages can see that you write to us, and what you write."
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something to say, still untranslated. *params* fill the placeholders, as they are.

    *short* not None: *msgid* is a forum's own words and stands as it is, braces and all, with
    *short* in its place in an SMS where that is not empty. *digits*: every number is an answer
    here, 0 and 9 as well. *words*: the answer is a sentence, which may begin as a wish does.
    """

    msgid: str
    choices: tuple[Choice, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    protect: bool = False  # may not be forwarded or saved: it holds a receipt code
    short: str | None = None
    digits: bool = False
    words: bool = False

    def text(self, language: str, *, sms: bool = False) -> str:
        """Return what is said in *language*, in a chat or as an SMS, without the choices."""
        if self.short is None:
            return translate(self.msgid, language, sms=sms).format(**self.params)
        return (self.short if sms else "") or self.msgid

    def filled(self, **params: str) -> "Prompt":
        """Return the same prompt with its placeholders filled."""
        return replace(self, params={**self.params, **params})

    def pick(self, said: "Said") -> str | None:
        """Return the key of the choice that was pressed, typed as a digit, or written out.

        What stands under a photo picks nothing: the photo would be lost with it.
        """
        if said.choice is not None:
            return next((c.key for c in self.choices if c.key == said.choice), None)
        text = said.plain
        if not text or not self.choices or said.attachments:
            return None
        return next((c.key for c in self.choices if text in _spoken(c, said.language)), None)


@lru_cache(maxsize=4096)
def _spoken(choice: Choice, language: str) -> frozenset[str]:
    """Return every way to type *choice*: its digit, its label as a chat and as an SMS shows it."""
    labels = (choice.text(language, sms=sms) for sms in (False, True))
    return frozenset({choice.digit, *(folded(label) for label in labels)})


@dataclass(frozen=True, slots=True)
class Unread:
    """Say what the secretariat wrote, which only the sender can open."""

    entry: str


@dataclass(frozen=True, slots=True)
class Sound:
    """Play a recording (``channels.sounds``), with *caption* below it. For a chat only."""

    sound: str
    caption: Prompt


Line: TypeAlias = Prompt | Unread | Sound


@dataclass(frozen=True, slots=True, repr=False)
class Attachment:
    """A voice note, photo or file that came with the words and still waits at the provider."""

    reference: str
    kind: str
    mime: str

    def __repr__(self) -> str:
        return f"Attachment({self.kind})"


class Event:
    """Something that happened: words said, silence, a wish granted."""


@dataclass(frozen=True, slots=True)
class Said(Event):
    """What the miner said, in the language that the contact chose."""

    text: str
    language: str = "en"
    choice: str | None = None  # the key of the button that was pressed
    attachments: tuple[Attachment, ...] = ()
    first: bool = False  # the first words of this contact: nobody has told them what is kept
    agreed: bool = False  # they never wrote to us, and the list of news knows their language
    about: str | None = None  # the case that another conversation was speaking of
    wants: "Opening | None" = None  # to be opened once the language is set
    rang: bool = False  # no word was said: the phone rang, and nobody took the call

    @property
    def plain(self) -> str:
        """The words without case, accents and closing marks, to compare with what is on offer."""
        return folded(self.text) if len(self.text) < _SHORT else ""

    @property
    def empty(self) -> bool:
        """Whether there is no word, no number, no file: silence, blanks, emoji, dots."""
        if self.attachments or self.choice is not None or self.rang:
            return False
        return not any(character.isalnum() for character in self.text)

    @property
    def tells(self) -> bool:
        """Whether it is worth keeping: words, a long number or a file; not a slip on a menu."""
        if self.attachments or any(character.isalpha() for character in self.text):
            return True
        return self.digits >= _LONG_NUMBER

    @property
    def more_than_a_number(self) -> bool:
        """Whether words worth keeping stand beside a number: more than a «tel» or a «code»."""
        return sum(character.isalpha() for character in self.text) >= _SOME_WORDS

    @property
    def digits(self) -> int:
        """How many digits there are, in whatever script."""
        return sum(character.isdigit() for character in self.text)


@dataclass(frozen=True, slots=True)
class Silence(Event):
    """Nothing was said for as long as the step's patience."""


@dataclass(frozen=True, slots=True)
class Leaving(Event):
    """The miner wants to go elsewhere: finish what was begun, then go on with *opening*."""

    opening: "Opening"


class Effect:
    """A wish that the runner grants; its result comes back as an event."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """All that survives between two messages. *under* is what a notice interrupted.

    *then* is where to go once a wish is granted; it lives within one turn and is never stored.
    *offered* is a menu that a forum words itself, as it was when it was first shown: a digit means
    what was read beside it, whatever the menu has become since.
    """

    conversation: str
    step: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    under: "Dialogue | None" = None
    then: "Opening | None" = None
    offered: tuple[Branch, ...] = ()

    def keep(self, **answers: str) -> Self:
        """Return the dialogue that also remembers *answers*."""
        return replace(self, answers={**self.answers, **answers})

    def forget(self, *names: str) -> Self:
        """Return the dialogue without *names*: what was filed need not be remembered."""
        kept = {name: answer for name, answer in self.answers.items() if name not in names}
        return replace(self, answers=kept)

    def hold(self, said: Said, name: str) -> Self:
        """Remember the words as *name*, below those that it held, and what came with them."""
        held = replace(self, attachments=self.attachments + said.attachments)
        words = (self.answers.get(name, ""), said.text.strip())
        return held.keep(**{name: "\n".join(filter(None, words))})

    def heading(self, then: "Opening | None") -> Self:
        """Return the dialogue that goes on to *then* when its wish is granted."""
        return replace(self, then=then)


@dataclass(frozen=True, slots=True)
class Opening:
    """Go on in another conversation, as if it had been asked for with these words."""

    conversation: str
    said: Said


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step decides: what to remember, what to say, one wish or one way on."""

    dialogue: Dialogue | None  # None: the conversation is over
    say: tuple[Line, ...] = ()
    do: Effect | None = None
    go: Opening | None = None

    def saying(self, *first: Line) -> "Outcome":
        """Return this outcome with *first* said before everything else."""
        return replace(self, say=(*first, *self.say))


E = TypeVar("E", bound=Event)
Handler: TypeAlias = Callable[[Dialogue, E], Outcome]


#: A question, or what makes it of what the dialogue remembers.
Ask: TypeAlias = Prompt | Callable[[Dialogue], Prompt]


@dataclass(frozen=True, slots=True)
class Step:
    """One question and what to do with its answer. *patience* is in seconds."""

    ask: Ask
    answer: Handler[Said]
    patience: int | Callable[[Dialogue], int] | None


class Conversation:
    """A named set of steps, the first of which opens it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._steps: dict[str, Step] = {}
        self._on: dict[type[Event], Handler[Event]] = {}
        self._opening: Handler[Said] | None = None

    def step(
        self, ask: Ask, *, patience: int | Callable[[Dialogue], int] | None = None
    ) -> Callable[[Handler[Said]], Handler[Said]]:
        """Register a step under its function's name.

        *patience*: seconds until the conversation hears ``Silence`` here; None: it never does.
        """

        def register(answer: Handler[Said]) -> Handler[Said]:
            self._steps[_name(answer)] = Step(ask, answer, patience)
            return answer

        return register

    def on(self, event: type[E]) -> Callable[[Handler[E]], Handler[E]]:
        """Register what to do when *event* comes, at whatever step."""

        def register(handler: Handler[E]) -> Handler[E]:
            self._on[event] = cast("Handler[Event]", handler)
            return handler

        return register

    def opening(self, handler: Handler[Said]) -> Handler[Said]:
        """Register what to do with the words that opened the conversation (``REPORT <text>``)."""
        self._opening = handler
        return handler

    def begin(self, said: Said) -> Outcome:
        """Open the conversation; *said* holds what followed its keyword, perhaps nothing.

        Whoever writes for the first time hears the honest sentence before anything else.
        """
        outcome = self._begin(Dialogue(self.name), said)
        return outcome.saying(Prompt(HONEST)) if said.first else outcome

    def _begin(self, dialogue: Dialogue, said: Said) -> Outcome:
        if self._opening is not None:
            return self._opening(dialogue, said)
        return self.goto(dialogue, self._steps[next(iter(self._steps))].answer)

    def goto(self, dialogue: Dialogue, step: Handler[Said]) -> Outcome:
        """Move to *step* and ask its question."""
        return self.again(replace(dialogue, step=_name(step)))

    def again(self, dialogue: Dialogue) -> Outcome:
        """Ask the present question once more."""
        return Outcome(dialogue, say=(self.asks(dialogue),))

    def asks(self, dialogue: Dialogue) -> Prompt:
        """Return the question that waits for an answer."""
        ask = self._steps[dialogue.step].ask
        return ask if isinstance(ask, Prompt) else ask(dialogue)

    def questions(self) -> Mapping[str, Prompt]:
        """Return every question by its step, as it is where the dialogue remembers nothing."""
        return {name: self.asks(Dialogue(self.name, name)) for name in self._steps}

    def patience(self, dialogue: Dialogue) -> int | None:
        """Return the seconds until silence counts, or None."""
        step = self._steps.get(dialogue.step)
        if step is None or step.patience is None:
            return None
        return step.patience if isinstance(step.patience, int) else step.patience(dialogue)

    def hears(self, event: type[Event]) -> bool:
        """Whether somebody listens for *event*."""
        return event in self._on

    def knows(self, step: str) -> bool:
        """Whether a dialogue of an older release can go on at *step*."""
        return step in self._steps

    def hear(self, dialogue: Dialogue, event: Event) -> Outcome:
        """Return what follows from *event*. An event that nobody listens for changes nothing.

        Words that say nothing (blanks, emoji) get the question once more, at every step.
        """
        if isinstance(event, Said):
            if event.empty:
                return self.again(dialogue)
            return self._steps[dialogue.step].answer(dialogue, event)
        handler = self._on.get(type(event))
        return handler(dialogue, event) if handler is not None else Outcome(dialogue)


def _name(step: Handler[E]) -> str:
    return step.__name__
