"""Mails members how much waits for them: numbers and the console's address, and nothing else."""

from datetime import datetime
from typing import Final

import structlog

from app.mailing import Away, Counter, Doubtful, Mail, Post, Refused, server_of
from app.wiring import House
from console import mails
from forum import members
from forum.members import Member
from grievances import digests, pending
from grievances.digests import Digest, Kind, State
from storage.unit_of_work import Transaction

log = structlog.get_logger()

#: Mails in one tick; the next comes soon.
BATCH: Final = 20


class Digests:
    """What one process does for mails; any number of them may do it at once.

    *post* None: no mail server is set, and nothing is mailed.
    """

    def __init__(self, house: House, post: Post | None = None) -> None:
        self._house = house
        self._database = house.database
        server = server_of(house.settings)
        self._post = post or (Post(server) if server else None)

    async def run(self, now: datetime) -> int:
        """Send what is due; return how many mails left."""
        if self._post is None:
            return 0
        async with self._database.transaction() as db:
            await digests.plan(db, self._house.calendar, now)
            claimed = await digests.claim(db, now, limit=BATCH)
        if not claimed:
            return 0
        try:
            async with self._post.open() as counter:
                return sum([await self._send(counter, digest, now) for digest in claimed])
        except Away as away:
            log.warning("mail.server_away", why=str(away))
            async with self._database.transaction() as db:
                await digests.put_off(db, claimed, now)
            return 0

    async def _send(self, counter: Counter, digest: Digest, now: datetime) -> bool:
        """Send one mail; whatever becomes of it, the next is not held up."""
        async with self._database.transaction() as db:
            mail = await self._mail(db, digest, now)
        if mail is None:
            return False
        state = State.SENT
        try:
            await counter.hand_in(mail, now)
        except Refused:
            state = State.REFUSED
        except Doubtful:
            # It may be there already, and twice is worse than not: the row stays as it is.
            log.warning("mail.doubtful", kind=digest.kind)
            return False
        except Away as away:
            log.warning("mail.not_taken", kind=digest.kind, why=str(away))
            async with self._database.transaction() as db:
                await digests.again(db, digest, now)
            return False
        async with self._database.transaction() as db:
            await digests.settle(db, digest, state)
        log.info("mail.settled", kind=digest.kind, state=state)
        return state is State.SENT

    async def _mail(self, db: Transaction, digest: Digest, now: datetime) -> Mail | None:
        """Return the mail, marked as leaving; None: nothing to tell, or not ours to send."""
        member = await members.get(db, digest.member_id)
        words = await self._words(db, member, digest, now) if member and member.active else None
        if member is None or words is None:
            await pending.told(db, digest.member_id, digest.id)
            await digests.settle(db, digest, State.EMPTY)
            return None
        if not await digests.leaves(db, digest, now):
            return None
        if digest.kind is Kind.AT_ONCE:
            await pending.told(db, member.id, digest.id)
        return Mail(digest.id, member.email, words.subject, words.text, member.language)

    async def _words(
        self, db: Transaction, member: Member, digest: Digest, now: datetime
    ) -> mails.Words | None:
        address = self._house.settings.public
        if digest.kind is Kind.AT_ONCE:
            called = await pending.called(db, member, now)
            return mails.at_once(called, address, member.language) if any(called) else None
        waits = await pending.waiting(db, member, self._house.calendar, now)
        return mails.daily(waits, address, member.language) if waits.cases else None
