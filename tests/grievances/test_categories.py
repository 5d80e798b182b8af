from sqlalchemy import func, select

from grievances import categories, revision
from grievances.categories import Register
from grievances.taxonomy import DEFAULT
from tests.support.taxonomies import DUST

PAY = DEFAULT.categories["PAY"]


async def test_where_nothing_is_kept_what_was_built_in_counts(load_taxonomy):
    assert await load_taxonomy() is DEFAULT


async def test_the_first_taxonomy_is_kept_whole_and_once(database, load_taxonomy, now):
    for fresh in (DEFAULT, DEFAULT.with_category(DUST)):
        async with database.transaction() as db:
            await categories.begin(db, fresh, now)
    kept = await load_taxonomy()
    assert (kept.every, kept.groups, kept.edition) == (DEFAULT.every, DEFAULT.groups, 1)


async def test_no_row_is_ever_deleted(edit_taxonomy, database):
    await edit_taxonomy(revision.set_retired, "PAY", retired=True)
    async with database.reading() as db:
        found = await db.execute(select(func.count()).select_from(categories.categories))
    assert found.scalar_one() == len(DEFAULT.every)


async def test_a_process_reads_again_only_what_has_changed(edit_taxonomy, database):
    register = Register()
    async with database.reading() as db:
        assert await register.read(db) is DEFAULT
    await edit_taxonomy(revision.add, DUST)
    async with database.reading() as db:
        first = await register.read(db)
        assert await register.read(db) is first
    assert "DUST" in first.offered
