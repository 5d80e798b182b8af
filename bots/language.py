"""Choose another language, at any time."""

from dataclasses import replace

from bots.conversation import BACK, Conversation, Dialogue, Opening, Outcome, Prompt, Said
from bots.effects import LanguageSet, SetLanguage
from bots.phrases import LANGUAGES
from locales import N_

language = Conversation("language")

CHOOSE = Prompt(N_("Choose your language:"), choices=(*LANGUAGES, BACK))


@language.opening
def opened(dialogue: Dialogue, said: Said) -> Outcome:
    """Take a language that came with the keyword; else ask."""
    picked = CHOOSE.pick(said)
    if picked is None or picked == BACK.key:
        return language.goto(dialogue, choose)
    return Outcome(dialogue, do=SetLanguage(picked))


@language.step(ask=CHOOSE)
def choose(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear the language; words instead of a choice are kept."""
    picked = CHOOSE.pick(said)
    if picked == BACK.key:
        return Outcome(None, go=Opening("menu", Said("", said.language)))
    if picked is not None:
        return Outcome(dialogue, do=SetLanguage(picked))
    if not said.tells:
        return language.again(dialogue)
    return Outcome(None, go=Opening("kept", replace(said, choice=None)))


@language.on(LanguageSet)
def chosen(_dialogue: Dialogue, _event: LanguageSet) -> Outcome:
    """Say so, in the language that was chosen."""
    return Outcome(None, say=(Prompt(N_("From now on we write to you in English.")),))
