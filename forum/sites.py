"""The sites of the forum, kept: what is mined there and how, and in which time zone people live.

A site is never deleted: cases, subscribers and rules point to it. Its code stands on posters, so
whoever changes one has to print them anew.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, insert, select, update

from forum import audit
from forum.bodies import LONGEST_CODE, Taken, plain_code, sites
from storage.unit_of_work import Reads, Transaction

#: How the mineral is won.
METHODS: Final = ("panning", "pit", "shaft", "dredge", "quarry", "tailings")

#: Where it lies.
DEPOSITS: Final = ("alluvial", "eluvial", "hard_rock", "dump")

#: By how many hands and machines: by hand, with some machines, as a small company.
SCALES: Final = ("artisanal", "mechanised", "small")

#: Characters of a name, a district, a mineral and a zone, as the table has them.
LONGEST: Final[Mapping[str, int]] = {"name": 200, "district": 100, "mineral": 50, "zone": 64}

_CHOICES: Final = {"method": METHODS, "deposit": DEPOSITS, "scale": SCALES}


class Wrong(Exception):
    """What was said makes no site: the names of the fields that are wrong."""

    def __init__(self, fields: frozenset[str]) -> None:
        super().__init__(*sorted(fields))
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Described:
    """What is said of a site. Empty words of the last four: it is not known."""

    code: str
    name: str
    district: str
    mineral: str
    method: str = ""
    deposit: str = ""
    scale: str = ""
    zone: str = ""


async def add(db: Transaction, told: Described, *, by: str, now: datetime) -> str:
    """Add a site and return its id; *by* is a member's id. Raises ``Wrong`` and ``Taken``."""
    values = checked(told)
    await _free(db, values["code"])
    site_id = uuid4().hex
    await db.execute(insert(sites).values(id=site_id, **values))
    await audit.record(db, actor=by, act="site.added", subject=site_id, now=now)
    return site_id


async def change(
    db: Transaction, site_id: str, told: Described, *, by: str, now: datetime
) -> None:
    """Say something else of a site. Raises ``Wrong`` and ``Taken``."""
    values = checked(told)
    await _free(db, values["code"], but=site_id)
    await db.execute(update(sites).where(sites.c.id == site_id).values(values))
    await audit.record(db, actor=by, act="site.changed", subject=site_id, now=now)


def checked(told: Described) -> dict[str, str | None]:
    """Return the columns of a site: the code in capitals. Raises ``Wrong``."""
    values: dict[str, str | None] = {name: text or None for name, text in asdict(told).items()}
    values["code"] = plain_code(told.code)
    wrong = {name for name, most in LONGEST.items() if len(values[name] or "") > most}
    wrong |= {name for name in ("name", "district", "mineral") if not values[name]}
    wrong |= {name for name, known in _CHOICES.items() if values[name] not in (None, *known)}
    if not 0 < len(values["code"] or "") <= LONGEST_CODE:
        wrong.add("code")
    if told.zone and not _is_zone(told.zone):
        wrong.add("zone")
    if wrong:
        raise Wrong(frozenset(wrong))
    return values


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is none itself
        return False
    return True


async def _free(db: Reads, code: str | None, but: str = "") -> None:
    same = select(func.count()).where(sites.c.code == code, sites.c.id != but)
    if (await db.execute(same)).scalar():
        raise Taken
