"""What is in force and what is coming, for whoever asks; each rule in five parts to read again.

Words in place of a digit are a question about the rule, and go to the secretariat.
"""

from collections.abc import Sequence
from dataclasses import replace

from bots.conversation import (
    BACK,
    PATIENCE,
    Branch,
    Choice,
    Conversation,
    Dialogue,
    Opening,
    Outcome,
    Prompt,
    Said,
    Silence,
    Sound,
)
from bots.effects import (
    CaseFiled,
    FileCase,
    FindRules,
    HearPart,
    PartHeard,
    PartRead,
    ReadPart,
    RulesFound,
)
from bots.phrases import receipt
from locales import N_

rules = Conversation("rules")

#: Rules on one page of the list; a basic phone gets fewer where five do not fit one SMS.
MOST = 5

MORE = Choice("6", "more", N_("More"))

#: The parts of a rule, each under the digit that stays its own wherever rules are told. No key is
#: the name of a conversation, so that an old button is never taken for the wish for another.
PARTS = (
    Choice("1", "part_why", N_("Why")),
    Choice("2", "part_what", N_("What changes")),
    Choice("3", "part_rules", N_("The rules")),
    Choice("4", "part_help", N_("Who helps")),
    Choice("5", "part_how", N_("How to get it")),
)

_KEYS = frozenset(choice.key for choice in PARTS)

#: Plays the part that was read last, where it is recorded and the phone can play it.
HEAR = Choice("7", "hear", N_("Hear it"))

#: A rule of a list with its day, in a language of its own words.
IN_FORCE = N_("{title} (in force {date})")

CHOOSE = N_("Choose a rule, or write your question:")

NONE = Prompt(
    N_(
        "We know of no rule change for you. To ask for a place, send RULES and its site code. "
        "To hear of new ones, send JOIN."
    )
)
UNHEARD = Prompt(N_("There is no recording of this any more."))
GONE = Prompt(N_("This rule is not told any more. To see the others, send RULES."))


def listed(offered: Sequence[Choice], *, more: bool) -> Prompt:
    """Return the question that offers these rules."""
    return Prompt(CHOOSE, choices=(*offered, *((MORE,) if more else ()), BACK))


@rules.opening
def opened(dialogue: Dialogue, said: Said) -> Outcome:
    """Look for what there is; the code of a site or of a rule may have come with the keyword.

    With a part that was picked already, that is read at once.
    """
    word = said.text.strip()
    picked = {"part": said.choice} if said.choice in _KEYS else {}
    return Outcome(dialogue.keep(word=word, **picked), do=FindRules(word))


@rules.on(RulesFound)
def found(dialogue: Dialogue, event: RulesFound) -> Outcome:
    """Offer them; go into the only one that was asked for."""
    if not event.rules:
        return Outcome(None, say=(NONE,))
    wanted = dialogue.answers.get("part")
    kept = dialogue.forget("part").keep(more=str(event.more))
    offers = replace(kept, offered=tuple(map(Branch, event.rules)))
    if not event.opened:
        return rules.goto(offers, choose)
    opened = _into(offers.keep(word=""), event.rules[0])
    if wanted is None or opened.dialogue is None:
        return opened
    return _read(opened.dialogue, wanted)


def _list(dialogue: Dialogue) -> Prompt:
    offered = [branch.choice for branch in dialogue.offered]
    return listed(offered, more=dialogue.answers.get("more", "0") != "0")


@rules.step(ask=_list, patience=PATIENCE)
def choose(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear which rule."""
    picked = _list(dialogue).pick(said)
    if picked == BACK.key:
        return Outcome(None, go=Opening("menu", Said("", said.language)))
    if picked == MORE.key:
        wish = FindRules(dialogue.answers["word"], int(dialogue.answers["more"]))
        return Outcome(dialogue, do=wish)
    for branch in dialogue.offered:
        if branch.choice.key == picked:
            return _into(dialogue, branch.choice)
    return _question(dialogue.forget("rule"), said)


def _into(dialogue: Dialogue, rule: Choice) -> Outcome:
    """Offer the parts of one rule."""
    chosen = dialogue.forget("heard").keep(rule=rule.key, head=rule.label, short=rule.short or "")
    return rules.goto(chosen, part)


def _parts(dialogue: Dialogue) -> Prompt:
    hear = (HEAR,) if "heard" in dialogue.answers else ()
    return replace(_head(dialogue), choices=(*PARTS, *hear, BACK))


def _head(dialogue: Dialogue) -> Prompt:
    """Return the name of the rule that is read."""
    return Prompt(dialogue.answers.get("head", ""), short=dialogue.answers.get("short", ""))


@rules.step(ask=_parts, patience=PATIENCE)
def part(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear which part; back is the list."""
    picked = _parts(dialogue).pick(said)
    if picked == BACK.key:
        return Outcome(dialogue, do=FindRules(dialogue.answers["word"]))
    if picked == HEAR.key:
        wished = HearPart(dialogue.answers["rule"], dialogue.answers["heard"])
        return Outcome(dialogue, do=wished)
    return _question(dialogue, said) if picked is None else _read(dialogue, picked)


def _read(dialogue: Dialogue, picked: str) -> Outcome:
    name = picked.removeprefix("part_")
    wish = ReadPart(dialogue.answers["rule"], name)
    return Outcome(dialogue.keep(heard=name), do=wish)


@rules.on(PartRead)
def read(dialogue: Dialogue, event: PartRead) -> Outcome:
    """Say the forum's own words, and offer the parts again."""
    if not event.text:
        return Outcome(None, say=(GONE,))
    here = dialogue if event.spoken else dialogue.forget("heard")
    return rules.again(here).saying(Prompt(event.text, short=event.short))


@rules.on(PartHeard)
def heard(dialogue: Dialogue, event: PartHeard) -> Outcome:
    """Play it, and offer the parts again."""
    if not event.sound:
        return rules.again(dialogue.forget("heard")).saying(UNHEARD)
    return rules.again(dialogue).saying(Sound(event.sound, _head(dialogue)))


def _question(dialogue: Dialogue, said: Said) -> Outcome:
    """File words as a question, with the rule that it is about before them."""
    if not said.tells:
        return rules.again(dialogue)
    about = dialogue.answers.get("rule")
    words = said.text.strip()
    story = f"{about}: {words}" if about else words
    return Outcome(dialogue, do=FileCase(story, said.attachments, category="OTHER"))


@rules.on(CaseFiled)
def filed(_dialogue: Dialogue, event: CaseFiled) -> Outcome:
    """Tell the code: the answer comes as to any case."""
    return Outcome(None, say=receipt(event.code))


@rules.on(Silence)
def silent(_dialogue: Dialogue, _event: Silence) -> Outcome:
    """Stop waiting: what is written from now on is no question about a rule."""
    return Outcome(None)
