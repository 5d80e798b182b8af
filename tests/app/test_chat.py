"""The rehearsal in the terminal, with a scripted hand at the keyboard."""

import re
import tempfile

import pytest

from app import chat

CODE = re.compile(r"\d{4}-\d{4}-\d{5}-\d")


class Terminal:
    """Types *lines*, then hangs up; keeps what is shown."""

    def __init__(self, *lines):
        self.lines = list(lines)
        self.shown = []
        self.prompts = []

    def ask(self, prompt):
        self.prompts.append(prompt)
        if not self.lines:
            raise EOFError
        self.shown.append(f"you> {self.lines[0]}")
        return self.lines.pop(0)

    def say(self, text):
        self.shown.append(text)

    @property
    def text(self):
        return "\n".join(self.shown)


@pytest.fixture
def rehearse(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(chat, "PATIENCE", 20.0)  # seconds; a busy machine answers late

    async def rehearsed(*lines, style="sms", language="en", **given):
        terminal = Terminal(*lines)
        await chat.play(settings(**given), style, language, terminal.ask, terminal.say)
        return terminal

    return rehearsed


async def test_a_report_on_a_basic_phone_ends_with_its_code(rehearse, tmp_path):
    terminal = await rehearse("hello", "1", "REPORT the tunnel has fallen in", "/bye", "unread")
    assert "1 English" in terminal.text
    assert CODE.search(terminal.text)
    assert terminal.lines == ["unread"]
    assert list(tmp_path.iterdir()) == []  # nothing of it is kept


async def test_a_chat_app_shows_buttons_and_a_digit_presses_one(rehearse):
    terminal = await rehearse("hello", "1", "1", "The tunnel has fallen in", style="telegram")
    assert "[1] English" in terminal.text
    assert "[1] Danger" in terminal.text


async def test_it_is_a_rehearsal_even_where_providers_are_set_up(rehearse, settings):
    terminal = await rehearse(
        "hello",
        language="fr",
        twilio_account_sid="AC1",
        twilio_auth_token="quiet",
        twilio_from="+15005550006",
        telegram_token="1:a",
        database_url="postgresql://nobody@127.0.0.1:1/none",
    )
    assert "Baraza" in terminal.text
    assert len(terminal.prompts) == 2  # the end of input ends it
