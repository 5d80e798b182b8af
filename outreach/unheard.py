"""Stories whose tellers asked to hear what became of them, and were not told yet."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select

from outreach.discussions import State, discussions
from outreach.report_backs import KEPT_FOR, report_back_wishes
from outreach.voice_marks import voice_marks
from outreach.voices import voices
from storage.unit_of_work import Reads

#: So long before a way back is erased the secretariat is told that it will be.
WARNED: Final = timedelta(days=60)


class Waits(StrEnum):
    """Which of them."""

    ALL = "all"
    SOON = "soon"  # those whose way back is erased soon


def of(which: Waits, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a row of ``voices`` is one of *which*.

    What was told counts where the story was filed under it before. Of what was stopped nobody can
    say who was told, so that it counts as not told.
    """
    c = report_back_wishes.c
    wishes = select(c.voice_id)
    if which is Waits.SOON:
        wishes = wishes.where(c.day < now - KEPT_FOR + WARNED)
    return voices.c.id.in_(wishes) & ~_TOLD


async def soon(db: Reads, now: datetime, known: ColumnElement[bool]) -> int:
    """Return of how many the way back is erased soon; *known*: see ``voices.known_to``."""
    counted = select(func.count()).select_from(voices).where(of(Waits.SOON, now), known)
    return (await db.execute(counted)).scalar_one()


_TOLD = (
    exists()
    .where(voice_marks.c.voice_id == voices.c.id)
    .where(discussions.c.kind == voice_marks.c.kind, discussions.c.value == voice_marks.c.value)
    .where(discussions.c.state.in_((State.TELLING, State.TOLD)))
    .where(discussions.c.released_at >= voices.c.at)
    .where(discussions.c.released_at >= voice_marks.c.at)
)
