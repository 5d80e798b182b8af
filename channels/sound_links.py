"""Addresses by which a provider fetches a recording: signed, and good for an hour or two.

They name the recording and nobody. What they lead to is meant for everybody; that they end keeps
strangers from having us serve it for ever.
"""

import hmac
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from vault.keyring import Keyring, Purpose

PATH: Final = "/hooks/call/sound"

#: Seconds. An address is good until the end of the hour after this one: in between it stays the
#: same, so that a provider that keeps what it has fetched fetches it once.
HOUR: Final = 3600

#: What Twilio plays in a call (docs/voice/twiml/play): not Opus in Ogg, which chats play.
PLAYED: Final = frozenset({"audio/mpeg", "audio/wav"})

#: The languages that Twilio's machine reads aloud (``twilio_calls.VOICES``); in another one is
#: heard what is recorded, and nothing else.
READ_ALOUD: Final = frozenset({"en", "es", "fr", "pt"})


def link(keyring: Keyring, sound_id: str, now: datetime) -> str:
    """Return the address of a recording, from its path on."""
    until = str((int(now.timestamp()) // HOUR + 2) * HOUR)
    query = urlencode({"until": until, "key": _key(keyring, sound_id, until)})
    return f"{PATH}/{sound_id}?{query}"


def opens(keyring: Keyring, sound_id: str, until: str, key: str, now: datetime) -> bool:
    """Whether we gave this address out, and it is still good."""
    right = hmac.compare_digest(_key(keyring, sound_id, until).encode(), key.encode())
    return right and int(until) > now.timestamp()


def _key(keyring: Keyring, sound_id: str, until: str) -> str:
    return keyring.keyed(Purpose.SOUND, sound_id, until).hex()
