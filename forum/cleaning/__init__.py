"""Files without what they tell about whoever made them: pure, from bytes to bytes.

A stranger's file is read by libraries that may have faults of their own, so nobody but
``forum.cleaning.apart`` calls this from the product: it does so in a process that holds no key.
"""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a file is kept as it came."""

    UNKNOWN = "unknown"  # a type that we do not know, or that holds something we do not know
    BROKEN = "broken"  # not what its type says that it is
    TOO_MUCH = "too-much"  # it unpacks to more than we let through
    ACTIVE = "active"  # it holds programs
    LOCKED = "locked"  # it is closed by a password
    STUCK = "stuck"  # cleaning it did not come to an end
    UNTRIED = "untried"  # it came before files were cleaned


class CannotClean(Exception):
    """This file cannot be freed of hidden data. Says why in a word of ours, and never more."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True, repr=False)
class Cleaned:
    """A file without hidden data, and the media type that it has in truth."""

    mime: str
    content: bytes
