"""What other bodies were asked to act on, and what they say of it."""

from datetime import timedelta
from typing import Final

from aiohttp import web

from console.access import member_of
from console.casefile import open_file, row_of
from console.notices import Notice
from console.pages.case import LONGEST, TOO_LONG, case_page
from console.responses import field, go, page
from console.services import services_of
from console.words import REFERRALS
from forum import keyholders
from grievances import referrals
from grievances.referrals import WAITING, Page, Referral, Status, TooLate
from locales import N_
from storage.unit_of_work import Reads

#: Which of them to list, by the word in the address.
FILTERS: Final = {
    "waiting": (N_("Waiting"), WAITING),
    "sent": (REFERRALS[Status.SENT], frozenset({Status.SENT})),
    "accepted": (REFERRALS[Status.ACCEPTED], frozenset({Status.ACCEPTED})),
    "rejected": (REFERRALS[Status.REJECTED], frozenset({Status.REJECTED})),
    "done": (REFERRALS[Status.DONE], frozenset({Status.DONE})),
    "all": (N_("All"), frozenset(Status)),
}

#: Days since it was sent.
AGES: Final = (0, 7, 14, 30, 90)


async def show(request: web.Request) -> web.Response:
    """List referrals, the oldest first."""
    services = services_of(request)
    shown, days = _shown(request), _days(request)
    before = services.now() - timedelta(days=days) if days else None
    async with services.database.reading() as db:
        listed = await referrals.listed(
            db,
            member_of(request).member,
            statuses=FILTERS[shown][1],
            sent_before=before,
            page=request.query.get("page"),
        )
        rows = await _opened(request, db, listed)
    return await page(
        request,
        "referrals.html",
        rows=rows,
        next_page=listed.next,
        first_page="page" not in request.query,
        filters={name: label for name, (label, _) in FILTERS.items()},
        shown=shown,
        ages=AGES,
        days=days,
        words=REFERRALS,
        categories=services_of(request).taxonomy.categories,
    )


async def change(request: web.Request) -> web.Response:
    """Keep what the other body says of a case."""
    services, form = services_of(request), await request.post()
    referral, said = request.match_info["referral"], field(form, "said")
    status = _status(field(form, "status"))
    if len(said) > LONGEST:
        file = await open_file(request)
        return await case_page(request, file, errors={referral: TOO_LONG}, status=422)
    async with services.database.transaction() as db:
        row = await row_of(request, db)
        try:
            back = await referrals.change(
                db,
                row.id,
                referral,
                status,
                by=member_of(request).member,
                note=said,
                now=services.now(),
                calendar=services.calendar,
            )
        except TooLate:
            return go(request, f"/cases/{row.reference}", Notice("gone_on"))
    key = f"referral_{status}"
    if status is Status.REJECTED and not back:
        key = "referral_rejected_only"
    return go(request, f"/cases/{row.reference}", Notice(key, {"reference": row.reference}))


async def _opened(request: web.Request, db: Reads, listed: Page) -> list[Referral]:
    me = member_of(request)
    subjects = {row.case_id for row in listed.rows}
    keys = await keyholders.open_many(db, subjects, me.member.id, me.session.private)
    return [row.opened(keys.get(row.case_id)) for row in listed.rows]


def _shown(request: web.Request) -> str:
    wished = request.query.get("show", "")
    return wished if wished in FILTERS else "waiting"


def _days(request: web.Request) -> int:
    known: dict[str, int] = {str(days): days for days in AGES}
    return known.get(request.query.get("days", ""), 0)


def _status(name: str) -> Status:
    try:
        return Status(name)
    except ValueError:
        raise web.HTTPNotFound from None
