"""A rule that is told by calls: recorded, broadcast, and ringing at somebody's telephone."""

from dataclasses import replace

from sqlalchemy import select

from bots import calling
from channels.base import Address, Style
from channels.calls import Turn
from channels.ledger import outbox
from channels.ways import Way
from outreach import announcements, call_phrases, recordings, telling
from outreach.rule_texts import DIGITS
from outreach.told import rule_told
from tests.support.covering import Ground
from tests.support.newsroom import WAYS
from tests.support.rulemaking import OFFICIAL
from tests.support.spoken import mp3, wav

ANNA = "+254711000001"
CALLING = {**WAYS, "call": Way("call", Style.VOICE, 1.0)}

#: Seconds of each recording.
LASTS = 3


class Exchange(Ground):
    """A newsroom with a line that calls people up."""

    def __init__(self, database, keyring, now):
        super().__init__(database, keyring, now)
        self.office = replace(self.office, ways=CALLING)

    async def record(self, rule, digits, language="en", content=None, mime="audio/mpeg"):
        content = mp3(LASTS) if content is None else content
        for digit in digits:
            await self.do(
                recordings.keep, rule, DIGITS[digit], language, mime, content, by=OFFICIAL
            )

    async def greet(self, language="en", seconds=LASTS):
        """Record what is said when a call is taken."""
        given = {"words": calling.words(language), "by": OFFICIAL}
        greeting = (call_phrases.Phrase.GREETING, language, "audio/wav", wav(seconds))
        await self.do(call_phrases.keep, *greeting, **given)

    async def draft(self, rule, tells="12", *, calls=True):
        """Write a broadcast of these parts, to be told by calls; return it."""
        author = await self.member()
        made = await self.do(telling.begin, rule.id, tells, by=author)
        this = await self.find(made)
        given = {"edition": this.edition, "by": author}
        await self.do(announcements.change, made, replace(this.draft, calls=calls), **given)
        return made, author

    async def leave(self, rule, tells="12", *, calls=True):
        """Let such a broadcast leave; return its id."""
        made, author = await self.draft(rule, tells, calls=calls)
        await self.alone(made, author)
        await self.tick()
        return made

    async def rows(self):
        """Return what is in the ledger: line, part and language of each, in order."""
        of = outbox.c
        asked = select(of.channel, of.part, of.language).order_by(of.channel, of.part, of.seq)
        async with self.database.reading() as db:
            return [tuple(row) for row in await db.execute(asked)]

    async def call(self):
        """Return our id of the only call."""
        asked = select(outbox.c.id).where(outbox.c.channel == "call")
        async with self.database.reading() as db:
            return (await db.execute(asked)).scalar_one()

    async def heard(self):
        """Return who was told: by part, and whether in a call."""
        of = rule_told.c
        async with self.database.reading() as db:
            rows = await db.execute(select(of.part, of.receipt, of.called).order_by(of.part))
            return [(row.part, bool(row.receipt), bool(row.called)) for row in rows]


def turn(message, **more):
    """Return a turn of a call to Anna."""
    return Turn(message, "CA1", Address("sms", ANNA), "call", **more)
