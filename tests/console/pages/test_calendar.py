import pytest

from forum import audit
from forum.members import Role
from grievances import almanac
from grievances.calendars import PLAIN_WEEK

WEEK = {
    "zone": "Africa/Kampala",
    "weekend": ["4", "5"],
    "opens": "08:00",
    "closes": "12:00",
    "opens_again": "14:00",
    "closes_again": "17:00",
}
FEAST = {"day": "2026-12-25", "name": "Christmas"}


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


async def week(person, **more):
    return await person.post("/calendar", {**WEEK, **more})


async def feast(person, **more):
    return await person.post("/calendar/holidays", {**FEAST, **more}, on="/calendar")


async def test_the_page_shows_what_counts_now(lead):
    page = await lead.page("/calendar")
    assert 'value="UTC"' in page
    assert 'value="08:00"' in page
    assert 'value="17:00"' in page
    assert page.count(" checked") == 2
    assert "No holiday is written down yet." in page


async def test_a_week_is_kept_and_counts_at_once(lead, services):
    answer = await week(lead)
    text = await answer.text()
    assert "The calendar is kept." in text
    assert 'value="Africa/Kampala"' in text
    assert 'value="14:00"' in text
    assert str(services.calendar.zone) == "Africa/Kampala"
    assert services.calendar.weekend == {4, 5}


async def test_a_day_without_a_break_leaves_the_second_line_empty(lead, services):
    await week(lead, opens="07:00", closes="15:00", opens_again="", closes_again="")
    assert [(span.opens.hour, span.closes.hour) for span in services.calendar.hours] == [(7, 15)]


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"zone": "Mars/Olympus"}, "zone", "There is no such time zone."),
        ({"zone": "../../etc/passwd"}, "zone", "There is no such time zone."),
        ({"zone": "Africa"}, "zone", "There is no such time zone."),
        ({"zone": ""}, "zone", "There is no such time zone."),
        ({"weekend": list("0123456")}, "weekend", "Leave at least one day"),
        ({"opens": "13:00"}, "hours", "Each part of the day ends after it begins"),
        ({"opens": "noon"}, "hours", "Each part of the day ends after it begins"),
        ({"opens_again": ""}, "hours", "Each part of the day ends after it begins"),
        ({"opens_again": "11:00"}, "hours", "Each part of the day ends after it begins"),
        ({"opens": "08:00+01:00"}, "hours", "Each part of the day ends after it begins"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    lead, services, wrong, field, said
):
    answer = await week(lead, **wrong)
    text = await answer.text()
    assert answer.status == 422
    assert said in text.partition(f'id="{field}-error">')[2][:200]
    assert services.calendar is PLAIN_WEEK
    assert 'value="12:00"' in text  # the rest is given back


async def test_a_holiday_is_added_listed_by_its_year_and_taken_away(lead, services):
    text = await (await feast(lead)).text()
    assert "Nobody works on Friday 25 December (Christmas)." in text
    assert "<h3>2026</h3>" in text
    text = await (await feast(lead, day="2027-01-01", name="New Year")).text()
    assert text.index("Christmas</p>") < text.index("<h3>2027</h3>") < text.index("New Year</p>")
    answer = await lead.post("/calendar/holidays/2026-12-25/remove", on="/calendar")
    text = await answer.text()
    assert "People work on Friday 25 December again." in text
    assert ">Undo<" in text
    assert {day.year for day in services.calendar.holidays} == {2027}


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"day": "soon"}, "day", "Choose a day."),
        ({"day": ""}, "day", "Choose a day."),
        ({"name": " "}, "name", "Write what people call this day"),
        ({"name": "x" * 101}, "name", "Write what people call this day"),
        ({"name": "\x00\x07"}, "name", "Write what people call this day"),
    ],
)
async def test_what_is_no_holiday_is_said_beside_its_field(lead, services, wrong, field, said):
    answer = await feast(lead, **wrong)
    assert answer.status == 422
    assert said in (await answer.text()).partition(f'id="{field}-error">')[2][:100]
    assert services.calendar.holidays == frozenset()


async def test_a_day_is_a_holiday_once(lead):
    await feast(lead)
    answer = await feast(lead, name="Noël")
    assert answer.status == 422
    assert "This day is in the list already." in await answer.text()


async def test_a_day_that_is_none_cannot_be_taken_away(lead):
    for day in ("2026-12-25", "soon"):
        answer = await lead.post(f"/calendar/holidays/{day}/remove", on="/calendar")
        assert answer.status == 404


async def test_a_name_is_never_html(lead):
    text = await (await feast(lead, name="<b>Feast</b>")).text()
    assert "<b>Feast" not in text


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.HANDLER, Role.OFFICIAL, Role.AUDITOR])
async def test_others_have_no_part_in_it(join, role):
    person = await join(role, name="Some One")
    assert (await person.get("/calendar")).status == 403
    assert (await person.post("/calendar/holidays", FEAST, on="/account")).status == 403
    assert 'href="/calendar"' not in await person.page("/account")


async def test_an_administrator_keeps_the_calendar_and_it_is_written_down(join, database):
    person = await join(Role.ADMINISTRATOR, name="Daudi Kamau")
    await feast(person)
    async with database.reading() as db:
        (line,) = await audit.recent(db, limit=1)
        (kept,) = await almanac.all_holidays(db)
    assert (line.actor, line.act) == (person.member.id, "calendar.holiday")
    assert kept.name == "Christmas"


async def test_it_is_there_in_french(join):
    person = await join(Role.LEAD, name="Awa Diop", language="fr")
    assert "lundi" in await person.page("/calendar")
