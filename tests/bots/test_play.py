from types import SimpleNamespace

import pytest

from bots import effects as wish
from bots import play
from bots.conversation import Conversation, Dialogue, Opening, Outcome, Prompt, Said, Silence
from bots.leave import STOPPED

ASKED = Prompt("What happened?")


class Granted:
    """Stands in for the granting of a turn whose conversations wish for nothing."""

    def __init__(self, dialogue=None, language="en"):
        self.contact = SimpleNamespace(dialogue=dialogue, language=language)
        self.language = language
        self.answered = False

    async def told(self, dialogue):
        return None

    def speak(self, language):
        self.language = language

    async def grant(self, effect):
        assert effect == wish.Stop()
        return wish.StopKept()


def conversation(name):
    made = Conversation(name)

    @made.step(ask=ASKED)
    def story(_dialogue, _said):
        return Outcome(None)

    @made.on(Silence)
    def silent(_dialogue, _event):
        return Outcome(None)

    return made


@pytest.fixture
def asking(monkeypatch):
    monkeypatch.setitem(play.OPENINGS, "asking", conversation("asking"))
    return Dialogue("asking", "story")


def over(dialogue, under=None):
    return play.Play(Granted(Dialogue("asking", "story", under=under) if dialogue else None))


def prompts(turn):
    return [spoken.line.msgid for spoken in turn.lines]


async def test_what_a_notice_interrupted_is_asked_again_when_it_ends(asking):
    turn = over(asking, under=asking)
    await turn.hear(Said("It is over"))
    assert turn.dialogue == asking
    assert prompts(turn) == [ASKED.msgid]


async def test_silence_lets_the_notice_go_and_asks_nothing(asking):
    turn = over(asking, under=asking)
    await turn.tell(Silence())
    assert turn.dialogue == asking
    assert turn.lines == []


async def test_what_no_release_knows_any_more_is_let_go(asking):
    turn = over(asking, under=Dialogue("gone", "nowhere"))
    await turn.tell(Silence())
    assert turn.dialogue is None


async def test_help_is_given_and_the_question_asked_again(asking):
    turn = over(asking)
    await turn.hear(Said("HELP"))
    assert turn.dialogue == asking
    assert prompts(turn)[-1] == ASKED.msgid


async def test_conversations_that_send_each_other_round_in_circles_are_stopped(monkeypatch):
    circle = Conversation("circle")
    circle.opening(lambda _dialogue, said: Outcome(None, go=Opening("circle", said)))
    monkeypatch.setitem(play.OPENINGS, "circle", circle)
    monkeypatch.setattr(play, "route", lambda said, *_, **__: Opening("circle", said))
    with pytest.raises(RuntimeError, match="circles"):
        await play.Play(Granted()).hear(Said("hello"))


@pytest.mark.parametrize("text", ["STOP", "/stop", "1"])
async def test_a_stop_answers_the_doubt_whether_one_was_meant(text):
    doubt = Dialogue("kept", "meant", {"story": "stop this bill"})
    turn = play.Play(Granted(doubt))
    await turn.hear(Said(text))
    assert turn.dialogue is None
    assert prompts(turn) == [STOPPED.msgid]


async def test_a_ring_leaves_the_dialogue_where_it_stands_and_says_no_language(monkeypatch):
    rung = Conversation("call_back")
    rung.opening(lambda _dialogue, said: Outcome(None, say=(ASKED,) if said.rang else ()))
    monkeypatch.setitem(play.OPENINGS, "call_back", rung)
    held = Dialogue("kept", "sort", {"story": "The pump broke"})
    for before in (held, None):
        turn = play.Play(Granted(before, language=None))
        await turn.hear(Said("", "sw", rang=True))
        assert (turn.dialogue, prompts(turn)) == (before, [ASKED.msgid])
        assert turn.granting.language is None


async def test_a_stop_leaves_other_words_where_they_wait():
    held = Dialogue("kept", "sort", {"story": "The pump broke"})
    turn = play.Play(Granted(held))
    await turn.hear(Said("STOP"))
    assert turn.dialogue == held
