"""What the worker does outside of a dialogue: tells reporters what is due."""

from datetime import datetime

import structlog

from app import metrics
from app.wiring import House
from bots import dialogues
from bots.conversation import Event
from bots.effects import AnswerAwaited, CheckInDue, FileLost, NewsCame, WellDue
from channels import optout
from channels.base import Address
from grievances import case, correspondence, followups, monitoring, retaliation
from grievances.correspondence import Reach, UnreadBody
from grievances.followups import FollowUp, Kind
from storage.unit_of_work import Transaction

log = structlog.get_logger()

#: How many rows one tick takes; the next tick comes soon.
BATCH = 50

#: The conversation that each follow-up opens, and how urgent its words are.
CONVERSATIONS = {
    Kind.ANSWER: "news",
    Kind.NUDGE: "news",
    Kind.REMIND: "news",
    Kind.CHECK_IN: "check_in",
    Kind.RETALIATION: "well",
    Kind.TOO_LARGE: "news",
    Kind.NOT_FETCHED: "news",
}

#: Those that ask something, each once, and wait for the answer.
CHECKS = frozenset({Kind.CHECK_IN, Kind.RETALIATION})


class Errands:
    """Done by whichever process claims the row; *name* says which one that is."""

    def __init__(self, house: House, name: str) -> None:
        self._house = house
        self._name = name

    async def follow_up(self, now: datetime) -> int:
        """Do the follow-ups that are due; return how many there were."""
        async with self._house.database.transaction() as db:
            due = await followups.claim_due(db, now, limit=BATCH, by=self._name)
        for followup in due:
            await self._try(followup, now)
        return len(due)

    async def _try(self, followup: FollowUp, now: datetime) -> None:
        try:
            async with self._house.database.transaction() as db:
                await self._do(db, followup, now)
            metrics.FOLLOW_UPS.labels(followup.kind).inc()
        except Exception:
            # One that cannot be done must not hold up the others; it is due again later.
            log.exception("follow_up.failed", kind=followup.kind)
            async with self._house.database.transaction() as db:
                await followups.again(db, followup, by=self._name, now=now)

    async def _do(self, db: Transaction, followup: FollowUp, now: datetime) -> None:
        keyring = self._house.keyring
        reach = await correspondence.reach(db, keyring, followup.case_id)
        if reach is not None:
            # A turn takes its dialogue first and a case after it; so do we, or the two wait for
            # each other.
            await dialogues.load(db, keyring, reach.address, now)
        if followup.kind in CHECKS:
            await case.hold(db, followup.case_id)
        if not await followups.done(db, followup.id, by=self._name, now=now):
            return
        if reach is not None and reach.address.channel not in self._house.channels:
            reach = None  # its channel is no longer served
        event: Event | None
        unread: list[UnreadBody] = []
        if followup.kind in CHECKS:
            event = await self._check(db, followup, reach, now)
        elif reach is None:
            return  # the address is erased
        else:
            event, unread = await self._event(db, followup, reach, now)
        if event is None or reach is None:
            return
        await self._house.runner.tell(
            db,
            reach.address,
            reach.language,
            CONVERSATIONS[followup.kind],
            event,
            now,
            kind="reply" if followup.kind is Kind.ANSWER else "followup",
            unread=unread,
        )

    async def _check(
        self, db: Transaction, followup: FollowUp, reach: Reach | None, now: datetime
    ) -> Event | None:
        """Take up a check, and return the question if it is to be asked now."""
        keyring, calendar = self._house.keyring, self._house.almanac.calendar
        address: Address | None = None if reach is None else reach.address
        if address is not None and await optout.stopped(db, keyring, address):
            address = None
        if followup.kind is Kind.CHECK_IN:
            reachable = address is not None
            asks = await monitoring.due(
                db, followup, reachable=reachable, now=now, calendar=calendar
            )
            return CheckInDue(followup.case_id) if asks else None
        asks = await retaliation.due(
            db,
            keyring,
            followup,
            address=address,
            now=now,
            calendar=calendar,
            taxonomy=self._house.register.taxonomy,
        )
        return WellDue(followup.case_id) if asks else None

    async def _event(
        self, db: Transaction, followup: FollowUp, reach: Reach, now: datetime
    ) -> tuple[Event | None, list[UnreadBody]]:
        """Return what happened, and the answers that may be shown in full; None: nothing yet."""
        case_id = followup.case_id
        if followup.kind in {Kind.TOO_LARGE, Kind.NOT_FETCHED}:
            return FileLost(case_id, too_large=followup.kind is Kind.TOO_LARGE), []
        if followup.kind is Kind.ANSWER and reach.safe:
            unread = list(await correspondence.hand_over(db, case_id, now))
            status = await correspondence.status_of(db, case_id)
            event = NewsCame(case_id, tuple(body.entry_id for body in unread), status.proposal)
            return (event, unread) if unread else (None, [])
        status = await correspondence.status_of(db, case_id)
        if followup.kind is Kind.REMIND and not status.news:
            return AnswerAwaited(case_id, status.proposal), []
        return (NewsCame(case_id) if status.news else None), []
