"""Takes turns: one message in, one transaction, words out.

The conversations decide, ``bots.play`` follows them, ``bots.granting`` does; here is what holds
them together: who speaks, in which language, and how long silence may last.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import structlog

from bots import dialogues
from bots.conversation import Attachment, Dialogue, Event, Said, Silence, Sound, Unread
from bots.dialogues import Contact
from bots.granting import Beforehand, Granting, Powers, Prepared
from bots.play import OPENED, Play
from bots.rendering import render, tag
from bots.router import OPENINGS
from channels import contacts, hours, inbox, outbox, segments
from channels.base import Address, Inbound, Outbound, Style
from channels.ledger import Kind
from channels.routing import STRAIGHT, Routing
from grievances.correspondence import UnreadBody
from locales import languages
from outreach import subscribers
from storage.gathering import AWAY
from storage.group_commit import GroupCommit
from storage.unit_of_work import Transaction

log = structlog.get_logger()

T = TypeVar("T")

#: Conversations that are opened from our side.
NOTICES = frozenset({"news", "check_in", "well", "lessons"})

#: When a silence whose turn failed is heard again.
AGAIN_AFTER = timedelta(minutes=5)


class Runner:
    """Hears what comes in from any channel, and writes what is said to the send ledger."""

    def __init__(
        self,
        powers: Powers,
        styles: Mapping[str, Style],
        *,
        default_language: str,
        routing: Routing = STRAIGHT,
    ) -> None:
        self._powers = powers
        self._routing = routing
        self._styles = styles
        self._default_language = default_language
        self._commits = GroupCommit(powers.database)
        self._hearing: WeakValueDictionary[Address, asyncio.Lock] = WeakValueDictionary()

    # --- what comes in ------------------------------------------------------------------------

    async def hear(self, inbound: Inbound, now: datetime) -> bool:
        """Take the turn of *inbound*, once, and commit it.

        A turn that fails is held, sealed, to be taken again: then this returns False. Raises
        what the database raises when nothing can be kept at all.
        """
        try:
            await self._take_turn(inbound, now, fresh=True)
        except AWAY:
            raise  # to hold it would wait in vain; any other error would meet every repeat, too
        except Exception:
            log.exception("turn.failed", channel=inbound.address.channel)
            await self._hold(inbound, now)
            return False
        else:
            return True

    async def hear_held(self, now: datetime) -> int:
        """Take the turns again that failed before; return how many were due."""
        async with self._powers.database.transaction() as db:
            due = await inbox.claim_held(db, self._powers.keyring, now)
        for held in due:
            try:
                await self._take_turn(held.inbound, now, fresh=False)
            except Exception:
                log.exception("turn.failed_again", channel=held.inbound.address.channel)
                await self._hold(held.inbound, now)
        return len(due)

    async def _hold(self, inbound: Inbound, now: datetime) -> None:
        async with self._powers.database.transaction() as db:
            await inbox.hold(db, self._powers.keyring, inbound, now)

    async def _take_turn(self, inbound: Inbound, now: datetime, *, fresh: bool) -> None:
        async def turn(db: Transaction, prepared: Prepared) -> None:
            await self._turn(db, inbound, now, prepared, fresh=fresh)

        # One contact's words wait for each other here, first come first served: if each of them
        # waited in the database, with a connection, nobody else would get one.
        async with self._hearing.setdefault(inbound.address, asyncio.Lock()):
            await self._prepared(turn, now)

    async def _prepared(
        self, turn: Callable[[Transaction, Prepared], Awaitable[T]], now: datetime
    ) -> T:
        """Take *turn* in a transaction, again whenever something slow had to come first."""
        prepared = Prepared()
        while True:
            try:
                return await self._commits.run(lambda db: turn(db, prepared))
            except Beforehand as wanted:
                await self._powers.prepare(prepared, wanted, now)

    async def _turn(
        self, db: Transaction, inbound: Inbound, now: datetime, prepared: Prepared, *, fresh: bool
    ) -> None:
        keyring = self._powers.keyring
        if fresh and not await inbox.first_time(db, keyring, inbound, now):
            return
        token = inbox.token(keyring, inbound)
        contact = await dialogues.load(db, keyring, inbound.address, now)
        listed = None
        if contact.language is None:
            listed = await subscribers.language_of(db, keyring, inbound.address)
        language = self._language(contact, listed or inbound.language_hint)
        said = _said(inbound, language, agreed=listed == language)
        granting = Granting(
            self._powers,
            db,
            contact,
            inbound.address,
            now,
            prepared,
            language=said.language,
            style=self._styles[inbound.address.channel],
            answered=inbound.answered,
        )
        play = Play(granting)
        await play.hear(said)
        line = self._line(inbound.address)
        zone = self._powers.calendar.zone
        begins = hours.decent(zone, now) if inbound.rang else now
        # What waits for the morning must not hold up the answer to words that come before it.
        kind: Kind = "reply" if begins == now else "followup"
        given: dict[str, Any] = {"kind": kind, "line": line, "token": token}
        if begins > now:
            given |= {"not_before": begins, "by_day": str(zone)}
        await self._finish(db, play, now, **given)
        if not fresh:
            await inbox.done(db, token)

    # --- what nobody said ---------------------------------------------------------------------

    async def hear_silence(self, now: datetime) -> bool:
        """Let one contact's silence count; False: nobody is due. Needs the route key."""
        due: list[Contact] = []

        async def turn(db: Transaction, prepared: Prepared) -> bool:
            contact = await dialogues.silent(db, self._powers.keyring, now)
            if contact is None:
                return False
            due.append(contact)
            await self._silence(db, contact, prepared, now)
            return True

        try:
            return await self._prepared(turn, now)
        except Exception:
            if not due:
                raise
            log.exception("silence.failed", channel=due[-1].channel)
            async with self._powers.database.transaction() as db:
                await dialogues.postpone(db, due[-1], now + AGAIN_AFTER)
            return True

    async def _silence(
        self, db: Transaction, contact: Contact, prepared: Prepared, now: datetime
    ) -> None:
        address = await contacts.resolve(db, self._powers.keyring, contact.route_id)
        if address is None or address.channel not in self._styles:
            await dialogues.give_up(db, contact)
        else:
            await self._event(db, contact, address, Silence(), now, prepared, "followup")

    async def tell(
        self,
        db: Transaction,
        address: Address,
        language: str,
        conversation: str,
        event: Event,
        now: datetime,
        *,
        kind: Kind = "reply",
        unread: Sequence[UnreadBody] = (),
        by_day: str | None = None,
    ) -> None:
        """Open *conversation* for *address* with *event*; what waits there stays underneath.

        *by_day*: as for ``outbox.enqueue``.
        """
        contact = await dialogues.load(db, self._powers.keyring, address, now)
        contact = replace(
            contact,
            language=contact.language or language,
            dialogue=Dialogue(conversation, under=_without_notices(contact.dialogue)),
        )
        await self._event(db, contact, address, event, now, Prepared(), kind, unread, by_day)

    async def _event(
        self,
        db: Transaction,
        contact: Contact,
        address: Address,
        event: Event,
        now: datetime,
        prepared: Prepared,
        kind: Kind,
        unread: Sequence[UnreadBody] = (),
        by_day: str | None = None,
    ) -> None:
        granting = Granting(
            self._powers,
            db,
            contact,
            address,
            now,
            prepared,
            language=self._language(contact, None),
            style=self._styles[address.channel],
        )
        granting.unread.update({body.entry_id: body for body in unread})
        play = Play(granting)
        await play.tell(event)
        line = self._line(address)
        await self._finish(db, play, now, kind=kind, line=line, by_day=by_day)

    # --- what is said -------------------------------------------------------------------------

    async def _finish(
        self,
        db: Transaction,
        play: Play,
        now: datetime,
        *,
        kind: Kind,
        line: str,
        token: str | None = None,
        not_before: datetime | None = None,
        by_day: str | None = None,
    ) -> None:
        """Keep where the dialogue stands, and write down what is said, to leave by *line*.

        *not_before*: when what we say may leave; None: at once. *by_day*: see ``outbox.enqueue``.
        """
        before = play.granting.contact
        contact = replace(before, dialogue=play.dialogue)
        patience = _patience(play.dialogue)
        if token is None and play.dialogue == before.dialogue:
            patience = None  # silence that changed nothing is not counted for ever
        heard = now if token is not None else None
        await dialogues.save(
            db, self._powers.keyring, contact, now, patience=patience, heard_at=heard
        )
        style = self._styles[contact.channel]
        for n, message in enumerate(_messages(play, style)):
            if isinstance(message, UnreadBody):
                await outbox.enqueue_sealed(
                    db,
                    channel=line,
                    route_id=contact.route_id,
                    sealed=message.sealed,
                    context=message.context,
                    entry_id=message.entry_id,
                    kind=kind,
                    now=now,
                    inbound_token=token,
                    n=n,
                )
            else:
                await outbox.enqueue(
                    db,
                    self._powers.keyring,
                    channel=line,
                    route_id=contact.route_id,
                    outbound=message,
                    kind=kind,
                    now=now,
                    inbound_token=token,
                    n=n,
                    not_before=not_before,
                    by_day=by_day,
                )

    def _line(self, address: Address) -> str:
        return self._routing.line(address) or address.channel

    def _language(self, contact: Contact, hint: str | None) -> str:
        if contact.language in languages():
            return str(contact.language)
        guess = (hint or "").partition("-")[0]
        return guess if guess in languages() else self._default_language


