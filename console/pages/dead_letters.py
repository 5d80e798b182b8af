"""What did not arrive, why, and one more try: for one message, or for all of one reason."""

from datetime import datetime

from aiohttp import web

from channels import dead_letters
from channels.dead_letters import AT_ONCE, LOOKED_AT, Again, Reason
from console import delivery_words
from console.access import member_of
from console.notices import Notice, Undo
from console.responses import field, go, page
from console.services import services_of
from forum import audit
from forum.members import Right
from storage.base import EPOCH, MICROSECOND

HERE = "/dead-letters"

#: Microseconds since 1970, until the year 2286.
MOMENT_DIGITS = 16


async def show(request: web.Request) -> web.Response:
    """List what did not arrive, the newest first."""
    services = services_of(request)
    reason = Reason.of(request.query.get("why", ""))
    after = request.query.get("page")
    async with services.database.reading() as db:
        listed = await dead_letters.page(db, services.now(), reason=reason, after=after)
        reasons = await dead_letters.reasons(db)
    return await page(
        request,
        "dead_letters.html",
        letters=listed.rows,
        next_page=listed.next,
        first_page=after is None,
        reason=reason,
        reasons=reasons,
        total=sum(reasons.values()),
        looked_at=LOOKED_AT,
        words=delivery_words,
        Again=Again,
        may_steer=member_of(request).may(Right.STEER_DELIVERY),
    )


async def again(request: web.Request) -> web.Response:
    """Send one message once more."""
    services, me = services_of(request), member_of(request).member
    outbox_id, now = request.match_info["letter"], services.now()
    async with services.database.transaction() as db:
        letter = await dead_letters.find(db, outbox_id, now)
        done = letter is not None and await dead_letters.requeue(db, outbox_id, now)
        if done:
            await audit.record(db, actor=me.id, act="delivery.again", subject=outbox_id, now=now)
    if letter is None or not done:
        return go(request, HERE, Notice("not_again"))
    return go(request, _back(request), Notice("again", undo=_undo(letter.reason, now)))


async def ask_all(request: web.Request) -> web.Response:
    """Ask before many leave once more."""
    reason = _reason(request.query.get("why", ""))
    async with services_of(request).database.reading() as db:
        count = (await dead_letters.reasons(db)).get(reason, 0)
    return await page(
        request,
        "dead_letters_all.html",
        reason=reason,
        count=min(count, AT_ONCE),
        more=count > AT_ONCE,
        words=delivery_words,
    )


async def all_again(request: web.Request) -> web.Response:
    """Send all of one reason once more, the oldest first."""
    services, me = services_of(request), member_of(request).member
    reason, now = _reason(field(await request.post(), "why")), services.now()
    async with services.database.transaction() as db:
        count = await dead_letters.requeue_all(db, reason, now)
        subject = reason.key[:64]
        await audit.record(db, actor=me.id, act="delivery.all_again", subject=subject, now=now)
    if not count:
        return go(request, HERE, Notice("not_again"))
    notice = Notice("all_again", {"count": str(count)}, undo=_undo(reason, now))
    return go(request, HERE, notice)


async def put_back(request: web.Request) -> web.Response:
    """Take back what was to leave once more, as far as it has not left."""
    services, me = services_of(request), member_of(request).member
    form = await request.post()
    reason, at = _reason(field(form, "why")), _moment(field(form, "at"))
    now = services.now()
    async with services.database.transaction() as db:
        count = await dead_letters.put_back(db, reason, at, now)
        subject = reason.key[:64]
        await audit.record(db, actor=me.id, act="delivery.put_back", subject=subject, now=now)
    if not count:
        return go(request, HERE, Notice("left_already"))
    return go(request, HERE, Notice("put_back", {"count": str(count)}))


def _undo(reason: Reason, at: datetime) -> Undo:
    return Undo(f"{HERE}/back", {"why": reason.key, "at": str((at - EPOCH) // MICROSECOND)})


def _reason(word: str) -> Reason:
    reason = Reason.of(word)
    if reason is None:
        raise web.HTTPNotFound
    return reason


def _moment(word: str) -> datetime:
    if not (word.isdecimal() and word.isascii() and len(word) <= MOMENT_DIGITS):
        raise web.HTTPNotFound
    return EPOCH + int(word) * MICROSECOND


def _back(request: web.Request) -> str:
    """Return the list that the button was pressed in."""
    reason = Reason.of(request.query.get("why", ""))
    return HERE if reason is None else f"{HERE}?why={reason.key}"
