import re
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from console.pages import due
from forum.members import Role
from grievances import agenda
from grievances.calendars import Calendar


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


def plain(text):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def cell(text, on):
    """Return the cell of one day, as one reads it."""
    found = re.search(rf'<td class="([^"]*)">(?:(?!</td>).)*on={on}".*?</td>', text, re.DOTALL)
    return found[1].split(), plain(found[0])


async def test_nothing_is_due_and_the_calendar_stands(amina):
    text = await amina.page("/due")
    assert "Nothing is due in this time" in text
    assert "May 2026" in text
    assert len(re.findall(r"scale=day&amp;on=2026-05-\d\d\"", text)) == 31 + 1  # and the tab


async def test_each_due_date_is_told_with_step_reference_and_day(amina, file):
    made = await file(category="DANGER")
    text = await amina.page("/due")
    marks, tomorrow = cell(text, "2026-05-13")
    assert "2 due" in tomorrow
    assert marks == []
    day = plain(re.search(r'id="day-2026-05-13".*?</section>', text, re.DOTALL)[0])
    for said in ("Wednesday 13 May", f"First answer {made.reference}", "Triage", "24 h left"):
        assert said in day
    assert "Feedback" in plain(re.search(r'id="day-2026-05-26".*', text, re.DOTALL)[0])


async def test_days_on_which_nobody_works_are_marked_and_holidays_named(join, amina):
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    form = {"day": "2026-05-25", "name": "Africa Day"}
    await lead.post("/calendar/holidays", form, on="/calendar")
    text = await amina.page("/due")
    assert cell(text, "2026-05-16")[0] == ["rest"]  # a Saturday
    assert cell(text, "2026-05-12")[0] == ["today"]
    marks, words = cell(text, "2026-05-25")
    assert marks == ["rest"]
    assert "Africa Day" in words
    week = plain(await amina.page("/due?scale=week&on=2026-05-25"))
    assert "Monday 25 May · Africa Day Nobody works on this day. Nothing is due" in week


async def test_what_is_past_due_stands_on_top(amina, join, file, clock):
    made = await file(category="ABUSE")
    clock.turn(hours=3)
    late = await join(name="Baraka Juma")
    text = plain(await late.page("/due"))
    past = text.index("Past due")
    assert text.index(f"First answer {made.reference}") > past
    assert "1 h over" in text
    assert text.index("Past due") < text.index("May 2026")


async def test_the_rest_of_what_is_past_due_is_in_the_list(amina, join, file, clock, monkeypatch):
    monkeypatch.setattr(agenda, "PAST", 1)
    await file(category="ABUSE")
    clock.turn(hours=5)
    late = await join(name="Baraka Juma")
    text = await late.page("/due")
    assert '<a href="/cases?show=overdue">All overdue cases</a>' in text
    assert text.count('class="is-over"') == 1


@pytest.mark.parametrize(
    ("asked", "before", "after"),
    [
        ("", "2026-04-30", "2026-06-01"),
        ("?scale=month&on=2026-12-31", "2026-11-30", "2027-01-01"),
        ("?scale=month&on=2028-02-10", "2028-01-31", "2028-03-01"),
        ("?scale=week&on=2026-01-01", "2025-12-28", "2026-01-05"),
        ("?scale=day&on=2026-03-01", "2026-02-28", "2026-03-02"),
        ("?scale=year&on=soon", "2026-04-30", "2026-06-01"),
        ("?on=9999-12-31", "2026-04-30", "2026-06-01"),
        ("?on=0001-01-01", "2026-04-30", "2026-06-01"),
    ],
)
async def test_one_turns_over_the_pages(amina, asked, before, after):
    text = await amina.page(f"/due{asked}")
    assert re.search(rf'on={before}" rel="prev"', text)
    assert re.search(rf'on={after}" rel="next"', text)


async def test_a_long_list_comes_in_pages(amina, file, monkeypatch):
    monkeypatch.setattr(agenda, "PAGE", 3)
    made = await file(category="PAY")  # its outer limit is due in August, the rest until June
    seen, path = [], "/due?scale=month"
    while path:
        text = await amina.page(path)
        seen.append(text.count(f'href="/cases/{made.reference}"'))
        further = re.search(r'href="([^"]+page=[^"]+)" rel="next"', text)
        path = further[1].replace("&amp;", "&") if further else None
    assert sum(seen) == 3
    for _ in range(2):
        await file(category="DANGER")
    first = await amina.page("/due")
    assert "Next page" in first


@pytest.mark.parametrize(("zone", "on"), [("UTC", "2026-05-12"), ("Africa/Nairobi", "2026-05-13")])
async def test_a_day_is_the_forums_day(services, join, file, clock, zone, on):
    services.almanac.calendar = Calendar(ZoneInfo(zone))
    clock.turn(hours=13)  # 22:00 in Greenwich
    amina = await join()
    clock.turn(minutes=-30)
    made = await file(category="ABUSE")
    text = await amina.page(f"/due?scale=day&on={on}")
    assert f'href="/cases/{made.reference}"' in text


async def test_a_handler_has_a_calendar_of_their_own(join, file):
    await file()
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    assert "Nothing is due in this time" in await joseph.page("/due")


def test_a_month_is_whole_weeks_with_gaps():
    days = [due.Day(date(2026, 5, n), True, "", 0, False) for n in range(1, 32)]
    weeks = due._weeks(days)
    assert all(len(week) == 7 for week in weeks)
    assert [day for week in weeks for day in week if day] == days
    assert all(
        day is None or day.on.weekday() == place
        for week in weeks
        for place, day in enumerate(week)
    )
