"""Events on pages: written down, corrected, struck out; what was typed is never lost."""

from datetime import timedelta

import pytest

from forum.members import Role
from outreach import events


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Oluchi Eze")


@pytest.fixture
async def form(ground):
    site = await ground.site("KB12")
    ground.now -= timedelta(days=5)
    rule = await ground.rule(site)
    ground.now += timedelta(days=5)
    return {
        "kind": "training",
        "place": f"site:{site}",
        "language": "sw",
        "day": "2026-05-10",
        "rule": rule.id,
        "tells": "1",
        "women": "12",
        "men": "7",
        "materials": "Poster",
    }


async def kept(database):
    async with database.reading() as db:
        return await events.recent(db)


async def test_an_event_is_written_down_and_listed(official, form, database):
    assert "There is no event yet" in await official.page("/events")
    text = await (await official.post("/events", form)).text()
    assert "The event is kept. It counts once a second person confirms it." in text
    for shown in ("Training", "KB12 · Pit KB12", "10 May 2026", "R1 Retorts only"):
        assert shown in text
    (event,) = await kept(database)
    assert (event.told.women, event.told.men, event.told.tells) == (12, 7, "1")


async def test_a_double_click_keeps_it_once(official, form, database):
    hidden = await official.hidden("/events")
    for _ in range(2):
        answer = await official.client.post("/events", data={**hidden, **form})
    assert "Nothing was kept twice." in await answer.text()
    assert len(await kept(database)) == 1


async def test_it_leads_to_the_coverage_of_its_rule(official, form):
    rule = form["rule"]
    back = await official.post("/events", form, on=f"/events?rule={rule}")
    assert back.url.path == f"/rules/{rule}/coverage"
    assert "The event is kept. It counts once a second person confirms it." in await back.text()
    assert f'href="/rules/{rule}/coverage"' in await official.page("/events")


async def test_one_of_a_whole_district_is_kept(official, form, database):
    await official.post("/events", {**form, "place": "district:North"})
    (event,) = await kept(database)
    assert (event.told.district, event.told.site_id) == ("North", None)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("women", "many", "Write a number from 0 to 100,000."),
        ("day", "2027-01-01", "Choose a day; today or before."),
        ("day", "", "Choose a day; today or before."),
        ("day", "2026-05-01", "By that day no edition of this rule had been published"),
        ("place", "", "Choose one of the list."),
        ("place", "site:", "Choose one of the list."),
        ("rule", "", "Choose the parts of the rule"),
        ("reach", "40", "for a radio alone"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    official, form, database, field, typed, said
):
    answer = await official.post("/events", {**form, field: typed})
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    assert 'value="Poster"' in text
    assert await kept(database) == []


async def test_it_is_corrected_and_the_old_one_stays(official, form, database):
    await official.post("/events", form)
    (event,) = await kept(database)
    path = f"/events/{event.id}"
    assert 'value="12"' in await official.page(path)
    text = await (await official.post(path, {**form, "women": "15"})).text()
    assert "The event is corrected, and counts once a second person confirms it." in text
    assert f'href="{path}"' in text
    assert "It was corrected." in await official.page(path)
    counts = {one.told.women: one.struck_at is None for one in await kept(database)}
    assert counts == {12: False, 15: True}


async def test_it_is_struck_out_with_a_reason(official, form, database):
    await official.post("/events", form)
    (event,) = await kept(database)
    path = f"/events/{event.id}"
    refused = await official.post(f"{path}/strike", {"why": ""}, on=path)
    assert refused.status == 422
    assert "Write why" in await refused.text()
    hidden = await official.hidden(path)
    text = await (await official.post(f"{path}/strike", {"why": "It rained."}, on=path)).text()
    assert "struck out" in text
    assert "«It rained.»" in await official.page(path)
    late = await official.client.post(f"{path}/strike", data={**hidden, "why": "Again."})
    assert "Somebody has gone on with it meanwhile." in await late.text()


async def test_one_that_is_not_there_is_not_found(official):
    assert (await official.get(f"/events/{'0' * 32}")).status == 404
    assert (await official.get("/events?page=x")).status == 200


async def test_a_second_person_confirms_it_from_its_page_or_from_coverage(
    official, join, form, database
):
    second = await join(Role.SECRETARY, name="Neema Achieng")
    for _ in range(2):
        await official.post("/events", form)
    one, other = [f"/events/{event.id}" for event in await kept(database)]
    assert f'action="{one}/confirm"' not in await official.page(one)
    forged = await official.post(f"{one}/confirm", on=one)
    assert forged.status == 422
    assert "Somebody else must confirm it: you wrote it down." in await forged.text()
    text = await second.page(one)
    assert f'action="{one}"' not in text
    answer = await second.post(f"{one}/confirm", on=one)
    assert answer.url.path == one
    assert "Confirmed. The event counts." in await answer.text()
    assert "Confirmed by Neema Achieng on" in await official.page(one)
    coverage = f"/rules/{form['rule']}/coverage"
    text = await second.page(coverage)
    assert f'action="{other}/confirm"' in text
    assert f'action="{one}/confirm"' not in text
    answer = await second.post(f"{other}/confirm", {"from_rule": "yes"}, on=coverage)
    assert answer.url.path == coverage
    assert "Waits for a second person" not in await answer.text()


async def test_who_reads_rules_reads_events_and_writes_none(official, join, form):
    await official.post("/events", form)
    reader = await join(Role.SECRETARY, name="Neema Achieng")
    text = await reader.page("/events")
    assert "waits for a second person" in text
    assert "Add an event" not in text
    hidden = await reader.hidden("/events")
    answer = await reader.client.post("/events", data={**hidden, **form})
    assert answer.status == 403
