"""A survey's invitation becomes a broadcast: to its sample, and again to those not at the end.

From here on it is a broadcast like any other, with a second person's approval. Each of its times
goes to whoever of the sample may be written to by then (``survey_invitations.waiting``).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from forum.members import Member
from outreach import announcements, surveys
from outreach.announcements import Announcement, Draft, Words
from outreach.schedules import Schedule
from outreach.survey_invitations import MOST_REMINDERS
from outreach.surveys import Survey
from storage.unit_of_work import Reads, Transaction

#: Days between two times, unless the official chooses others: a weekday and a market day apart.
EVERY: Final = 3

#: Characters of a broadcast's title, as its table has them.
_TITLE: Final = 120


class NotListening(Exception):
    """The survey takes no answer now, so nobody is invited to it."""


async def begin(
    db: Transaction, survey: Survey, texts: Mapping[str, str], *, by: Member, now: datetime
) -> str:
    """Draft a broadcast that says *texts*, by language, and return its id.

    With a sample it goes to that alone, and as often as reminders fit before the survey is over;
    without one it goes once, to whomever the official chooses. After the end (``over_at``) it
    goes to nobody, however late it is approved. *texts* has the survey's language.
    Raises ``NotListening``.
    """
    if not survey.listens(now):
        raise NotListening
    times = _times(survey, now)
    draft = Draft(
        survey.name[:_TITLE],
        survey.language,
        schedule=Schedule(times=times, every=EVERY if times > 1 else 0),
        survey_id=survey.id,
    )
    said = {(0, tag): Words(text) for tag, text in texts.items()}
    return await announcements.create(db, draft, by=by, now=now, texts=said)


async def over_at(db: Reads, this: Announcement) -> datetime | None:
    """Return from when on nobody is invited by *this*; None: it is no invitation."""
    if this.draft.survey_id is None:
        return None
    survey = await surveys.get(db, this.draft.survey_id)
    return None if survey is None else survey.expires_at


def _times(survey: Survey, now: datetime) -> int:
    if not survey.drawn or survey.expires_at is None:
        return 1
    return 1 + min(MOST_REMINDERS, (survey.expires_at - now).days // EVERY)
