"""What an official waits for who looks at a survey's results, still and while answers come in.

``python -m tests.benchmarks.surveys 5000`` for fewer people.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import insert

from forum import members
from forum.bodies import sites
from forum.members import Role
from outreach import survey_tallies
from outreach.survey_tallies import SPLITS, Profile
from storage.engine import Database
from tests.benchmarks.caseload import PARTS, PASSWORD, TIMES, WARM, Browser, console, took
from tests.benchmarks.results import Result, report, share
from tests.benchmarks.scale import Scale
from tests.benchmarks.stores import ENGINES, Store, stores
from tests.support import surveying
from tests.support.surveying import GENDERS, KINDS, LANGUAGES, NUMBERS, OPTIONS, ROLES, SITES

#: People whose answers are counted, and what is asked of the page: ms at p95.
PEOPLE, GOAL = 50_000, 150.0

#: Days on which it is answered, by the month.
MONTHS = tuple(f"2026-{month:02}" for month in range(1, 13))

EMAIL = "oluwaseun@forum.example"


def codes(mark: str) -> tuple[str, ...]:
    """Return what the question with this mark may be answered by."""
    if mark in OPTIONS:
        return tuple(str(n) for n in range(1, OPTIONS[mark] + 1))
    return {"Q2": tuple(NUMBERS.values()), "Q4": MONTHS, "Q6": ("given",)}[mark]


def somebody(dice: Random) -> Profile:
    """Return what is known of one of those who answer."""
    languages = dice.choice(LANGUAGES)
    return Profile(dice.choice(SITES), dice.choice(ROLES), dice.choice(GENDERS), languages)


async def answered(database: Database, survey_id: str, ids: dict[str, str], dice: Random) -> None:
    """Let one more person answer all of it, so that no look finds what was reckoned before."""
    who = somebody(dice)
    async with database.transaction() as db:
        for mark, _ in KINDS:
            code = dice.choice(codes(mark))
            await survey_tallies.count(db, survey_id, ids[mark], code, who)


async def fill(database: Database, store: Store, people: int) -> tuple[str, dict[str, str]]:
    """Count the answers of so many people, and make an official who reads them."""
    dice, now = Random(7), datetime.now(UTC) - timedelta(days=1)
    keys = members.prepare(PASSWORD, store.keyring)
    named = [{"id": one, "code": one[-4:], "name": one[-4:]} for one in SITES]
    places = [{**one, "district": "D", "mineral": "gold"} for one in named]
    async with database.transaction() as db:
        await db.execute(insert(sites), places)
        given = {"email": EMAIL, "name": "Oluwaseun Ade", "role": Role.OFFICIAL}
        await members.join(db, **given, language="en", keys=keys, now=now)
        survey, ids = await surveying.made(db, store.keyring, now)
        for who in [somebody(dice) for _ in range(people // 50)]:
            for mark, _ in KINDS:
                code = dice.choice(codes(mark))
                await survey_tallies.count(db, survey.id, ids[mark], code, who, by=50)
    return survey.id, ids


async def measure_on(store: Store, people: int) -> AsyncIterator[Result]:
    """Look at the page; the floor is the page that asks for a password, and no database."""
    async with store.opened() as database:
        survey_id, ids = await fill(database, store, people)
        async with console(store, database) as browser:
            reader, nobody, dice = browser(), browser(), Random(8)
            await reader.sign_in(EMAIL)
            floor = await took(lambda: nobody.page("/sign-in"))

            async def nobody_answers() -> None:
                """Leave everything as it is."""

            async def somebody_answers() -> None:
                await answered(database, survey_id, ids, dice)

            for by in ("", *(by for by in SPLITS if by != "sampled")):  # no sample is drawn
                path = f"/surveys/{survey_id}/results?by={by}"
                for what, before in (("still", nobody_answers), ("live", somebody_answers)):
                    values, worked = await looks(reader, path, before)
                    name = f"survey.{store.engine}.{by or 'whole'}.{what}"
                    for part, below in PARTS.items():
                        goal = GOAL if part == "p95" else 0.0
                        base = share(floor, below)
                        yield Result(f"{name}.{part}", share(values, below), "ms", base, goal)
                    yield Result(f"{name}.cpu.p95", share(worked, PARTS["p95"]), "ms")


async def looks(
    reader: Browser, path: str, before: Callable[[], Awaitable[None]]
) -> tuple[list[float], list[float]]:
    """Return how long each look took, and how long this process worked for it: milliseconds.

    The browser's part is in it; who waits for a processor that others use is not. *before* each
    something happens.
    """
    every, worked = [], []
    for _ in range(WARM + TIMES):
        await before()
        began, began_work = time.perf_counter(), time.process_time()
        await reader.page(path)
        every.append((time.perf_counter() - began) * 1e3)
        worked.append((time.process_time() - began_work) * 1e3)
    return every[WARM:], worked[WARM:]


async def measure(scale: Scale, people: int = PEOPLE) -> AsyncIterator[Result]:
    """Look at it on each engine."""
    with stores() as made:
        for engine in ENGINES:
            store = await made.fresh(engine)
            async for result in measure_on(store, scale.people(people)):
                yield result
            await made.drop(store)


async def main(people: int) -> None:
    async for result in measure(Scale(), people):
        report(result)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE))
