"""A rendered message, sealed to the sender: whoever writes it down cannot read it back."""

import json

from channels.base import Button, Outbound
from vault import seals
from vault.keyring import Keyring
from vault.seals import CannotOpen


def seal_outbound(keyring: Keyring, outbox_id: str, outbound: Outbound) -> bytes:
    """Close a rendered message so that only the sender can read it."""
    rows = [[[one.key, one.label, one.data] for one in row] for row in outbound.buttons]
    words = {"text": outbound.text, "buttons": rows, "protect": outbound.protect}
    plain = json.dumps({**words, "sound": outbound.sound} if outbound.sound else words)
    return seals.seal(keyring.sender_public, plain.encode(), context=_context(outbox_id))


def open_outbound(
    keyring: Keyring, outbox_id: str, body: bytes | None, context: str | None
) -> Outbound:
    """Open a message; *context*, if any, says that it is a bare text sealed for another place.

    Raises ``CannotOpen``.
    """
    if keyring.sender_private is None or body is None:
        raise CannotOpen
    opened = seals.unseal(
        keyring.sender_private, body, context=context or _context(outbox_id)
    ).decode()
    if context is not None:
        return Outbound(opened)
    words = json.loads(opened)
    buttons = tuple(tuple(Button(*one) for one in line) for line in words["buttons"])
    sound = words.get("sound")
    return Outbound(words["text"], buttons, protect=words["protect"], sound=sound)


def _context(outbox_id: str) -> str:
    return f"outbox.body|{outbox_id}"
