from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from multidict import MultiDict

from console import broadcast_form
from outreach.announcements import Draft, Fallback
from outreach.audiences import Audience
from outreach.schedules import Schedule

NAIROBI = ZoneInfo("Africa/Nairobi")
WHOLE = Draft(
    "Fees",
    "sw",
    parts=3,
    audience=Audience(roles=frozenset({"digger"}), channels=frozenset({"sms"})),
    fallback=Fallback.SKIP,
    schedule=Schedule(
        datetime(2026, 6, 1, 6, 30, tzinfo=UTC), 420, 1140, 48, 7, 3, date(2026, 9, 1), (90, 7)
    ),
)


def posted(draft, asks=("roles", "channels"), **changes):
    """Return a form as a browser sends it."""
    form = MultiDict([("asks", name) for name in asks])
    for name, value in {**broadcast_form.filled(draft, NAIROBI), **changes}.items():
        for one in value if isinstance(value, list) else [value]:
            form.add(name, one)
    return form


def test_it_is_read_as_it_was_filled_in():
    draft, errors = broadcast_form.read(posted(WHOLE), Draft("", "en"), NAIROBI)
    assert errors == {}
    assert draft == WHOLE


@pytest.mark.parametrize(
    ("typed", "days"), [("", 0), ("0", 0), ("3", 3), ("15", None), ("x", None)]
)
def test_days_between_the_messages_are_a_number_or_none(typed, days):
    plain = replace(WHOLE, schedule=Schedule())
    draft, errors = broadcast_form.read(posted(plain, apart=typed), plain, NAIROBI)
    assert ("apart" in errors) is (days is None)
    assert draft.schedule.apart == (days or 0)


def test_an_hour_is_the_forums_own():
    filled = broadcast_form.filled(WHOLE, NAIROBI)
    assert (filled["start_day"], filled["start_hour"]) == ("2026-06-01", "09:30")


def test_a_line_that_the_form_does_not_have_stays_as_it_was():
    """Another may choose by something that this page does not offer."""
    form = posted(WHOLE, asks=("roles",), to_roles=[], to_channels=[])
    draft, _ = broadcast_form.read(form, WHOLE, NAIROBI)
    assert draft.audience == Audience(channels=frozenset({"sms"}))


def test_a_repetition_of_one_time_needs_no_distance():
    form = posted(WHOLE, times="1", every="")
    draft, errors = broadcast_form.read(form, WHOLE, NAIROBI)
    assert (draft.schedule.every, draft.schedule.times, errors) == (0, 1, {})


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_time_break_nothing(day):
    broadcast_form.read(posted(WHOLE, start_day=day, day=day), WHOLE, NAIROBI)


def test_who_was_chosen_is_told_in_words_and_what_is_gone_by_its_own():
    offer = {"roles": {"digger": "Digger"}, "channels": {}}
    assert broadcast_form.told(WHOLE.audience, offer) == [
        ("Work", ["Digger"]),
        ("Channel", ["sms"]),
    ]
    assert [one.name for one in broadcast_form.choices(offer)] == ["roles"]
