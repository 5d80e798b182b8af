"""A conversation is a pure function: (dialogue, event) -> outcome.

Nothing here reads a clock, a socket or a table, so SMS and Telegram share every line, and a test
is only a list of what was heard and what was said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self, TypeAlias, TypeVar, cast

from locales import translate

#: Seconds of silence after which a step that says nothing else hears ``Silence``: a day.
#: A text that was kept and never sorted becomes a report then.
PATIENCE = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer on offer: a button on Telegram, a numbered line in an SMS.

    *digit* is what the miner types; 0 is always other or back, 9 always «call me back».
    """

    digit: str
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something to say, still untranslated. *params* fill the placeholders, as they are."""

    msgid: str
    choices: tuple[Choice, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    protect: bool = False  # may not be forwarded or saved: it holds a receipt code

    def filled(self, **params: str) -> "Prompt":
        """Return the same prompt with its placeholders filled."""
        return replace(self, params={**self.params, **params})

    def pick(self, said: "Said") -> str | None:
        """Return the key of the choice that was pressed, typed as a digit, or written out."""
        text = said.text.strip().strip(".!)").casefold()
        for choice in self.choices:
            if said.choice == choice.key:
                return choice.key
            if text and text in {choice.digit, translate(choice.label, said.language).casefold()}:
                return choice.key
        return None


@dataclass(frozen=True, slots=True)
class Unread:
    """Say what the secretariat wrote, which only the sender can open."""

    entry: str


Line: TypeAlias = Prompt | Unread


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

    @property
    def empty(self) -> bool:
        """Whether nothing was said at all."""
        return not self.text.strip() and not self.attachments


@dataclass(frozen=True, slots=True)
class Silence(Event):
    """Nothing was said for as long as the step's patience."""


class Effect:
    """A wish that the runner grants; its result comes back as an event."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """All that survives between two messages. *under* is what a notice interrupted."""

    conversation: str
    step: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    under: "Dialogue | None" = None

    def keep(self, **answers: str) -> Self:
        """Return the dialogue that also remembers *answers*."""
        return replace(self, answers={**self.answers, **answers})

    def forget(self, *names: str) -> Self:
        """Return the dialogue without *names*: what was filed need not be remembered."""
        return replace(
            self, answers={k: v for k, v in self.answers.items() if k not in names}
        )

    def hold(self, said: Said, name: str) -> Self:
        """Remember the words as *name*, and what came with them."""
        held = replace(self, attachments=self.attachments + said.attachments)
        return held.keep(**{name: said.text})


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


@dataclass(frozen=True, slots=True)
class Step:
    """One question and what to do with its answer.

    *patience* is in seconds; *quiet* says that silence at this step changes nothing.
    """

    ask: Prompt
    answer: Handler[Said]
    patience: int | None


class Conversation:
    """A named set of steps, the first of which opens it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._steps: dict[str, Step] = {}
        self._on: dict[type[Event], Handler[Event]] = {}
        self._opening: Handler[Said] | None = None

    def step(
        self, ask: Prompt, *, patience: int | None = None
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
        """Open the conversation; *said* holds what followed its keyword, perhaps nothing."""
        dialogue = Dialogue(self.name)
        if self._opening is not None:
            return self._opening(dialogue, said)
        return self.goto(dialogue, self._steps[next(iter(self._steps))].answer)

    def goto(self, dialogue: Dialogue, step: Handler[Said]) -> Outcome:
        """Move to *step* and ask its question."""
        name = _name(step)
        return Outcome(replace(dialogue, step=name), say=(self._steps[name].ask,))

    def again(self, dialogue: Dialogue) -> Outcome:
        """Ask the present question once more."""
        return Outcome(dialogue, say=(self.asks(dialogue),))

    def asks(self, dialogue: Dialogue) -> Prompt:
        """Return the question that waits for an answer."""
        return self._steps[dialogue.step].ask

    def patience(self, dialogue: Dialogue) -> int | None:
        """Return the seconds until silence counts, or None."""
        step = self._steps.get(dialogue.step)
        return step.patience if step is not None else None

    def hears(self, event: type[Event]) -> bool:
        """Whether somebody listens for *event*."""
        return event in self._on

    def knows(self, step: str) -> bool:
        """Whether a dialogue of an older release can go on at *step*."""
        return step in self._steps

    def hear(self, dialogue: Dialogue, event: Event) -> Outcome:
        """Return what follows from *event*. A wish that nobody asked about changes nothing."""
        if isinstance(event, Said):
            return self._steps[dialogue.step].answer(dialogue, event)
        handler = self._on.get(type(event))
        return handler(dialogue, event) if handler is not None else Outcome(dialogue)


def _name(step: Handler[E]) -> str:
    return step.__name__
