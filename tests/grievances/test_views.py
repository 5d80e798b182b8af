import pytest

from forum.members import Role
from grievances import views
from grievances.filters import Filter, Show
from grievances.severity import Severity
from grievances.views import MOST, NoName, NotYours, Taken, TooMany

GRAVE = Filter(severity=Severity.S1, district="Kivu & «Nord»")


@pytest.fixture
async def lead(join):
    return await join("lead@example.org", Role.LEAD)


@pytest.fixture
def keep(database, now):
    async def kept(person, name="Grave", chosen=GRAVE, *, shared=False):
        async with database.transaction() as db:
            await views.keep(db, person.member, name, chosen, shared=shared, now=now)

    return kept


@pytest.fixture
def of(database):
    async def seen(person):
        async with database.reading() as db:
            return list(await views.of(db, person.member))

    return seen


@pytest.fixture
def change(database):
    async def changed(person, view, name=None):
        async with database.transaction() as db:
            if name is None:
                return await views.forget(db, person.member, view.id)
            return await views.rename(db, person.member, view.id, name)

    return changed


async def test_a_view_is_kept_for_who_made_it_and_nobody_else(keep, of, secretary, lead):
    await keep(secretary, "  Grave\n ones ")
    (view,) = await of(secretary)
    assert (view.name, view.shared, view.chosen) == ("Grave ones", False, GRAVE)
    assert await of(lead) == []


async def test_a_lead_shares_with_all_who_triage(keep, of, secretary, handler, lead):
    await keep(lead, "North", shared=True)
    assert [view.name for view in await of(secretary)] == ["North"]
    assert await of(handler) == []
    with pytest.raises(NotYours):
        await keep(secretary, shared=True)


async def test_shared_views_come_first_and_each_kind_by_name(keep, of, lead):
    for name, shared in (("b", False), ("z", True), ("a", False), ("y", True)):
        await keep(lead, name, shared=shared)
    assert [view.name for view in await of(lead)] == ["y", "z", "a", "b"]


@pytest.mark.parametrize("name", ["", "   ", "\0", "x" * 41])
async def test_a_view_needs_a_name_that_fits_a_tab(keep, change, of, secretary, name):
    with pytest.raises(NoName):
        await keep(secretary, name)
    await keep(secretary)
    (view,) = await of(secretary)
    with pytest.raises(NoName):
        await change(secretary, view, name)


async def test_a_name_is_given_once(keep, change, of, secretary, lead, join):
    await keep(secretary, "Mine")
    with pytest.raises(Taken):
        await keep(secretary, "Mine", Filter(Show.MINE))
    await keep(lead, "Mine")  # another's own is none of theirs
    await keep(lead, "All", shared=True)
    second = await join("second@example.org", Role.LEAD)
    with pytest.raises(Taken):
        await keep(second, "All", shared=True)
    shared = (await of(second))[0]
    with pytest.raises(Taken):  # its owner has one of that name
        await change(second, shared, "Mine")


async def test_there_are_so_many_and_no_more_of_each_kind(keep, lead):
    for number in range(MOST):
        await keep(lead, f"{number}")
        await keep(lead, f"s{number}", shared=True)
    for shared in (True, False):
        with pytest.raises(TooMany):
            await keep(lead, "one more", shared=shared)


async def test_a_view_is_renamed_and_tells_what_it_was(keep, change, of, secretary):
    await keep(secretary)
    (view,) = await of(secretary)
    assert await change(secretary, view, "Worst") == view
    assert [each.name for each in await of(secretary)] == ["Worst"]
    await change(secretary, view, "Worst")  # as it is: nothing is taken


async def test_what_is_deleted_can_be_kept_again(keep, change, of, secretary):
    await keep(secretary)
    (view,) = await of(secretary)
    gone = await change(secretary, view)
    assert await of(secretary) == []
    await keep(secretary, gone.name, gone.chosen)
    assert [each.chosen for each in await of(secretary)] == [GRAVE]


async def test_nobody_changes_anothers_and_any_lead_a_shared_one(
    keep, change, of, secretary, lead, join
):
    await keep(lead, "own")
    await keep(lead, "shared", shared=True)
    shared, own = await of(lead)
    for view in (shared, own):
        for name in (None, "other"):
            with pytest.raises(NotYours):
                await change(secretary, view, name)
    second = await join("second@example.org", Role.LEAD)
    with pytest.raises(NotYours):
        await change(second, own)
    assert views.may_change(second.member, shared)
    assert not views.may_change(secretary.member, shared)
    await change(second, shared)
    assert await of(secretary) == []
