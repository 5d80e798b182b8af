"""WhatsApp through the same Twilio account: what it does otherwise than SMS.

Sources: docs/whatsapp/api, docs/api/errors/63016 (the 24 hours) and 21656 (a template's values),
docs/content. Answers in free words are for a day after somebody's last; later, WhatsApp takes only
a template that it has approved, and ours has one place for the words.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from channels import numbers, windows
from channels.base import Address, Envelope, Finding, Style
from channels.errors import Refused
from channels.sms import SmsChannel
from storage.engine import Database
from vault.keyring import Keyring

#: How WhatsApp's numbers begin at Twilio.
SCHEME = "whatsapp:"

#: The place for our words in the template.
PLACE = "1"

#: Characters of the template's own. It may have 1,024 in all, and ours are at most 900.
AROUND = 124

#: Between two lines that have to become one: a template's value holds no line break.
BETWEEN_LINES = " / "


def _clock() -> datetime:
    return datetime.now(UTC)


class WhatsAppChannel(SmsChannel):
    """One WhatsApp number. Without *keyring* nobody is known to have written: templates only."""

    name = "whatsapp"
    style = Style.TEXT
    hook_path = "/hooks/whatsapp"

    def __init__(
        self,
        database: Database,
        keyring: Keyring | None,
        *,
        sender: str,
        template_sid: str,
        clock: Callable[[], datetime] = _clock,
        **account: Any,
    ) -> None:
        whole = f"{SCHEME}{sender}"
        super().__init__(sender=whole, messaging_service_sid="", **account)
        self._database = database
        self._keyring = keyring
        self._template = template_sid
        self._clock = clock

    def _address(self, sender: str) -> Address:
        return Address(self.name, numbers.sender(sender.removeprefix(SCHEME), self._region))

    def _answered(self, form: Mapping[str, str]) -> bool:
        # The words that Twilio answers unasked are for SMS (support article 223134027). Here it
        # does so where the operator of a Messaging Service wants it, and then it says so.
        return "OptOutType" in form

    def _wire(self, address: Address) -> str:
        return f"{SCHEME}{address.value}"

    async def _content(self, envelope: Envelope) -> dict[str, Any]:
        """Return free words, or the template with the words in it."""
        if await self._may_speak_freely(envelope.address):
            return {"body": envelope.outbound.text}
        if not self._template:
            raise Refused("no-template")
        values = json.dumps({PLACE: in_one_line(envelope.outbound.text)})
        return {"content_sid": self._template, "content_variables": values}

    async def _may_speak_freely(self, address: Address) -> bool:
        if self._keyring is None:
            return False
        async with self._database.reading() as reads:
            return await windows.is_open(reads, self._keyring, address, self._clock())

    def _says(self, message: Any, envelope: Envelope) -> bool:
        # Twilio shows a template filled in, with its own words around ours.
        body, words = in_one_line(message.body or ""), in_one_line(envelope.outbound.text)
        return words in body and len(body) - len(words) <= AROUND

    async def check(self) -> Sequence[Finding]:
        """Sign in, and see whether anybody can be written to after a day."""
        advice = (
            "Whoever has been silent for a day cannot be written to. Have a template approved, "
            "and set BARAZA_WHATSAPP_TEMPLATE_SID."
        )
        well = bool(self._template)
        template = Finding("WhatsApp template", well=well, advice="" if well else advice)
        return [*await super().check(), template]


def in_one_line(text: str) -> str:
    """Return *text* as a template's value may be: no line break, no tab, no run of blanks."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return BETWEEN_LINES.join(line for line in lines if line)
