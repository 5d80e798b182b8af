from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from forum import audit
from forum.members import Role
from outreach import events, rule_changes
from outreach.events import Changed, Kind, Told, Wrong
from outreach.vouching import Bar, Barred


@pytest.fixture
async def told(ground):
    site = await ground.site("KB12")
    ground.now -= timedelta(days=5)
    rule = await ground.rule(site)
    ground.now += timedelta(days=5)
    seen = {"rule_id": rule.id, "tells": "13", "site_id": site}
    return Told(Kind.TRAINING, "en", ground.today, **seen, women=7, men=5, materials="Poster")


async def add(ground, told):
    return await ground.do(events.add, told, by="system", zone=UTC)


async def test_an_event_is_kept_with_the_edition_that_was_heard(ground, told):
    made = await add(ground, told)
    kept = await ground.read(events.find, made)
    assert (kept.told, kept.edition, kept.told.people) == (told, 1, 12)
    assert await ground.read(events.waiting, told.rule_id, 1) == [kept]
    assert await ground.read(events.waiting, told.rule_id, 2) == []


async def test_it_counts_once_a_second_person_has_confirmed_it(ground, told, rehema):
    made = await ground.do(events.add, told, by=rehema.id, zone=UTC)
    late = await ground.member(joined=ground.now + timedelta(minutes=1))
    handler = await ground.member(Role.HANDLER)
    for person, why in ((rehema, Bar.AUTHOR), (late, Bar.LATER), (handler, Bar.RIGHT)):
        with pytest.raises(Barred) as error:
            await ground.do(events.confirm, made, by=person)
        assert error.value.why is why
    assert await ground.read(events.of_rule, told.rule_id, 1) == []
    second = await ground.second()
    await ground.do(events.confirm, made, by=second)
    (kept,) = await ground.read(events.of_rule, told.rule_id, 1)
    assert (kept.id, kept.confirmed_by, kept.confirmed_at) == (made, second.id, ground.now)
    assert await ground.read(events.waiting, told.rule_id, 1) == []
    assert (await ground.read(audit.recent))[0].act == "outreach.confirmed"
    with pytest.raises(Changed):
        await ground.do(events.confirm, made, by=second)


async def test_a_correction_waits_for_a_second_person_again(ground, told, rehema):
    made = await ground.hold(told)
    by = {"by": rehema.id, "zone": UTC}
    other = await ground.do(events.correct, made, replace(told, women=9000), **by)
    assert await ground.read(events.of_rule, told.rule_id, 1) == []
    with pytest.raises(Changed):
        await ground.do(events.confirm, made, by=await ground.second())
    with pytest.raises(Barred):
        await ground.do(events.confirm, other, by=rehema)


async def test_one_of_no_rule_waits_for_nobody(ground, told):
    made = await add(ground, replace(told, rule_id=None, tells=""))
    assert not (await ground.read(events.find, made)).waits
    with pytest.raises(Changed):
        await ground.do(events.confirm, made, by=await ground.second())


@pytest.fixture
async def second_edition(ground, rules, told):
    """A second edition of the rule, published two days ago."""
    rules.now = ground.now - timedelta(days=2)
    rule = await ground.read(rule_changes.find, told.rule_id)
    changed = await rules.act("change", rule, replace(rule.facts, legal="Act 2"))
    await rules.act("publish", changed)


async def edition_of(ground, made):
    return (await ground.read(events.find, made)).edition


@pytest.mark.parametrize(("ago", "edition"), [(5, 1), (3, 1), (2, 2), (0, 2)])
async def test_it_is_of_the_edition_that_was_told_on_its_day(
    ground, told, second_edition, ago, edition
):
    made = await add(ground, replace(told, day=ground.today - timedelta(days=ago)))
    assert await edition_of(ground, made) == edition


async def test_before_the_first_edition_nobody_was_told(ground, told, second_edition):
    with pytest.raises(Wrong) as error:
        await add(ground, replace(told, day=ground.today - timedelta(days=6)))
    assert error.value.fields == {"early"}


