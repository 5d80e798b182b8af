"""The cases that stand beside one, as a member may see them: linked, the same, or alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from console.access import VISIT, member_of
from console.services import services_of
from console.words import in_words
from forum.members import Right
from grievances import case, correspondence, hotspots, links, merging, suggestions
from grievances.caseload import CaseRow
from grievances.category import Category
from grievances.hotspots import Repeated
from grievances.links import Kind, Link
from grievances.severity import Severity
from grievances.states import OPEN, TO_SORT
from grievances.suggestions import Reason, Suggestion
from locales import N_

#: Why a case may tell of the same, as a list tells it.
REASONS: Final[Mapping[Reason, str]] = {
    Reason.PHONE: N_("same phone"),
    Reason.SITE: N_("same site"),
    Reason.DISTRICT: N_("same district"),
    Reason.CATEGORY: N_("same kind"),
    Reason.WORDS: N_("much the same words"),
}

#: How far apart two came.
APART: Final = (N_("on the same day"), N_("one day apart"), N_("%(days)s days apart"))


@dataclass(frozen=True, slots=True)
class Kin:
    """What stands beside a case.

    *languages* are those of the others who reported the same; None: nobody else did. *repeated*
    is its place in a hot spot, or None.
    """

    links: Sequence[Link]
    languages: Sequence[str] | None
    alike: Sequence[Suggestion]
    repeated: Repeated | None

    @property
    def leader(self) -> Link | None:
        """The case of which this one is a duplicate; None: it is none."""
        return next(
            (one for one in self.links if one.kind is Kind.DUPLICATE and one.follows), None
        )

    @property
    def duplicates(self) -> list[Link]:
        """The cases that this one leads."""
        return [one for one in self.links if one.kind is Kind.DUPLICATE and not one.follows]

    @property
    def beside(self) -> list[Link]:
        """The cases that are worth reading beside this one."""
        return [one for one in self.links if one.kind is not Kind.DUPLICATE]

    def reference_of(self, case_id: str) -> str:
        """Return what staff call the case that a copied entry comes from; empty: no direct one."""
        return next((one.reference for one in self.links if one.other_id == case_id), "")

    def graver(self, row: CaseRow, known: Mapping[str, Category]) -> Severity | None:
        """Return the severity to suggest for what happens again and again; None: none."""
        floor = known[row.category].floor if row.category else row.severity
        risen = floor.one_graver
        return risen if self.repeated and risen.graver_than(row.severity) else None


async def kin_of(
    request: web.Request, db: AsyncConnection, row: CaseRow, *, alike: bool | None = None
) -> Kin:
    """Return what stands beside a case; *alike* None: look for more only while it is sorted."""
    me, now = member_of(request).member, services_of(request).now()
    look = row.state in TO_SORT if alike is None else alike
    return Kin(
        await links.of_case(db, me, row.id),
        await correspondence.other_languages(db, row.id),
        await _alike(request, db, row) if look and me.may(Right.TRIAGE) else (),
        await hotspots.repeated(db, me, row.id, now) if row.state in OPEN else None,
    )


async def _alike(request: web.Request, db: AsyncConnection, row: CaseRow) -> Sequence[Suggestion]:
    me = member_of(request)
    async with services_of(request).database.reading_routes() as routes:
        same = await correspondence.same_phone(db, routes, row.id)
    return await suggestions.suggest(
        db, me.member, me.session.private, row.id, row.received_at, same_phone=same
    )


async def let_in(request: web.Request, leader: str) -> None:
    """Give whoever came to a leading case later the key to its duplicates, since we have it."""
    services, me = services_of(request), member_of(request)
    async with services.database.reading() as db:
        if not await merging.without_key(db, leader):
            return
    async with services.database.transaction() as db:
        await case.hold(db, leader)
        await merging.let_in(
            db, leader, by=me.member, by_private=me.session.private, now=services.now()
        )


def alike_words(request: web.Request) -> Callable[[Suggestion], str]:
    """Return what tells, in this member's language, why a case is suggested."""
    language = request[VISIT].language

    def told(one: Suggestion) -> str:
        days = round(one.apart / timedelta(days=1))
        apart = in_words(APART[min(days, 2)], language) % {"days": days}
        said = [in_words(REASONS[each], language) for each in Reason if each in one.reasons]
        return ", ".join([*said, apart])

    return told
