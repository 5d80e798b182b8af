"""Stories as a test needs them: told in a line, and what is done to them each by itself."""

from dataclasses import dataclass
from datetime import datetime

from channels.base import Address
from outreach import (
    discussions,
    quotes,
    report_backs,
    themes,
    voice_marks,
    voice_translations,
    voices,
)
from outreach.discussions import Outcome, State, Talk
from outreach.quotes import Wording
from outreach.report_backs import Subject
from outreach.voice_marks import NO_MARKS, Kind
from outreach.voice_translations import Origin
from outreach.voices import Consent
from storage.engine import Database
from vault.keyring import Keyring


@dataclass
class Stories:
    """Keeps voices and what lies beside them, each act in a transaction of its own."""

    database: Database
    keyring: Keyring
    now: datetime

    async def tell(self, story="We wash the sand.", **more):
        given = {"consent": Consent.UNNAMED, "language": "sw", "channel": "sms", "now": self.now}
        async with self.database.transaction() as db:
            made = await voices.keep(db, self.keyring, story=story, **{**given, **more})
            return await voices.get(db, made)

    async def find(self, voice_id):
        async with self.database.reading() as db:
            return await voices.get(db, voice_id)

    async def file(self, voice, by, **marks):
        """File it under *marks*, by their kind, beside what it is filed under already."""
        after = {**NO_MARKS, **{Kind(kind): frozenset(found) for kind, found in marks.items()}}
        async with self.database.transaction() as db:
            given = {"before": NO_MARKS, "after": after, "by": by, "now": self.now}
            await voice_marks.change(db, voice.id, **given)

    async def theme(self, name, by):
        async with self.database.transaction() as db:
            return await themes.add(db, name, by=by, now=self.now)

    async def translate(self, voice, text, by, language="en", origin=Origin.HUMAN, seen=0):
        async with self.database.transaction() as db:
            given = {"seen": seen, "by": by, "now": self.now}
            await voice_translations.write(db, voice, language, text, origin, **given)

    async def propose(self, voice, text, by, language="sw", origin="original"):
        async with self.database.transaction() as db:
            wording = Wording(text, language, origin)
            return await quotes.propose(db, voice.id, wording, by=by, now=self.now)

    async def wish(self, voice, number="+254700000001", channel="sms", language=None):
        """Let whoever told it from *number* want to hear what became of it."""
        given = {"language": language or voice.language, "now": self.now}
        async with self.database.transaction() as db:
            address = Address(channel, number)
            await report_backs.ask(db, self.keyring, voice.id, address, **given)

    async def discuss(self, kind, value, by, texts, base="en", body="", day=None, told=False):
        """Record a talk about what voices are filed under; let it be told where *told*."""
        given = {"by": by, "now": self.now}
        talk = Talk(Subject(Kind(kind), value), day or self.now.date(), body, base)
        async with self.database.transaction() as db:
            made = await discussions.begin(db, talk, **given)
            words = {tag: Outcome(text) for tag, text in texts.items()}
            await discussions.write(db, made, base, words, **given)
            if told:
                told = {"state": State.TELLING, "released_at": self.now}
                await discussions.turn(db, made, State.DRAFT, **told)
        return made

    async def release(self, quote_id, private, by):
        async with self.database.transaction() as db:
            await quotes.release(db, quote_id, private, by=by, now=self.now)