async def test_a_correction_stays_with_its_edition_unless_it_was_another_day(ground, rules, told):
    made = await add(ground, told)
    rule = await ground.read(rule_changes.find, told.rule_id)
    changed = await rules.act("change", rule, replace(rule.facts, legal="Act 2"))
    await rules.act("publish", changed)  # later on the same day
    assert await edition_of(ground, await add(ground, told)) == 2
    by = {"by": "system", "zone": UTC}
    other = await ground.do(events.correct, made, replace(told, materials="Posters"), **by)
    assert await edition_of(ground, other) == 1
    before = replace(told, day=ground.today - timedelta(days=1))
    moved = await ground.do(events.correct, other, before, **by)
    assert await edition_of(ground, moved) == 1
    moved = await ground.do(events.correct, moved, told, **by)
    assert await edition_of(ground, moved) == 2


async def test_one_of_no_rule_counts_for_none(ground, told):
    made = await add(ground, replace(told, rule_id=None, tells=""))
    assert (await ground.read(events.find, made)).edition is None


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"kind": "dance"}, {"kind"}),
        ({"language": "xx"}, {"language"}),
        ({"site_id": None}, {"place"}),
        ({"district": "North"}, {"place"}),
        ({"site_id": "0" * 32}, {"place"}),
        ({"site_id": None, "district": "Nowhere"}, {"place"}),
        ({"women": -1}, {"women"}),
        ({"men": 100_001}, {"men"}),
        ({"women": 0, "men": 0}, {"unsaid"}),
        ({"reach": 5}, {"reach"}),
        ({"kind": Kind.RADIO, "women": 0, "men": 0}, {"reach"}),
        ({"tells": ""}, {"tells"}),
        ({"tells": "31"}, {"tells"}),
        ({"rule_id": "0" * 32}, {"rule"}),
        ({"rule_id": None}, {"tells"}),
        ({"materials": "x" * 501}, {"materials"}),
    ],
)
async def test_what_is_no_event_is_refused_by_its_fields(ground, told, changed, names):
    with pytest.raises(Wrong) as error:
        await add(ground, replace(told, **changed))
    assert error.value.fields == names


async def test_what_has_not_been_yet_is_refused(ground, told):
    with pytest.raises(Wrong) as error:
        await add(ground, replace(told, day=ground.today + timedelta(days=1)))
    assert error.value.fields == {"day"}


async def test_a_correction_strikes_the_old_one_out_and_keeps_it(ground, told):
    made = await add(ground, told)
    by = {"by": "system", "zone": UTC}
    other = await ground.do(events.correct, made, replace(told, women=9), **by)
    old, new = [await ground.read(events.find, each) for each in (made, other)]
    assert (old.told.women, old.struck_why, old.struck_at) == (7, "", ground.now)
    assert (new.told.women, new.replaces, new.struck_at) == (9, made, None)
    assert await ground.read(events.waiting, told.rule_id, 1) == [new]
    with pytest.raises(Changed):
        await ground.do(events.correct, made, told, **by)
    assert len(await ground.read(events.recent)) == 2


async def test_it_is_struck_out_with_a_reason_and_once(ground, told):
    made = await ground.hold(told)
    for why in ("", "x" * 501):
        with pytest.raises(Wrong):
            await ground.do(events.strike, made, why, by="system")
    await ground.do(events.strike, made, "It rained.", by="system")
    assert (await ground.read(events.find, made)).struck_why == "It rained."
    assert await ground.read(events.of_rule, told.rule_id, 1) == []
    with pytest.raises(Changed):
        await ground.do(events.strike, made, "Again.", by="system")


async def test_the_list_has_pages_with_the_latest_day_first(ground, told, monkeypatch):
    monkeypatch.setattr(events, "PAGE", 2)
    for days in (3, 1, 2):
        await add(ground, replace(told, day=ground.today - timedelta(days=days)))
    first = [event.told.day for event in await ground.read(events.recent)]
    assert first == [ground.today - timedelta(days=days) for days in (1, 2, 3)]
    async with ground.database.reading() as db:
        (last,) = await events.recent(db, page=1)
    assert last.told.day == ground.today - timedelta(days=3)
