"""What the reporter says to a proposal, where they said it to a member and not to the phone."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from console import once
from console.access import member_of
from console.casefile import row_of
from console.notices import Notice
from console.responses import field, go
from console.services import services_of
from console.words import STATES
from grievances import proposals
from grievances.caseload import CaseRow
from grievances.proposals import Word
from grievances.states import NotAllowed, State

#: Where the case stands after it.
_TO: Final = {
    Word.YES: State.AGREED,
    Word.NO: State.IN_REVIEW,
    Word.TALK: State.IN_REVIEW,
    Word.APPEAL: State.APPEALED,
}


async def note(request: web.Request) -> web.Response:
    """Let the case go on by the reporter's word; a handler whose proposal is refused loses it."""
    form = await request.post()
    reference = request.match_info["reference"]
    said = field(form, "word")
    try:
        word = Word(said)
        row = await _noted(request, form, word)
    except (ValueError, NotAllowed):
        return go(request, f"/cases/{reference}", Notice("gone_on"))
    moved = Notice("moved", {"reference": row.reference}, {"state": STATES[_TO[word]]})
    lost = word is Word.NO and row.assignee == member_of(request).member.id
    return go(request, "/cases" if lost else f"/cases/{row.reference}", moved)


async def _noted(request: web.Request, form: Mapping[str, Any], word: Word) -> CaseRow:
    """Note the word, once; return the case as it stood. Raises ``NotAllowed``."""
    services, by = services_of(request), member_of(request).member
    async with services.database.transaction() as db:
        row = await row_of(request, db)
        if await once.first_time(db, field(form, "once"), services.now()):
            now, calendar = services.now(), services.calendar
            await proposals.noted(db, row.id, word, by=by, now=now, calendar=calendar)
    return row
