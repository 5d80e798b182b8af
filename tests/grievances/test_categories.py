import pytest
from sqlalchemy import func, select

from grievances import categories, revision
from grievances.categories import Register
from grievances.category import Area, Category, Name, Risk
from grievances.severity import Severity
from grievances.taxonomy import DEFAULT

DUST = Category(
    "DUST",
    0,
    5,
    Severity.S3,
    "",
    ("environment", "health"),
    risks=frozenset({Risk.DUES}),
    areas=frozenset({Area.SAFETY, Area.ENVIRONMENT}),
    position=1,
    names={"en": Name("Dust from mills", "Dust", "Dust"), "sw": Name(choice="Vumbi")},
)
PAY = DEFAULT.categories["PAY"]


def anything(_before, _after):
    """Let every menu pass: whether it fits an SMS is tried in the bots' room."""


@pytest.fixture
def edit(database, secretary, now):
    """Change the taxonomy as the console does."""

    async def edited(act, *given, check=anything, **more):
        told = {"present": DEFAULT, "check": check, "by": secretary.member, "now": now}
        async with database.transaction() as db:
            await act(db, *given, **told, **more)

    return edited


@pytest.fixture
def load(database):
    async def loaded():
        async with database.reading() as db:
            return await categories.load(db)

    return loaded


async def test_where_nothing_is_kept_what_was_built_in_counts(load):
    assert await load() is DEFAULT


async def test_the_first_taxonomy_is_kept_whole_and_once(database, load, now):
    for fresh in (DEFAULT, DEFAULT.with_category(DUST)):
        async with database.transaction() as db:
            await categories.begin(db, fresh, now)
    kept = await load()
    assert (kept.every, kept.groups, kept.edition) == (DEFAULT.every, DEFAULT.groups, 1)


async def test_no_row_is_ever_deleted(edit, database):
    await edit(revision.set_retired, "PAY", retired=True)
    async with database.reading() as db:
        found = await db.execute(select(func.count()).select_from(categories.categories))
    assert found.scalar_one() == len(DEFAULT.every)


async def test_a_process_reads_again_only_what_has_changed(edit, database):
    register = Register()
    async with database.reading() as db:
        assert await register.read(db) is DEFAULT
    await edit(revision.add, DUST)
    async with database.reading() as db:
        first = await register.read(db)
        assert await register.read(db) is first
    assert "DUST" in first.offered
