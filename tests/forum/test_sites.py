import pytest

from forum import bodies, members, sites
from forum.bodies import Taken
from forum.members import Role
from forum.sites import Described, Wrong

HILL = Described("kb-12", "Kobalo Hill", "North", "gold")


@pytest.fixture
async def by(database, keyring, now):
    keys = members.prepare("a password for tests", keyring)
    async with database.transaction() as db:
        lead = {"email": "l@example.org", "name": "L", "role": Role.LEAD, "language": "en"}
        member = await members.join(db, **lead, keys=keys, now=now)
    return {"by": member.id, "now": now}


async def test_a_site_is_added_and_changed(database, by):
    async with database.transaction() as db:
        site_id = await sites.add(db, HILL, **by)
        added = await bodies.site_by_id(db, site_id)
        assert (added.code, added.method, added.zone) == ("KB12", None, None)
        told = Described("KB13", "Hill", "South", "tin", "pit", "dump", "small", "Africa/Kampala")
        await sites.change(db, site_id, told, **by)
        changed = await bodies.site_by_code(db, "kb 13")
    assert (changed.id, changed.scale, changed.zone) == (site_id, "small", "Africa/Kampala")


async def test_no_two_sites_have_one_code(database, by):
    async with database.transaction() as db:
        await sites.add(db, HILL, **by)
        other = await sites.add(db, Described("MW03", "Mwire", "South", "tin"), **by)
        with pytest.raises(Taken):
            await sites.add(db, Described("Kb 12", "x", "x", "x"), **by)
        with pytest.raises(Taken):
            await sites.change(db, other, HILL, **by)


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        (Described("", "a", "b", "c"), {"code"}),
        (Described("K" * 17, "a", "b", "c"), {"code"}),
        (Described("K1", "", "", ""), {"name", "district", "mineral"}),
        (Described("K1", "a", "b", "x" * 51), {"mineral"}),
        (Described("K1", "a", "b", "c", method="magic", deposit="moon"), {"method", "deposit"}),
        (Described("K1", "a", "b", "c", scale="huge", zone="Africa"), {"scale", "zone"}),
        (Described("K1", "a", "b", "c", zone="../etc"), {"zone"}),
    ],
)
def test_what_is_no_site_names_its_fields(told, fields):
    with pytest.raises(Wrong) as wrong:
        sites.checked(told)
    assert wrong.value.fields == fields
