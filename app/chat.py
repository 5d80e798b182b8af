"""``baraza chat``: a conversation in the terminal, as a phone on any channel would show it.

A rehearsal: it plays on the real engine, ledger and database, made anew in a temporary folder
and thrown away at the end, so nothing that is typed here reaches a forum.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from app import processes
from app.reception import Reception
from app.settings import Settings
from app.wiring import House, opened
from app.worker import Worker
from channels import rehearsal
from channels.base import Address, Button
from channels.rehearsal import Shown

Ask = Callable[[str], str]
Say = Callable[[str], None]

#: How long to wait for an answer before the next prompt is shown, in seconds.
PATIENCE = 3.0

PHONE = "+000700100200"

#: What ends the rehearsal.
BYE = "/bye"


async def play(settings: Settings, style: str, language: str, ask: Ask, say: Say) -> None:
    """Talk until /bye or the end of input. *style*: ``sms`` or ``telegram``."""
    channel = rehearsal.BASIC if style == "sms" else rehearsal.CHAT
    with tempfile.TemporaryDirectory(prefix="baraza-chat-") as folder:
        rehearsing = settings.model_copy(
            update={
                "data_dir": Path(folder),
                "database_url": "",
                "simulator": True,
                "default_language": language,
                "twilio_account_sid": "",
                "telegram_token": type(settings.telegram_token)(""),
            }
        )
        processes.make_keys(rehearsing, lambda _passphrase: None)
        await processes.prepare(rehearsing, bare=False)
        async with opened(rehearsing, sender=True) as house:
            worker = Worker(house)
            await worker.start(alone=True)
            await _Phone(house, channel, say).talk(ask)
            await worker.stop()


class _Phone:
    """One phone in the terminal."""

    def __init__(self, house: House, channel: str, say: Say) -> None:
        self._house = house
        self._reception = Reception(house)
        self._address = Address(channel, PHONE)
        self._say = say
        self._seen = 0
        self._buttons: dict[str, Button] = {}

    async def talk(self, ask: Ask) -> None:
        while True:
            try:
                text = await asyncio.to_thread(ask, "you> ")
            except EOFError:
                return
            if text.strip() == BYE:
                return
            await self._send(text)
            self._show(await self._answers())

    async def _send(self, text: str) -> None:
        button = self._buttons.get(text.strip())
        choice = button.data if button is not None else None
        inbound = rehearsal.said(self._address, "" if choice else text, choice)
        await self._reception.receive(inbound)

    async def _answers(self) -> Sequence[Shown]:
        """Wait for what is answered, and for what follows at once."""
        shown: list[Shown] = []
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.15)
            new = await self._new()
            if shown and not new:
                break
            shown += new
        return shown

    async def _new(self) -> Sequence[Shown]:
        async with self._house.database.reading() as reads:
            new = await rehearsal.screen(
                reads, self._house.keyring, self._address, after=self._seen
            )
        self._seen = max([self._seen, *(message.id for message in new)])
        return [message for message in new if not message.mine]

    def _show(self, messages: Sequence[Shown]) -> None:
        for message in messages:
            self._say(f"\n{message.text}")
            for row in message.buttons:
                self._say("  " + "   ".join(f"[{one.key}] {one.label}" for one in row))
            if message.buttons:
                self._buttons = {one.key: one for row in message.buttons for one in row}
        self._say("")
