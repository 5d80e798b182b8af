import asyncio
from dataclasses import replace

import pytest

from forum import audit
from grievances import categories, revision
from grievances.category import Area, Category, Group, Name, Risk
from grievances.revision import Wrong
from grievances.severity import Severity
from grievances.taxonomy import DEFAULT, SURVIVOR

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


async def test_a_category_is_added_with_the_next_number_and_comes_back_whole(edit, load):
    await edit(revision.add, DUST)
    kept = await load()
    assert kept.categories["DUST"] == replace(DUST, number=15)
    assert [each.key for each in kept.behind(5)] == ["DUST", "MERCURY", "WATER"]
    assert kept.every[-1].key == "OTHER"


async def test_a_category_is_changed_and_each_change_is_a_new_edition(edit, load):
    changed = replace(PAY, k=10, group=6, position=2, names={"fr": Name("Paie")})
    await edit(revision.change, changed)
    kept = await load()
    assert kept.edition == 2
    assert kept.categories["PAY"] == changed
    assert [each.key for each in kept.behind(6)] == ["PRICE", "PAY", "LEFTOUT"]
    await edit(revision.change, PAY)
    assert (await load()).categories["PAY"] == PAY
    assert (await load()).edition == 3


async def test_what_a_category_is_called_and_counted_as_never_changes(edit, load):
    forged = replace(PAY, number=99, msgid="Nothing", retired=True, lowered_by="x" * 32)
    await edit(revision.change, forged)
    assert (await load()).categories["PAY"] == PAY


async def test_who_makes_a_floor_milder_is_kept_with_it(edit, load, secretary):
    await edit(revision.change, replace(PAY, floor=Severity.S4))
    kept = (await load()).categories["PAY"]
    assert (kept.lowered_from, kept.lowered_by) == (Severity.S3, secretary.member.id)


async def test_a_category_is_retired_and_brought_back_and_keeps_its_name(edit, load):
    await edit(revision.add, DUST)
    await edit(revision.set_retired, "DUST", retired=True)
    kept = await load()
    assert "DUST" not in kept.offered
    assert kept.categories["DUST"].label.in_language("en") == "Dust from mills"
    await edit(revision.set_retired, "DUST", retired=False)
    assert [each.key for each in (await load()).behind(5)] == ["MERCURY", "WATER", "DUST"]


async def test_a_line_of_the_first_menu_is_named(edit, load):
    words = {"en": Name(choice="Dust and noise", short="Dust"), "sw": Name(choice="Vumbi")}
    await edit(revision.name_group, Group(7, words))
    await edit(revision.name_group, Group(2, {"en": Name(choice="Labour")}))
    kept = await load()
    assert kept.named(7) == Group(7, words)
    assert kept.named(2).names == {"en": Name(choice="Labour")}
    await edit(revision.name_group, Group(2))
    assert (await load()).named(2) == Group(2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"group": 7}, "group"),  # which has no name
        ({"routes": ()}, "routes"),
        ({"routes": ("labour", "labour")}, "routes"),
        ({"routes": tuple("abcde")}, "routes"),
        ({"quarantine": True}, "k"),
        ({"lane": SURVIVOR}, "k"),
        ({"k": 3}, "k"),
        ({"names": {"sw": Name(choice="x" * 61)}}, "choice_sw"),
    ],
)
async def test_what_is_wrong_is_said_by_its_field_and_nothing_is_kept(edit, load, change, field):
    with pytest.raises(Wrong) as wrong:
        await edit(revision.change, replace(PAY, **change))
    assert list(wrong.value.errors) == [field]
    assert await load() is DEFAULT


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "PAY"}, "key"),
        ({"key": "D"}, "key"),
        ({"key": "dust"}, "key"),
        ({"key": "MUCHDUST2"}, "key"),
        ({"key": "ÉBOULIS"}, "key"),
        ({"key": "DUST\n"}, "key"),
        ({"names": {}}, "label"),
        ({"names": {"en": Name(choice="Dust")}}, "label"),
    ],
)
async def test_what_is_no_new_category_is_refused(edit, load, change, field):
    with pytest.raises(Wrong) as wrong:
        await edit(revision.add, replace(DUST, **change))
    assert list(wrong.value.errors) == [field]
    assert await load() is DEFAULT


async def test_a_line_holds_eight_categories(edit, load):
    for letter in "ABCDEF":
        await edit(revision.add, replace(DUST, key=f"DUST{letter}"))
    assert len((await load()).behind(5)) == 8
    for act, given, more in [
        (revision.add, DUST, {}),
        (revision.change, replace(PAY, group=5), {}),
    ]:
        with pytest.raises(Wrong) as wrong:
            await edit(act, given, **more)
        assert list(wrong.value.errors) == ["group"]
    await edit(revision.set_retired, "DUSTA", retired=True)
    await edit(revision.add, DUST)
    with pytest.raises(Wrong):
        await edit(revision.set_retired, "DUSTA", retired=False)


async def test_what_cannot_be_sorted_keeps_its_place(edit, load):
    other = DEFAULT.categories["OTHER"]
    with pytest.raises(Wrong):
        await edit(revision.set_retired, "OTHER", retired=True)
    with pytest.raises(Wrong):
        await edit(revision.change, replace(other, group=1))
    assert await load() is DEFAULT


@pytest.mark.parametrize("act", [revision.change, revision.set_retired])
async def test_a_category_that_there_is_not_cannot_be_changed(edit, act):
    given = (DUST, {}) if act is revision.change else ("DUST", {"retired": True})
    with pytest.raises(KeyError):
        await edit(act, given[0], **given[1])


@pytest.mark.parametrize("group", [Group(9, {"en": Name(choice="Call")}), Group(7)])
async def test_9_is_taken_and_a_new_line_needs_words(edit, load, group):
    with pytest.raises(Wrong):
        await edit(revision.name_group, group)
    assert await load() is DEFAULT


async def test_what_the_check_refuses_is_not_kept(edit, load):
    class Refused(Exception):
        pass

    def refuse(before, after):
        assert ("DUST" in before.categories, "DUST" in after.categories) == (False, True)
        raise Refused

    with pytest.raises(Refused):
        await edit(revision.add, DUST, check=refuse)
    assert await load() is DEFAULT


async def test_every_change_is_written_down_with_who_made_it(edit, database, secretary):
    await edit(revision.add, DUST)
    await edit(revision.change, PAY)
    await edit(revision.set_retired, "DUST", retired=True)
    await edit(revision.set_retired, "DUST", retired=False)
    await edit(revision.name_group, Group(2))
    async with database.reading() as db:
        lines = await audit.recent(db, limit=5)
    assert [(line.act, line.subject) for line in reversed(lines)] == [
        ("taxonomy.added", "DUST"),
        ("taxonomy.changed", "PAY"),
        ("taxonomy.retired", "DUST"),
        ("taxonomy.offered", "DUST"),
        ("taxonomy.group", "2"),
    ]
    assert {line.actor for line in lines} == {secretary.member.id}


async def test_of_two_changes_at_once_both_count_and_each_is_checked_with_the_other(edit, load):
    await edit(revision.change, PAY)
    seen = []

    def look(before, after):
        seen.append(len(after.behind(5)))

    keys = [f"DUST{letter}" for letter in "ABCDE"]
    await asyncio.gather(*(edit(revision.add, replace(DUST, key=key), check=look) for key in keys))
    kept = await load()
    assert {*keys} <= {*kept.offered}
    assert sorted(seen) == [3, 4, 5, 6, 7]
    assert sorted(each.number for each in kept.every) == list(range(20))