def _patience(dialogue: Dialogue | None) -> int | None:
    return None if dialogue is None else OPENINGS[dialogue.conversation].patience(dialogue)


def _without_notices(dialogue: Dialogue | None) -> Dialogue | None:
    """Return what a new notice may interrupt: notices do not pile up on each other."""
    while dialogue is not None and dialogue.conversation in NOTICES:
        dialogue = dialogue.under
    return dialogue


def _said(inbound: Inbound, language: str, *, agreed: bool) -> Said:
    media = tuple(Attachment(each.reference, each.kind, each.mime) for each in inbound.media)
    text = inbound.text if inbound.payload is None else f"{OPENED} {inbound.payload}"
    return Said(text, language, inbound.choice, media, agreed=agreed, rang=inbound.rang)


def _messages(play: Play, style: Style) -> list[Outbound | UnreadBody]:
    """Return what is said as messages, fewer where lines fit together."""
    name = tag(play.dialogue) if play.dialogue is not None else ""
    messages: list[Outbound | UnreadBody] = []
    for spoken in play.lines:
        if isinstance(spoken.line, Unread):
            messages.append(play.granting.unread[spoken.line.entry])
            continue
        if isinstance(spoken.line, Sound):
            caption = render(spoken.line.caption, spoken.language, style, tag=name)
            messages.append(replace(caption, sound=spoken.line.sound))
            continue
        message = render(spoken.line, spoken.language, style, tag=name)
        before = messages[-1] if messages else None
        if isinstance(before, Outbound) and _fit(before, message, style):
            messages[-1] = replace(message, text=f"{before.text}\n{message.text}")
        else:
            messages.append(message)
    return messages


def _fit(before: Outbound, after: Outbound, style: Style) -> bool:
    """Whether two lines may travel as one message: never a receipt code beside anything."""
    if before.protect or after.protect or before.buttons or before.sound:
        return False
    return style is not Style.SMS or segments.cost(f"{before.text}\n{after.text}") == 1
