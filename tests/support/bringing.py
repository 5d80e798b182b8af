"""Brings a messy list to an office that has people on its list already, and looks at both."""

import csv
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import IO, Any
from uuid import uuid4
from zipfile import ZipFile

from sqlalchemy import func, insert, select

from bots import doors
from channels import contacts, optout
from channels.base import Address
from console import sheets
from forum import members
from forum.bodies import sites
from forum.members import Role
from outreach import exporting, importing, imports, staging
from outreach.companions import companions
from outreach.import_columns import Statement
from outreach.imports import Verdict
from outreach.profiles import Profile
from outreach.subscribers import State, contact_of, subscribers
from storage.engine import Database
from tests.support.messy_lists import SITE, STATEMENT, MessyList
from vault.keyring import Keyring

_FORMULA = re.compile(r"\s*[=+\-@]|[\t\r\n]")

#: Rows in a statement of what was there before.
_MANY = 1_000

DIGGER = Profile(role="digger").with_phase()


class Office:
    """``await Office.opened(…)``; then ``bring``, ``put_on`` and look."""

    def __init__(self, database: Database, keyring: Keyring, now: datetime, by: str) -> None:
        self.database, self.keyring, self.now, self.by = database, keyring, now, by

    @classmethod
    async def opened(
        cls, database: Database, keyring: Keyring, now: datetime, messy: MessyList
    ) -> "Office":
        """Return an office that knows whom *messy* says it knows."""
        keys = members.prepare("a password for tests", keyring)
        site = {"id": uuid4().hex, "code": SITE, "name": "K", "district": "N", "mineral": "gold"}
        async with database.transaction() as db:
            await db.execute(insert(sites).values(site))
            who = {
                "email": "o@forum.example",
                "name": "O",
                "language": "en",
                "role": Role.OFFICIAL,
            }
            by = (await members.join(db, **who, keys=keys, now=now)).id
        office = cls(database, keyring, now, by)
        await office._list(messy.known, State.ACTIVE)
        await office._list(messy.stopped, State.STOPPED)
        for begin in range(0, len(messy.shut), _MANY):
            async with database.transaction() as db:
                for number in messy.shut[begin : begin + _MANY]:
                    await optout.stop(db, keyring, Address("sms", number), now)
        return office

    async def _list(self, numbers: list[str], state: State) -> None:
        rows = [
            {
                "id": uuid4().hex,
                "contact": contact_of(self.keyring, address),
                "route_id": contacts.pseudonym(self.keyring, address),
                "channel": "sms",
                "language": "sw",
                "role": DIGGER.role,
                "phase": DIGGER.phase,
                "state": state,
                "since": self.now,
            }
            for address in (Address("sms", number) for number in numbers)
        ]
        for begin in range(0, len(rows), _MANY):
            async with self.database.transaction() as db:
                await db.execute(insert(subscribers), rows[begin : begin + _MANY])

    async def bring(self, file: IO[bytes], statement: Statement = STATEMENT) -> str:
        """Read *file*; return the id of its import."""
        given = {"by": self.by, "now": self.now}
        return await staging.stage(self.database, self.keyring, file, statement, **given)

    async def order(self, import_id: str) -> None:
        """Have a list put on, by whoever goes on with it."""
        async with self.database.transaction() as db:
            await imports.put_on(db, import_id, by=self.by, now=self.now)

    async def go_on(self, enough: Callable[[], bool] = bool) -> None:
        """Do what the worker does."""
        await importing.advance(self.database, self.now, free=doors.free, enough=enough)

    # --- looks -------------------------------------------------------------------------------

    async def report(self, import_id: str) -> list[tuple[int, Verdict, str | None, str]]:
        """Return the whole report of a list, as ``MessyList.account`` tells it."""
        async with self.database.reading() as db:
            rows = await imports.report(db, import_id, limit=None)
        return [(row.number, row.verdict, row.why, row.ending) for row in rows]

    async def counts(self, import_id: str) -> Counter[Verdict]:
        async with self.database.reading() as db:
            return Counter(await imports.counts(db, import_id))

    async def states(self) -> dict[str, int]:
        """Return how many subscribers there are in each state."""
        async with self.database.reading() as db:
            state = subscribers.c.state
            found = await db.execute(select(state, func.count()).group_by(state))
            return {row[0]: row[1] for row in found}

    async def others(self) -> int:
        """Return how many more people listen on subscribers' telephones."""
        async with self.database.reading() as db:
            return int(
                (await db.execute(select(func.count()).select_from(companions))).scalar_one()
            )

    async def women(self) -> int:
        async with self.database.reading() as db:
            known = subscribers.c.import_id.is_(None) & (subscribers.c.gender == "woman")
            found = select(func.count()).select_from(subscribers).where(known)
            return int((await db.execute(found)).scalar_one())

    async def grid(self) -> list[list[Any]]:
        """Return the list of subscribers as it is handed over."""
        async with self.database.reading() as db:
            rows = [row async for some in exporting.pages(db) for row in exporting.cells(some)]
        numbered = [[number, *row] for number, row in enumerate(rows, start=1)]
        return [["", *exporting.COLUMNS], *numbered]


def formulas_in(grid: list[list[Any]], folder: Path) -> tuple[int, int]:
    """Return how many cells of *grid* would be a formula, handed over as CSV and as a workbook."""
    text = StringIO(sheets.as_csv(grid).decode("utf-8-sig"), newline="")
    begins = [cell for row in csv.reader(text) for cell in row if _FORMULA.match(cell)]
    path = folder / "list.xlsx"
    path.write_bytes(sheets.as_xlsx(grid, "Subscribers"))
    with ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
    return len(begins), len(re.findall(rb"<f[ >]|<hyperlink", sheet))


def peak() -> float:
    """Return how much memory this process has held at most since ``forget_peak``, in megabytes."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def forget_peak() -> float:
    """Measure ``peak`` from now on; return what is held now."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()
