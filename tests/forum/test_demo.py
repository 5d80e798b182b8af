"""The made-up forum is planted once, and leaves alone what is there."""

import re

from sqlalchemy import insert, update

from forum import audit, demo
from forum.bodies import all_bodies, all_seats, all_sites, site_by_code, sites
from forum.sites import DEPOSITS, METHODS, SCALES


async def test_the_first_screen_is_not_empty(db, now):
    await demo.plant(db, now)
    assert len(await all_sites(db)) == 14
    assert len(await all_bodies(db)) >= 8
    assert {seat.body_id for seat in await all_seats(db)} == {b.id for b in await all_bodies(db)}


async def test_codes_fit_an_sms(db, now):
    await demo.plant(db, now)
    assert all(re.fullmatch(r"[A-Z]{2}[0-9]{2}", site.code) for site in await all_sites(db))
    assert all(site.name.isascii() for site in await all_sites(db))


async def test_no_audience_by_what_a_site_is_like_is_empty(db, now):
    await demo.plant(db, now)
    planted = await all_sites(db)
    assert {site.method for site in planted} == set(METHODS)
    assert {site.deposit for site in planted} - {None} == set(DEPOSITS)
    assert {site.scale for site in planted} == set(SCALES)


async def test_planting_twice_plants_once(db, now):
    await demo.plant(db, now)
    before = await all_sites(db), await all_bodies(db), await all_seats(db)
    await demo.plant(db, now)
    assert (await all_sites(db), await all_bodies(db), await all_seats(db)) == before
    assert [act.act for act in await audit.recent(db)] == ["demo.planted"]


async def test_what_a_forum_changed_stays_changed(db, now):
    await demo.plant(db, now)
    await db.execute(update(sites).where(sites.c.code == "KB12").values(name="Our hill"))
    await demo.plant(db, now)
    assert (await site_by_code(db, "KB12")).name == "Our hill"


async def test_a_code_that_is_taken_keeps_its_site(db, now):
    ours = {"id": "x", "code": "KB12", "name": "Ours", "district": "d", "mineral": "tin"}
    await db.execute(insert(sites).values(ours))
    await demo.plant(db, now)
    assert (await site_by_code(db, "KB12")).id == "x"
