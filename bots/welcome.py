"""The first words of somebody new: what this is, in which language, and the words are kept."""

from dataclasses import replace

from bots.conversation import (
    CALL,
    HONEST,
    PATIENCE,
    Conversation,
    Dialogue,
    Leaving,
    Opening,
    Outcome,
    Prompt,
    Said,
    Silence,
)
from bots.effects import CaseFiled, FileCase, LanguageSet, SetLanguage
from bots.phrases import LANGUAGES, receipt
from locales import N_

welcome = Conversation("welcome")

CHOOSE = Prompt(
    N_("Welcome to Baraza, the line where miners are heard. Choose your language:"),
    choices=LANGUAGES,
)
KEPT = Prompt(
    N_("Welcome to Baraza. Your message is kept. Choose your language:"), choices=LANGUAGES
)


@welcome.opening
def opened(dialogue: Dialogue, said: Said) -> Outcome:
    """Keep a first text that says something, and ask for the language.

    A keyword of another language than the guessed one has answered that already.
    """
    if said.wants is not None:
        return Outcome(dialogue.heading(said.wants), do=SetLanguage(said.language))
    outcome = welcome.goto(dialogue.keep(guess=said.language), language)
    if outcome.dialogue is None or not said.tells:
        return outcome
    return Outcome(outcome.dialogue.hold(said, "story"), say=(KEPT,))


@welcome.step(ask=CHOOSE, patience=PATIENCE)
def language(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear the language. More words instead of a choice are kept, and the guess holds."""
    picked = CHOOSE.pick(said)
    if picked is not None:
        return Outcome(dialogue.keep(chosen=picked), do=SetLanguage(picked))
    if not said.tells:
        return welcome.again(dialogue)
    guess = dialogue.answers["guess"]
    return Outcome(dialogue.hold(said, "story").keep(chosen=guess), do=SetLanguage(guess))


@welcome.on(LanguageSet)
def chosen(dialogue: Dialogue, _event: LanguageSet) -> Outcome:
    """Say the honest sentence in a language that was not guessed; then sort, or show the menu."""
    if dialogue.then is not None:
        return Outcome(None, say=(Prompt(HONEST),), go=dialogue.then)
    spoken = dialogue.answers["chosen"]
    outcome = Outcome(None, go=_onward(dialogue, spoken))
    return outcome if spoken == dialogue.answers["guess"] else outcome.saying(Prompt(HONEST))


def _onward(dialogue: Dialogue, spoken: str) -> Opening:
    words = _words(dialogue, spoken)
    return Opening("kept" if words.tells else "menu", words)


def _words(dialogue: Dialogue, spoken: str) -> Said:
    return Said(dialogue.answers.get("story", ""), spoken, attachments=dialogue.attachments)


@welcome.on(Silence)
def silent(dialogue: Dialogue, _event: Silence) -> Outcome:
    """File words that waited a day for a language."""
    return _file(dialogue, None) if _holds(dialogue) else Outcome(dialogue)


@welcome.on(Leaving)
def leaving(dialogue: Dialogue, event: Leaving) -> Outcome:
    """File the words before going elsewhere; a call back takes them along."""
    opening = event.opening
    if not _holds(dialogue):
        return Outcome(None, go=opening)
    if opening.conversation == CALL.key:
        words = _words(dialogue.hold(opening.said, "story"), opening.said.language)
        return Outcome(None, go=replace(opening, said=words))
    return _file(dialogue, opening)


def _holds(dialogue: Dialogue) -> bool:
    return "story" in dialogue.answers


def _file(dialogue: Dialogue, opening: Opening | None) -> Outcome:
    wish = FileCase(dialogue.answers["story"], dialogue.attachments)
    return Outcome(dialogue.heading(opening), do=wish)


@welcome.on(CaseFiled)
def filed(dialogue: Dialogue, event: CaseFiled) -> Outcome:
    """Tell the code, and go where the miner was heading."""
    return Outcome(None, say=receipt(event.code), go=dialogue.then)
