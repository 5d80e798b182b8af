"""Play a written transcript against the conversations, with no channel and no database.

A transcript reads like the phone: what the miner does, and what comes back in both styles.

    MINER  words that are typed
    PRESS  the key of a button
    NOTE   a voice note is sent, without a word
    QUIET  nobody says anything for as long as the step waits
    RINGS  the phone rings us, and nobody takes the call
    NEWS   the secretariat answered (``NEWS unsafe``: the phone is not safe; ``NEWS proposal``: it
           is, and a remedy is proposed)
    REMIND we still wait for an answer (``REMIND proposal``: for the word on a proposal)
    CHECK  it is time to ask whether it is solved
    WELL   it is time to ask how the reporter is
    LOST   a file was not kept (``LOST large``: it was too large)
    TALKED what was told has been discussed
    SENT   a rule was told by a broadcast: its reference
    TAUGHT the second lesson is due
    CALLED the phone takes a call of ours, which tells of a rule (``CALLED recorded``: our own
           sentences are recorded in its language)
    KEY    a key is pressed in the call (``KEY 1 whole``: after the whole part was heard)
    SILENT nothing is said or pressed in it until that counts
    SPOKEN something is said after the tone

Everything else is made afresh when it is played: BOT where a chat and an SMS say the same, CHAT
and SMS where they differ, UNREAD for words that only the sender can open, SOUND for a recording,
WISH for an effect. In a call: SAYS for words that are read aloud by machine and MUTE for words
that no voice can read, PLAYS for a recording, TOLD for a part that counts as heard, KEEPS for what
is kept of what somebody pressed or said; what an SMS answers to that stands below it.

``python -m tests.support.playbook`` writes what was really said into every transcript.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

from bots import effects as wish
from bots import outcome_lines
from bots.conversation import (
    Attachment,
    Dialogue,
    Effect,
    Event,
    Opening,
    Outcome,
    Said,
    Silence,
    Sound,
    Unread,
)
from bots.rendering import render, tag
from bots.router import OPENINGS, asks_again, begun, route
from bots.sorting import offered
from channels.base import Outbound, Style
from grievances.taxonomy import DEFAULT
from outreach.discussions import Outcome as CameOfIt
from tests.support import call_player, kept_of_phones, taught, told_rules
from tests.support.call_player import Telephone
from tests.support.surveyed import asking

TRANSCRIPTS = Path(__file__).parents[1] / "bots" / "transcripts"

#: What the miner and the world do; all other lines are answers.
ACTS = (
    "MINER",
    "PRESS",
    "NOTE",
    "QUIET",
    "RINGS",
    "NEWS",
    "REMIND",
    "CHECK",
    "WELL",
    "LOST",
    "TALKED",
    "SENT",
    "TAUGHT",
    *call_player.ACTS,
)

STATUS = "We have it. A person will read it soon."
PROPOSED = "We have made you a proposal."
CLOSED = "It is closed. You can still write to us."

#: What a voice note is to us, until it is fetched.
NOTE = Attachment("note-1", "voice", "audio/ogg")

#: What came of a discussion, and on which day it was.
CAME_OF_IT = {
    "en": CameOfIt("The company digs a second well before June. We look at it together in July."),
    "fr": CameOfIt(
        "L'entreprise creuse un second puits avant juin. Merci à tous.", "Un puits avant juin."
    ),
    "sw": CameOfIt("Kampuni inachimba kisima cha pili kabla ya Juni. Tutakiangalia pamoja Julai."),
}
DAY = date(2026, 5, 12)

#: What comes of a wish; or what makes it of the wish and the language that is spoken.
Grant: TypeAlias = Event | Callable[[Any, str], Event]

#: What comes of each wish, where a transcript says nothing else.
GRANTS: Mapping[type[Effect], Grant] = {
    wish.FileCase: wish.CaseFiled("c1", "1234-5678-90123-4", offered(DEFAULT, "en")),
    wish.DescribeCase: wish.CaseDescribed(),
    wish.FindCase: wish.CaseFound("c1", STATUS, news=True),
    wish.FindMine: wish.CaseUnknown(),
    wish.AddToCase: wish.CaseExtended(),
    wish.ReadNews: wish.NewsRead(("e1",)),
    wish.AnswerCheckIn: wish.CheckInAnswered(),
    wish.AnswerProposal: wish.ProposalAnswered(),
    wish.AnswerWell: wish.WellAnswered(),
    wish.WithdrawCase: wish.CaseWithdrawn("withdrawn"),
    wish.AskAppeal: wish.AppealAsked(),
    wish.KeepVoice: wish.VoiceKept(),
    wish.FindLessons: taught.found,
    wish.JoinLessons: taught.joined,
    wish.NextLesson: taught.next_one,
    wish.AnswerLesson: taught.answered,
    wish.EndLessons: wish.LessonsEnded(),
    wish.EndReportBacks: wish.ReportBacksEnded(),
    wish.AskCall: wish.CaseFiled("c2", "2345-6789-01234-5"),
    wish.RingBack: wish.CaseFiled("c2", "2345-6789-01234-5"),
    wish.Subscribe: wish.Subscribed(),
    wish.FindRules: told_rules.found,
    wish.ReadPart: told_rules.read,
    wish.HearPart: wish.PartHeard(),
    wish.FindKnown: kept_of_phones.one,
    wish.Forget: wish.Forgotten(),
    wish.SetLanguage: wish.LanguageSet(),
    wish.Stop: wish.StopKept(),
    wish.Restart: wish.StopKept(),
}

#: How long one turn may go on from conversation to conversation.
_MOST_ROUNDS = 12


@dataclass
class Player:
    """One phone and what is remembered of it; grants wishes by a table."""

    language: str = "en"
    known: bool = True
    grants: Mapping[type[Effect], Grant] = field(default_factory=dict)
    dialogue: Dialogue | None = None
    done: list[Effect] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)  # to the questions of a survey
    told: str | None = None  # the rule that a broadcast told last
    spoke: bool = False  # since then
    telephone: Telephone | None = None
    _place: str = ""

    def call(self, act: str, words: str) -> None:
        """Go on with a call, and let what is pressed or said in it arrive."""
        if act == call_player.CALLED:
            self.telephone = Telephone(self.language, spoken=words == "recorded")
        assert self.telephone is not None, "nobody was called"
        heard, arrived = self.telephone.acts(act, words)
        self.said += heard
        for said in arrived:
            self.hear(said)

    def hear(self, said: Said) -> None:
        """Let words arrive."""
        before = self.dialogue
        said = replace(said, language=self.language)
        lately = before is None or not self.spoke
        told = self.told if lately and asks_again(said, before) else None
        self.spoke = True
        routed = route(said, before, known=self.known, told=told)
        if isinstance(routed, Opening):
            self._follow(self._open(routed), None)
            self.dialogue = before if said.rang else self.dialogue
        else:
            self._follow(self._hear(routed.dialogue, routed.event), routed.dialogue)

    def wait(self) -> None:
        """Let silence last for as long as the step waits."""
        assert self.dialogue is not None
        assert OPENINGS[self.dialogue.conversation].patience(self.dialogue) is not None
        self._follow(self._hear(self.dialogue, Silence()), self.dialogue)

    def notice(self, name: str, event: Event) -> None:
        """Let a notice interrupt."""
        over = Dialogue(name, under=self.dialogue)
        self._follow(self._hear(over, event), over)

    def talked(self) -> None:
        """Let the phone be told what came of a discussion, as the worker tells it."""
        given = {"body": "Kabira Forum", "day": DAY, "today": DAY}
        both = [
            outcome_lines.line(CAME_OF_IT, self.language, "en", style=style, **given)
            for style in (Style.CHAT, Style.SMS)
        ]
        chat, sms = (Outbound(said[1]) for said in both if said is not None)
        self.said += _written(chat, sms)

    def _open(self, opening: Opening) -> Outcome:
        self._place = opening.conversation
        return begun(opening)

    def _hear(self, dialogue: Dialogue, event: Event) -> Outcome:
        self._place = dialogue.conversation
        return OPENINGS[dialogue.conversation].hear(dialogue, event)

    def _follow(self, outcome: Outcome, before: Dialogue | None) -> None:
        under = before.under if before else None
        for _ in range(_MOST_ROUNDS):
            self._say(outcome)
            if outcome.do is not None:
                assert outcome.dialogue is not None, "a wish needs somebody who hears of it"
                event = self._grant(outcome.do)
                outcome = self._hear(outcome.dialogue, event)
            elif outcome.go is not None:
                outcome = self._open(outcome.go)
            else:
                self._rest(outcome.dialogue, under)
                return
        raise AssertionError("the conversations send each other round and round")

    def _grant(self, effect: Effect) -> Event:
        self.done.append(effect)
        self.said.append(f"WISH   {effect}")
        if isinstance(effect, wish.SetLanguage):
            self.language, self.known = effect.language, True
        if (asked := asking(effect, self.language, self.answers)) is not None:
            return asked
        granted = {**GRANTS, **self.grants}[type(effect)]
        return granted if isinstance(granted, Event) else granted(effect, self.language)

    def _rest(self, dialogue: Dialogue | None, under: Dialogue | None) -> None:
        """Wait for an answer; when a notice is over, for the question that it interrupted."""
        if dialogue is None and under is not None:
            self._say(OPENINGS[under.conversation].again(under))
            dialogue = under
        self.dialogue = dialogue
        if dialogue is not None:
            assert dialogue.then is None, "where to go next does not outlive a turn"

    def _say(self, outcome: Outcome) -> None:
        place = tag(outcome.dialogue) if outcome.dialogue is not None else self._place
        for line in outcome.say:
            if isinstance(line, Unread):
                self.said.append(f"UNREAD {line.entry}")
                continue
            if isinstance(line, Sound):
                below = line.caption.text(self.language)
                self.said.append(f"SOUND  {line.sound}: {below}")
                continue
            chat = render(line, self.language, Style.CHAT, tag=place)
            self.said += _written(chat, render(line, self.language, Style.SMS, tag=place))


def _written(chat: Outbound, sms: Outbound) -> Iterator[str]:
    if chat.text == sms.text and not chat.buttons:
        yield from _block("BOT", chat.text)
        return
    yield from _block("CHAT", chat.text)
    for row in chat.buttons:
        yield "       " + "  ".join(f"[{button.label}]" for button in row)
    yield from _block("SMS", sms.text)


def _block(who: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines()):
        yield f"{who if number == 0 else '':<6} {line}".rstrip()


def play(
    transcript: str,
    language: str,
    *,
    known: bool = True,
    grants: Mapping[type[Effect], Grant] | None = None,
) -> str:
    """Return *transcript* as it really went: the answers are made afresh."""
    player = Player(language, known, grants or {})
    for line in transcript.splitlines():
        act, _, words = line.partition(" ")
        if act not in ACTS:
            continue
        player.said.append(f"\n{line}" if player.said else line)
        _act(player, act, words.strip())
    return "\n".join(player.said) + ("\n" if player.dialogue else "\nEND\n")


def _act(player: Player, act: str, words: str) -> None:
    if act == "MINER":
        player.hear(Said(words))
    elif act == "PRESS":
        player.hear(Said("", choice=words))
    elif act == "NOTE":
        player.hear(Said("", attachments=(NOTE,)))
    elif act == "RINGS":
        player.hear(Said("", rang=True))
    elif act == "QUIET":
        player.wait()
    elif act == "SENT":
        player.told, player.spoke = words, False
    elif act == "TALKED":
        player.talked()
    elif act in call_player.ACTS:
        player.call(act, words)
    else:
        player.notice(*_notice(player, act, words))


def _notice(player: Player, act: str, words: str) -> tuple[str, Event]:
    """Return the conversation that a notice opens, and what it tells."""
    proposal = words == "proposal"
    entries = () if words == "unsafe" else ("e1",)
    return {
        "NEWS": ("news", wish.NewsCame("c1", entries, proposal=proposal)),
        "REMIND": ("news", wish.AnswerAwaited("c1", proposal=proposal)),
        "TAUGHT": ("lessons", taught.came(2, player.language)),
        "WELL": ("well", wish.WellDue("c1")),
        "LOST": ("news", wish.FileLost("c1", too_large=words == "large")),
        "CHECK": ("check_in", wish.CheckInDue("c1")),
    }[act]


#: Transcripts in which something else comes of a wish.
WORLDS: Mapping[str, Mapping[type[Effect], Grant]] = {
    "report_with_site": {wish.DescribeCase: wish.CaseDescribed("Kabira Hill")},
    "check_from_same_phone": {wish.FindMine: wish.CaseFound("c1", STATUS, news=False)},
    "check_take_back": {wish.FindMine: wish.CaseFound("c1", STATUS, news=False)},
    "check_appeal": {wish.FindCase: wish.CaseFound("c1", CLOSED, news=False, appeal=True)},
    "check_proposal": {wish.FindCase: wish.CaseFound("c1", PROPOSED, news=False, proposal=True)},
    "check_wrong_code": {wish.FindCase: wish.CaseUnknown()},
    "check_too_often": {wish.FindCase: wish.TooManyTries()},
    "rang_again": {wish.RingBack: wish.CaseFiled("c1", "")},
    "rang_often": {wish.RingBack: wish.CallAwaited()},
    "call_back_no_number": {wish.AskCall: wish.NoNumber()},
    "well_not": {wish.AnswerWell: wish.WellAnswered("c2")},
    "withdraw": {wish.FindMine: wish.CaseFound("c1", STATUS, news=False)},
    "withdraw_kept": {wish.FindMine: wish.CaseFound("c1", STATUS, news=False)},
    "withdraw_watched": {wish.WithdrawCase: wish.CaseWithdrawn("watched")},
    "withdraw_wrong_code": {wish.FindCase: wish.CaseUnknown()},
    "lessons_none": {wish.FindLessons: wish.LessonsFound(), wish.NextLesson: wish.NoLesson()},
    "my_data_two": {wish.FindKnown: kept_of_phones.two},
    "my_data_none": {wish.FindKnown: wish.KnownFound()},
    "rules_none": {wish.FindRules: wish.RulesFound()},
    "rules_heard": {
        wish.ReadPart: told_rules.read_aloud,
        wish.HearPart: wish.PartHeard("s1"),
    },
    "rules_unheard": {wish.ReadPart: told_rules.read_aloud},
    "rules_gone": {wish.ReadPart: wish.PartRead()},
    "subscribe": {wish.Subscribe: wish.Subscribed("Kabira Hill")},
    "subscribe_aside": {wish.Subscribe: wish.Subscribed("Kabira Hill")},
}


def played(path: Path) -> str:
    """Return the transcript at *path* as it really goes. ``first_…`` is somebody new."""
    name, language, _ = path.name.split(".")
    known = not name.startswith("first")
    return play(path.read_text("utf-8"), language, known=known, grants=WORLDS.get(name))


if __name__ == "__main__":
    for each in sorted(TRANSCRIPTS.glob("*.txt")):
        each.write_text(played(each), "utf-8")
