"""A register of a hundred thousand messy rows, read, put on, and killed in the middle of both.

``make soak ARGS="tests/soak/test_imports.py --rows 20000"`` is a short one. It prints what it
took. The suite does the same with 2,000 rows (``tests/outreach/test_staging.py`` and
``test_importing.py``).
"""

import asyncio
import json
import signal
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from outreach import imports
from outreach.imports import State as Stage
from outreach.imports import Verdict, import_rows
from outreach.subscribers import State, subscribers
from tests.support.bringing import Office, forget_peak, formulas_in, peak
from tests.support.messy_lists import MessyList
from tests.support.patience import until

ROOT = Path(__file__).parents[2]

#: Megabytes that a list may take while it is read or put on, however long it is. The rows of a
#: chunk and the pages of SQLite are some ten; a workbook's shared texts, and a report of every
#: row that is handed over as one, are more.
CSV_GROWS, WORKBOOK_GROWS = 40, 160

#: Seconds within which the database has what a page of the report shows.
PAGE_WITHIN = 0.5

#: Seconds within which a child of ours must come as far as a test waits for.
PATIENCE = 600


@pytest.fixture
def carrier():
    """No provider is needed here."""


@pytest.fixture(scope="module")
def messy(request):
    return MessyList(request.config.getoption("rows"))


@pytest.fixture
async def office(database, keyring, now, messy):
    return await Office.opened(database, keyring, now, messy)


class Timed:
    """Seconds and megabytes of one thing."""

    def __enter__(self):
        self._before, self._began = forget_peak(), time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = round(time.monotonic() - self._began, 1)
        self.grown = round(peak() - self._before, 1)

    def __str__(self):
        return f"{self.seconds} s, {self.grown} MB more"


async def test_a_register_is_read_put_on_and_put_on_again(office, messy, tmp_path, database):
    engine = database.writer.dialect.name
    path = tmp_path / "register.csv"
    path.write_bytes(messy.text("latin-1"))
    with path.open("rb") as file, Timed() as reading:
        staged = await office.bring(file)
    print(f"\n{engine}: {len(messy.lines)} rows as CSV read in {reading}")
    assert await office.report(staged) == messy.account
    slowest = await _slowest_page(database, staged, messy.account[-1][0])
    print(f"{engine}: a page of the report in {slowest * 1000:.0f} ms")
    assert slowest < PAGE_WITHIN
    assert await office.states() == {
        State.ACTIVE: len(messy.known),
        State.STOPPED: len(messy.stopped),
    }
    await office.order(staged)
    with Timed() as putting:
        await office.go_on()
    print(f"{engine}: {messy.counts[Verdict.NEW]} put on in {putting}")
    expected = await _is_on(office, messy)
    with path.open("rb") as file, Timed() as again:
        second = await office.bring(file)
    counts = await office.counts(second)
    print(f"{engine}: read again in {again}: {dict(counts)}")
    assert (counts[Verdict.NEW], counts[Verdict.CHANGED]) == (0, 0)
    await office.order(second)
    await office.go_on()
    assert await office.states() == expected
    with Timed() as exporting:
        grid = await office.grid()
        assert formulas_in(grid, tmp_path) == (0, 0)
    print(f"{engine}: handed over as CSV and as a workbook in {exporting}")
    assert sum("=1+1" in row for row in grid) > 0
    assert max(reading.grown, putting.grown, again.grown) < CSV_GROWS
    async with office.database.transaction() as db:
        await imports.take_back(db, staged, by=office.by, now=office.now)
    with Timed() as taking:
        await office.go_on()
    print(f"{engine}: taken off in {taking}")
    assert (await office.states())[State.ACTIVE] == len(messy.known)


async def test_a_workbook_is_read_as_well(office, messy, tmp_path, database):
    messy.workbook(path := tmp_path / "register.xlsx")
    with path.open("rb") as file, Timed() as reading:
        staged = await office.bring(file)
    print(f"\n{database.writer.dialect.name}: {len(messy.lines)} rows of Excel read in {reading}")
    assert await office.report(staged) == messy.account
    assert reading.grown < WORKBOOK_GROWS


async def test_killed_in_the_middle_there_is_nothing_or_all(
    office, messy, tmp_path, database, database_url, key_folder
):
    path = tmp_path / "register.csv"
    path.write_bytes(messy.text("utf-16"))
    where = {"database": database_url, "data": str(tmp_path), "keys": str(key_folder[0])}
    where |= {"now": office.now.isoformat(), "by": office.by}
    # While it is read: nobody is on the list, and what was read of it can be forgotten.
    before = await office.states()
    await _killed({**where, "file": str(path)}, lambda: _staged(database, len(messy.lines) // 2))
    assert await office.states() == before
    async with database.transaction() as db:
        (one,) = await imports.every(db)
        assert one.state is Stage.READING
        await imports.drop(db, one.id)
    assert await _staged(database, 1) is False
    # While it is put on: nobody of it is told anything, and whoever comes next goes on.
    with path.open("rb") as file:
        staged = await office.bring(file)
    await office.order(staged)
    for share in (0.25, 0.6):
        some = int(messy.counts[Verdict.NEW] * share)
        await _killed(where, lambda some=some: _pending(database, some))
        states = await office.states()
        assert states[State.ACTIVE] == len(messy.known)
        assert 0 < states[State.PENDING] < messy.counts[Verdict.NEW]
    await office.go_on()
    await _is_on(office, messy)


async def _is_on(office, messy):
    """Check that all of it is on the list, and what it said of people who were there before."""
    expected = {
        State.ACTIVE: len(messy.known) + messy.counts[Verdict.NEW],
        State.STOPPED: len(messy.stopped),
    }
    assert await office.states() == expected
    assert await office.others() == messy.of_kind("another person")
    assert await office.women() == messy.of_kind("adds")
    return expected


async def _slowest_page(database, staged, last):
    """Return the seconds of the slowest page of a report, from its first row to its *last*."""
    slowest = 0.0
    for after in (0, last // 2, last - imports.PAGE // 2):
        for verdict in (None, *Verdict):
            began = time.monotonic()
            async with database.reading() as db:
                await imports.counts(db, staged)
                given = {"verdict": verdict, "after": after, "limit": imports.PAGE + 1}
                rows = await imports.report(db, staged, **given)
            slowest = max(slowest, time.monotonic() - began)
            assert len(rows) <= imports.PAGE + 1
    return slowest


async def _killed(where, far_enough):
    """Let a process go on until *far_enough*, and end it with SIGKILL."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.import_process", json.dumps(where), cwd=ROOT
    )
    await until(far_enough, PATIENCE)
    child.kill()
    assert await child.wait() == -signal.SIGKILL


async def _staged(database, rows):
    async with database.reading() as db:
        counted = select(func.count()).select_from(import_rows)
        return (await db.execute(counted)).scalar_one() >= rows


async def _pending(database, people):
    async with database.reading() as db:
        waiting = subscribers.c.state == State.PENDING
        counted = select(func.count()).select_from(subscribers).where(waiting)
        return (await db.execute(counted)).scalar_one() >= people
