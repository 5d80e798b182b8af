"""A site is found by its code, however it is typed."""

import pytest
from sqlalchemy import insert

from forum.bodies import (
    Site,
    all_bodies,
    all_seats,
    all_sites,
    site_by_code,
    site_by_id,
    site_called,
    sites,
)

HILL = {"id": "s1", "code": "KB12", "name": "Hill", "district": "North", "mineral": "gold"}


@pytest.fixture
async def hill(db):
    await db.execute(insert(sites).values(HILL))
    return Site(**HILL)


@pytest.mark.parametrize(
    "typed",
    [
        "KB12",
        "kb12",
        " kb 12 ",
        "Kb-12.",
        "KB\u00a012",
        "KB\u0661\u0662",
        "\uff2b\uff22\uff11\uff12",
    ],
)
async def test_a_code_is_forgiven_its_spelling(db, hill, typed):
    assert await site_by_code(db, typed) == hill


@pytest.mark.parametrize(
    "typed", ["", "KB1", "KB123", "near the river", "K" * 10_000, "\x00", "½"]
)
async def test_what_is_no_code_is_no_site(db, hill, typed):
    assert await site_by_code(db, typed) is None


@pytest.mark.parametrize("typed", ["Été Ridge", "  ETE-ridge. ", "ete   ridge", "Ete ridge\n"])
async def test_a_site_is_found_by_its_name_however_it_is_typed(db, typed):
    await db.execute(
        insert(sites).values({**HILL, "id": "n" * 32, "code": "NN1", "name": "Été Ridge"})
    )
    assert (await site_called(db, typed)).code == "NN1"
    assert (await site_called(db, "nn 1")).code == "NN1"


@pytest.mark.parametrize("typed", ["", "!", "ridge", "the Été Ridge", "x" * 5_000])
async def test_a_name_that_is_not_all_of_it_finds_none(db, typed):
    await db.execute(
        insert(sites).values({**HILL, "id": "n" * 32, "code": "NN1", "name": "Été Ridge"})
    )
    assert await site_called(db, typed) is None


async def test_a_name_that_two_sites_have_finds_neither(db):
    for code in ("NN1", "NN2"):
        await db.execute(
            insert(sites).values({**HILL, "id": code * 4, "code": code, "name": "Ridge"})
        )
    assert await site_called(db, "ridge") is None


async def test_a_site_is_found_by_its_id(db, hill):
    assert await site_by_id(db, "s1") == hill
    assert await site_by_id(db, "s2") is None


async def test_an_empty_forum_has_none(db):
    assert await all_bodies(db) == await all_seats(db) == await all_sites(db) == []
