from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from outreach import schedules
from outreach.schedules import Moment, Schedule

NAIROBI, BERLIN = ZoneInfo("Africa/Nairobi"), ZoneInfo("Europe/Berlin")
KIRIBATI, PAGO = ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago")
NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)


def due(schedule, released=NOON, zone=NAIROBI):
    return [one.due_at for one in schedules.moments(schedule, released, zone)]


def test_without_an_hour_it_leaves_as_soon_as_it_may():
    assert due(Schedule()) == [NOON]


def test_an_hour_that_has_passed_is_now():
    assert due(Schedule(starts_at=NOON - timedelta(hours=2))) == [NOON]
    later = NOON + timedelta(days=3)
    assert due(Schedule(starts_at=later)) == [later]


def test_a_repetition_keeps_its_hour_when_the_clocks_change():
    """Berlin goes to summer time on 29 March 2026."""
    weekly = Schedule(starts_at=NOON, every=7, times=3)
    hours = [at.astimezone(BERLIN).hour for at in due(weekly, zone=BERLIN)]
    assert hours == [13, 13, 13]
    assert due(weekly, zone=BERLIN)[2] - NOON == timedelta(days=14) - timedelta(hours=1)


def test_reminders_come_90_30_and_7_days_before_their_date_and_not_at_once():
    found = schedules.moments(
        Schedule(day=date(2026, 7, 1), before=(7, 30, 90)), NOON - timedelta(days=30), NAIROBI
    )
    assert [one.day for one in found] == [date(2026, 4, 2), date(2026, 6, 1), date(2026, 6, 24)]


def test_with_an_hour_of_its_own_reminders_come_besides():
    found = due(Schedule(starts_at=NOON, day=date(2026, 7, 1), before=(30,)))
    assert found[0] == NOON
    assert len(found) == 2


@pytest.mark.parametrize("zone", [KIRIBATI, NAIROBI, BERLIN, PAGO])
def test_a_reminder_begins_on_the_morning_of_its_day_wherever_people_are(zone):
    schedule = Schedule(opens=8 * 60, lasts=10)
    moment = schedules.moments(Schedule(day=date(2026, 4, 1), before=(0,)), NOON, NAIROBI)[0]
    begins, ends = schedules.window(schedule, moment, zone)
    assert begins.astimezone(zone).isoformat()[:16] == "2026-04-01T08:00"
    assert moment.due_at <= begins
    assert ends - begins == timedelta(hours=10)
    assert ends <= schedules.last_end(schedule, moment)


def test_another_time_is_worth_the_same_hours_everywhere():
    moment = Moment(NOON)
    assert schedules.window(Schedule(lasts=5), moment, PAGO) == (
        NOON,
        NOON + timedelta(hours=5),
    )


def test_messages_that_are_days_apart_have_their_own_times_at_the_same_hour():
    """In Berlin the clocks are set forward in the night to 29 March 2026."""
    noon = datetime(2026, 3, 28, 12, tzinfo=BERLIN).astimezone(UTC)
    schedule = Schedule(lasts=5, apart=1)
    its = schedules.windows(schedule, Moment(noon), BERLIN, 3)
    assert [begins.astimezone(BERLIN).isoformat()[:16] for begins, _ in its] == [
        "2026-03-28T12:00",
        "2026-03-29T12:00",
        "2026-03-30T12:00",
    ]
    assert all(ends - begins == timedelta(hours=5) for begins, ends in its)
    assert its[-1][1] <= schedules.last_end(schedule, Moment(noon), 3)
    at_once = schedules.windows(Schedule(lasts=5), Moment(noon), BERLIN, 2)
    assert at_once[0] == at_once[1] == (noon, noon + timedelta(hours=5))


@pytest.mark.parametrize(
    ("schedule", "wrong"),
    [
        (Schedule(), set()),
        (Schedule(opens=-1), {"hours"}),
        (Schedule(closes=24 * 60), {"hours"}),
        (Schedule(lasts=0), {"lasts"}),
        (Schedule(times=2), {"every"}),
        (Schedule(times=0), {"times"}),
        (Schedule(times=13, every=1), {"times"}),
        (Schedule(before=(7,)), {"day"}),
        (Schedule(day=date(2026, 7, 1)), {"before"}),
        (Schedule(day=date(2026, 7, 1), before=(400,)), {"before"}),
        (Schedule(apart=15), {"apart"}),
        (Schedule(apart=2, times=2, every=9), {"apart"}),
        (Schedule(apart=2, day=date(2026, 7, 1), before=(7,)), {"apart"}),
    ],
)
def test_what_makes_no_sense_is_named_by_field(schedule, wrong):
    assert schedule.flaws() == wrong
