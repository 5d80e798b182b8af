"""The appeal panel decides on the page of the case."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from console import once
from console.access import member_of
from console.casefile import open_file, row_of
from console.notices import Notice
from console.pages.case import EMPTY, LONGEST, TOO_LONG, case_page
from console.responses import field, go
from console.services import services_of
from forum.members import Right
from grievances import verdicts
from grievances.exclusions import NotEligible
from grievances.states import NotAllowed
from locales import N_

#: What may be decided.
UPHELD, DISMISSED = "upheld", "dismissed"

NO_VERDICT: Final = N_("Choose what the panel decides.")
NOT_YOURS: Final = N_("You do not sit on this appeal.")


async def decide(request: web.Request) -> web.Response:
    """Decide, and tell the reporter why; the panel has no more part in the case after it."""
    form = await request.post()
    errors = _wrong(form)
    if not errors:
        try:
            return await _decided(request, form)
        except NotEligible:
            errors = {"verdict": NOT_YOURS}
        except NotAllowed:
            reference = request.match_info["reference"]
            return go(request, f"/cases/{reference}", Notice("gone_on"))
    return await case_page(request, await open_file(request), form, errors, status=422)


async def _decided(request: web.Request, form: Mapping[str, Any]) -> web.Response:
    services, by = services_of(request), member_of(request).member
    async with services.database.transaction() as db:
        row = await row_of(request, db)
        fresh = await once.first_time(db, field(form, "once"), services.now())
        if fresh:
            await verdicts.decide(
                db,
                services.keyring,
                row.id,
                upheld=field(form, "verdict") == UPHELD,
                reason=field(form, "grounds"),
                by=by,
                now=services.now(),
                calendar=services.calendar,
            )
    done = Notice("decided", {"reference": row.reference}) if fresh else Notice("twice")
    stays = by.may(Right.TRIAGE)
    return go(request, f"/cases/{row.reference}" if stays else "/cases", done)


def _wrong(form: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    if field(form, "verdict") not in {UPHELD, DISMISSED}:
        errors["verdict"] = NO_VERDICT
    grounds = field(form, "grounds")
    if not grounds or len(grounds) > LONGEST:
        errors["grounds"] = TOO_LONG if grounds else EMPTY
    return errors
