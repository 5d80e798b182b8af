from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from grievances import caseload, deadlines, filters
from grievances.case import cases
from grievances.escalation import LEVELS
from grievances.filters import ME, NOBODY, UNSORTED, Due, Filter, Show
from grievances.orders import Order
from grievances.severity import Severity
from grievances.states import ENDED, OPEN, State
from tests.support.lives import lives, write

WORDS = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=100).filter(str.isprintable),
)
FILTERS = st.builds(
    Filter,
    show=st.sampled_from(Show),
    state=st.sampled_from([None, *State]),
    severity=st.sampled_from([None, *Severity]),
    category=WORDS,
    site=WORDS,
    district=WORDS,
    language=WORDS,
    channel=WORDS,
    lane=WORDS,
    handler=WORDS,
    level=st.sampled_from([None, *LEVELS]),
    unanswered=st.booleans(),
    due=st.sampled_from([None, *Due]),
    order=st.sampled_from(Order),
)


@given(FILTERS)
def test_what_is_written_is_read_again(chosen):
    assert filters.read(filters.written(chosen)) == chosen
    assert filters.of_address(filters.address(chosen)) == chosen


@given(FILTERS, FILTERS)
def test_equal_filters_have_equal_addresses_and_others_have_not(one, other):
    assert (filters.address(one) == filters.address(other)) is (one == other)


@given(st.dictionaries(st.sampled_from([*Filter.__dataclass_fields__, "page", "x"]), st.text()))
def test_whatever_stands_in_an_address_is_a_filter(words):
    chosen = filters.read(words)
    assert filters.of_address(filters.address(chosen)) == chosen


@pytest.mark.parametrize(
    "words",
    [
        {"show": "all"},
        {"state": "gone"},
        {"severity": "S5"},
        {"site": "\0"},
        {"district": "\ud800"},
        {"district": "x" * 101},
        {"level": "5"},
        {"level": "-1"},
        {"unanswered": "no"},
        {"due": "soon"},
        {"order": "size"},
    ],
)
def test_what_is_not_understood_asks_for_nothing(words):
    assert filters.read(words) == Filter()


def test_a_part_alone_is_not_narrow():
    assert not Filter(Show.MINE, order=Order.NEWEST).narrow
    assert Filter(severity=Severity.S1).narrow


@pytest.fixture
async def made(database, now, secretary, handler):
    many = lives(now, 200, handlers=[handler.member.id, secretary.member.id], days=60)
    async with database.transaction() as db:
        await write(db, many)
        await db.execute(
            update(cases).where(cases.c.severity == Severity.S1).values(level=2, language="fr")
        )
        await db.execute(
            update(cases).where(cases.c.category == "PAY").values(told_at=now, channel="telegram")
        )
    return many


@pytest.fixture
def found(database, now, secretary, monkeypatch):
    monkeypatch.setattr(caseload, "PAGE", 1000)

    async def ids(chosen, zone=UTC):
        async with database.reading() as db:
            listed = await caseload.queue(db, secretary.member, now=now, chosen=chosen, zone=zone)
            (count,) = await caseload.counts(db, secretary.member, [chosen], now=now, zone=zone)
        assert count == len(listed.rows)
        return {row.id for row in listed.rows}

    return ids


def nearest(life):
    waits = [clock.due for clock in life.clocks.values() if clock.met is None]
    return min(waits, default=datetime.max.replace(tzinfo=UTC))


#: A filter, and which lives it means, by another way than the database's.
MEANT = {
    "state": (Filter(state=State.PROPOSED), lambda life, *_: life.state is State.PROPOSED),
    "severity": (Filter(severity=Severity.S2), lambda life, *_: life.severity is Severity.S2),
    "category": (Filter(category="DANGER"), lambda life, *_: life.category == "DANGER"),
    "unsorted": (Filter(category=UNSORTED), lambda life, *_: life.category is None),
    "site": (Filter(site="a" * 32), lambda life, *_: life.site == "a" * 32),
    "district": (Filter(district="North"), lambda life, *_: life.district == "North"),
    "language": (Filter(language="fr"), lambda life, *_: life.severity is Severity.S1),
    "level": (Filter(level=2), lambda life, *_: life.severity is Severity.S1),
    "channel": (Filter(channel="telegram"), lambda life, *_: life.category == "PAY"),
    "lane": (Filter(lane="survivor"), lambda life, *_: life.category == "ABUSE"),
    "nobody": (Filter(handler=NOBODY), lambda life, *_: life.assignee is None),
    "me": (Filter(handler=ME), lambda life, me, *_: life.assignee == me),
    "unanswered": (Filter(unanswered=True), lambda life, *_: life.category != "PAY"),
    "overdue": (Filter(due=Due.OVERDUE), lambda life, _, now: nearest(life) <= now),
    "two": (
        Filter(severity=Severity.S3, handler=NOBODY),
        lambda life, *_: life.severity is Severity.S3 and life.assignee is None,
    ),
}


@pytest.mark.parametrize("name", MEANT)
async def test_a_filter_lists_what_it_says(made, found, secretary, now, name):
    chosen, meant = MEANT[name]
    by_hand = {
        life.id for life in made if life.state in OPEN and meant(life, secretary.member.id, now)
    }
    assert by_hand
    assert await found(chosen) == by_hand


async def test_a_part_and_a_filter_are_asked_together(made, found):
    by_hand = {life.id for life in made if life.state in ENDED and life.category == "PAY"}
    assert by_hand
    assert await found(Filter(Show.ENDED, category="PAY")) == by_hand


async def test_a_handler_is_a_member_too(made, found, handler):
    by_hand = {
        life.id for life in made if life.assignee == handler.member.id and life.state in OPEN
    }
    assert await found(Filter(handler=handler.member.id)) == by_hand


#: Hours from the fixed Tuesday, 09:00 UTC, and what is due then where clocks show three more.
WHEN = [
    (-37, {Due.OVERDUE}),  # the last hour of Sunday
    (-36, {Due.OVERDUE, Due.WEEK}),
    (-13, {Due.OVERDUE, Due.WEEK}),
    (-12, {Due.OVERDUE, Due.TODAY, Due.WEEK}),  # midnight
    (0, {Due.OVERDUE, Due.TODAY, Due.WEEK}),
    (11, {Due.TODAY, Due.WEEK}),
    (12, {Due.WEEK}),
    (131, {Due.WEEK}),  # the last hour of the next Sunday
    (132, set()),
]


@pytest.mark.parametrize(("hours", "dues"), WHEN)
async def test_a_day_is_the_forums_day(file, found, database, now, hours, dues):
    filed = await file()
    async with database.transaction() as db:
        await db.execute(
            update(deadlines.deadlines)
            .where(deadlines.deadlines.c.case_id == filed.case_id)
            .values(due_at=now + timedelta(hours=hours))
        )
        await deadlines.note_nearest(db, [filed.case_id])
    said = {due for due in Due if await found(Filter(due=due), ZoneInfo("Africa/Nairobi"))}
    assert said == dues
