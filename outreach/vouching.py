"""A second person: what the guard before enforcement counts, two people vouch for.

A number that somebody writes down (who was at a training, how many people there are) counts once
somebody else has confirmed it. An override of the guard asks the same of its second person.
"""

from datetime import datetime
from enum import StrEnum

from forum import members
from forum.members import Member, Right
from storage.unit_of_work import Reads


class Bar(StrEnum):
    """Why somebody cannot be the second person."""

    RIGHT = "right"  # does not read rule changes (any more)
    AUTHOR = "author"  # wrote it, or asked for it
    LATER = "later"  # came to the forum after that


class Barred(Exception):
    """They cannot be the second person. *why* says for what reason."""

    def __init__(self, why: Bar) -> None:
        super().__init__(why)
        self.why = why


async def bar(db: Reads, by: Member, *, author: str, since: datetime) -> Bar | None:
    """Return why *by*, if they are still here, cannot vouch for it: ``bar_of``."""
    present = await members.get(db, by.id)
    return Bar.RIGHT if present is None else bar_of(present, author, since)


def bar_of(present: Member, author: str, since: datetime) -> Bar | None:
    """Return why *present* cannot vouch for what *author* wrote at *since*; None: they can.

    Whoever reads rule changes can, the secretariat as well: a second pair of eyes from another
    desk is the better one.
    """
    if not present.may(Right.READ_RULES):
        return Bar.RIGHT
    if present.id == author:
        return Bar.AUTHOR
    # Whoever left, and was invited again under another address, would be two people.
    return Bar.LATER if present.joined_at > since else None


async def check(db: Reads, by: Member, *, author: str, since: datetime) -> None:
    """Raise ``Barred`` unless *by* can vouch for it."""
    why = await bar(db, by, author=author, since=since)
    if why is not None:
        raise Barred(why)
