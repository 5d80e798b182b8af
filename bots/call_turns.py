"""Takes the turns of a call: what is played is looked up, and what was heard is noted."""

from dataclasses import replace
from datetime import datetime

from bots import calling
from channels.calls import Script, Turn
from outreach import call_phrases, called, subscribers, trials
from storage.unit_of_work import Transaction
from vault.keyring import Keyring


async def take(db: Transaction, keyring: Keyring, turn: Turn, now: datetime) -> Script:
    """Return what is said next. Taken again, a turn changes nothing and is answered alike.

    What somebody wishes by a key is kept apart from this, and before it (``calling.arrivals``).
    """
    told = await called.told(db, turn.message) or await trials.told(db, turn.message)
    if told is not None:
        words = calling.words(told.language)
        ours = await call_phrases.played(db, told.language, words, until=told.until)
        told = replace(told, phrases=ours)
    answer = calling.answer(turn, told, int(now.timestamp()))
    if answer.heard:
        await called.note(db, turn.message, answer.heard, now)
    if told is not None and turn.key in told.sounds:
        await subscribers.heard(db, keyring, turn.phone, now)
    return answer.script
