import asyncio
from dataclasses import replace

import pytest

from forum import audit
from grievances import revision
from grievances.category import Group, Name
from grievances.revision import Wrong
from grievances.severity import Severity
from grievances.taxonomy import DEFAULT, SURVIVOR
from tests.support.taxonomies import DUST

PAY = DEFAULT.categories["PAY"]


async def test_a_category_is_added_with_the_next_number_and_comes_back_whole(
    edit_taxonomy, load_taxonomy
):
    await edit_taxonomy(revision.add, DUST)
    kept = await load_taxonomy()
    assert kept.categories["DUST"] == replace(DUST, number=15)
    assert [each.key for each in kept.behind(5)] == ["DUST", "MERCURY", "WATER"]
    assert kept.every[-1].key == "OTHER"


async def test_a_category_is_changed_and_each_change_is_a_new_edition(
    edit_taxonomy, load_taxonomy
):
    changed = replace(PAY, k=10, group=6, position=2, names={"fr": Name("Paie")})
    await edit_taxonomy(revision.change, changed)
    kept = await load_taxonomy()
    assert kept.edition == 2
    assert kept.categories["PAY"] == changed
    assert [each.key for each in kept.behind(6)] == ["PRICE", "PAY", "LEFTOUT"]
    await edit_taxonomy(revision.change, PAY)
    assert (await load_taxonomy()).categories["PAY"] == PAY
    assert (await load_taxonomy()).edition == 3


async def test_what_a_category_is_called_and_counted_as_never_changes(
    edit_taxonomy, load_taxonomy
):
    forged = replace(PAY, number=99, msgid="Nothing", retired=True, lowered_by="x" * 32)
    await edit_taxonomy(revision.change, forged)
    assert (await load_taxonomy()).categories["PAY"] == PAY


async def test_who_makes_a_floor_milder_is_kept_with_it(edit_taxonomy, load_taxonomy, secretary):
    await edit_taxonomy(revision.change, replace(PAY, floor=Severity.S4))
    kept = (await load_taxonomy()).categories["PAY"]
    assert (kept.lowered_from, kept.lowered_by) == (Severity.S3, secretary.member.id)


async def test_a_category_is_retired_and_brought_back_and_keeps_its_name(
    edit_taxonomy, load_taxonomy
):
    await edit_taxonomy(revision.add, DUST)
    await edit_taxonomy(revision.set_retired, "DUST", retired=True)
    kept = await load_taxonomy()
    assert "DUST" not in kept.offered
    assert kept.categories["DUST"].label.in_language("en") == "Dust from mills"
    await edit_taxonomy(revision.set_retired, "DUST", retired=False)
    assert [each.key for each in (await load_taxonomy()).behind(5)] == ["MERCURY", "WATER", "DUST"]


async def test_a_line_of_the_first_menu_is_named(edit_taxonomy, load_taxonomy):
    words = {"en": Name(choice="Dust and noise", short="Dust"), "sw": Name(choice="Vumbi")}
    await edit_taxonomy(revision.name_group, Group(7, words))
    await edit_taxonomy(revision.name_group, Group(2, {"en": Name(choice="Labour")}))
    kept = await load_taxonomy()
    assert kept.named(7) == Group(7, words)
    assert kept.named(2).names == {"en": Name(choice="Labour")}
    await edit_taxonomy(revision.name_group, Group(2))
    assert (await load_taxonomy()).named(2) == Group(2)


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
async def test_what_is_wrong_is_said_by_its_field_and_nothing_is_kept(
    edit_taxonomy, load_taxonomy, change, field
):
    with pytest.raises(Wrong) as wrong:
        await edit_taxonomy(revision.change, replace(PAY, **change))
    assert list(wrong.value.errors) == [field]
    assert await load_taxonomy() is DEFAULT


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
async def test_what_is_no_new_category_is_refused(edit_taxonomy, load_taxonomy, change, field):
    with pytest.raises(Wrong) as wrong:
        await edit_taxonomy(revision.add, replace(DUST, **change))
    assert list(wrong.value.errors) == [field]
    assert await load_taxonomy() is DEFAULT


async def test_a_line_holds_eight_categories(edit_taxonomy, load_taxonomy):
    for letter in "ABCDEF":
        await edit_taxonomy(revision.add, replace(DUST, key=f"DUST{letter}"))
    assert len((await load_taxonomy()).behind(5)) == 8
    for act, given, more in [
        (revision.add, DUST, {}),
        (revision.change, replace(PAY, group=5), {}),
    ]:
        with pytest.raises(Wrong) as wrong:
            await edit_taxonomy(act, given, **more)
        assert list(wrong.value.errors) == ["group"]
    await edit_taxonomy(revision.set_retired, "DUSTA", retired=True)
    await edit_taxonomy(revision.add, DUST)
    with pytest.raises(Wrong):
        await edit_taxonomy(revision.set_retired, "DUSTA", retired=False)


async def test_what_cannot_be_sorted_keeps_its_place(edit_taxonomy, load_taxonomy):
    other = DEFAULT.categories["OTHER"]
    with pytest.raises(Wrong):
        await edit_taxonomy(revision.set_retired, "OTHER", retired=True)
    with pytest.raises(Wrong):
        await edit_taxonomy(revision.change, replace(other, group=1))
    assert await load_taxonomy() is DEFAULT


@pytest.mark.parametrize("act", [revision.change, revision.set_retired])
async def test_a_category_that_there_is_not_cannot_be_changed(edit_taxonomy, act):
    given = (DUST, {}) if act is revision.change else ("DUST", {"retired": True})
    with pytest.raises(KeyError):
        await edit_taxonomy(act, given[0], **given[1])


@pytest.mark.parametrize("group", [Group(9, {"en": Name(choice="Call")}), Group(7)])
async def test_9_is_taken_and_a_new_line_needs_words(edit_taxonomy, load_taxonomy, group):
    with pytest.raises(Wrong):
        await edit_taxonomy(revision.name_group, group)
    assert await load_taxonomy() is DEFAULT


async def test_what_the_check_refuses_is_not_kept(edit_taxonomy, load_taxonomy):
    class Refused(Exception):
        pass

    def refuse(before, after):
        assert ("DUST" in before.categories, "DUST" in after.categories) == (False, True)
        raise Refused

    with pytest.raises(Refused):
        await edit_taxonomy(revision.add, DUST, check=refuse)
    assert await load_taxonomy() is DEFAULT


async def test_every_change_is_written_down_with_who_made_it(edit_taxonomy, database, secretary):
    await edit_taxonomy(revision.add, DUST)
    await edit_taxonomy(revision.change, PAY)
    await edit_taxonomy(revision.set_retired, "DUST", retired=True)
    await edit_taxonomy(revision.set_retired, "DUST", retired=False)
    await edit_taxonomy(revision.name_group, Group(2))
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


async def test_of_two_changes_at_once_both_count_and_each_is_checked_with_the_other(
    edit_taxonomy, load_taxonomy
):
    await edit_taxonomy(revision.change, PAY)
    seen = []

    def look(before, after):
        seen.append(len(after.behind(5)))

    keys = [f"DUST{letter}" for letter in "ABCDE"]
    await asyncio.gather(
        *(edit_taxonomy(revision.add, replace(DUST, key=key), check=look) for key in keys)
    )
    kept = await load_taxonomy()
    assert {*keys} <= {*kept.offered}
    assert sorted(seen) == [3, 4, 5, 6, 7]
    assert sorted(each.number for each in kept.every) == list(range(20))
