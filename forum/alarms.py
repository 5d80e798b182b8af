"""What the secretariat must be told at once, on every page of the console."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select

from forum import keyholders, members
from locales import N_
from storage import heartbeats
from storage.unit_of_work import Reads

#: The sender beats every few seconds; after this long nobody is answered any more.
SILENCE = timedelta(seconds=60)
SENDER = "sender"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing to put right. *text* is a msgid, *count* what belongs in its ``{count}``."""

    key: str
    text: str
    count: int = 0


async def alarms(
    db: Reads, now: datetime, apart_from: Select[tuple[str]] = keyholders.NOTHING
) -> list[Alarm]:
    """Return what is wrong now, the gravest first; nothing on a good day.

    *apart_from* selects the cases that whoever reads it must not know of.
    """
    return [
        *await _of_holders(db),
        *await _of_shares(db, apart_from),
        *await _of_sender(db, now),
    ]


async def _of_holders(db: Reads) -> list[Alarm]:
    count = len(await members.holders(db))
    if count == 0:
        text = N_("Nobody here has a key yet: new reports can be opened by the recovery key only.")
        return [Alarm("no_holder", text)]
    if count == 1:
        text = N_("Only one person can open new reports. Invite a second one who triages.")
        return [Alarm("one_holder", text)]
    return []


async def _of_shares(db: Reads, apart_from: Select[tuple[str]]) -> list[Alarm]:
    count = await keyholders.without_holder(db, apart_from)
    text = N_("Reports and stories that only the recovery key can open: {count}.")
    return [Alarm("recovery_only", text, count)] if count else []


async def _of_sender(db: Reads, now: datetime) -> list[Alarm]:
    last = await heartbeats.last(db, SENDER)
    text = N_("The sender is silent: answers are kept, but they do not leave this machine.")
    return [Alarm("sender_silent", text)] if last is None or now - last > SILENCE else []
