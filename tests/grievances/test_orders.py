from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grievances import orders
from grievances.deadlines import NEVER, deadlines
from grievances.orders import Order
from grievances.severity import Severity

DUE = deadlines.c.due_at
MOMENTS = st.datetimes(min_value=datetime(1971, 1, 1), timezones=st.just(UTC))


@dataclass
class Row:
    id: str
    severity: Severity
    received_at: datetime
    due_at: datetime | None


ROWS = st.builds(
    Row,
    id=st.uuids().map(lambda each: each.hex),
    severity=st.sampled_from(Severity),
    received_at=MOMENTS,
    due_at=st.none() | MOMENTS,
)


@pytest.mark.parametrize("order", Order)
@given(row=ROWS)
def test_every_cursor_is_read_again(order, row):
    after = orders.after(order, DUE, orders.cursor(order, row))
    assert after is not None
    values = set(after.compile().params.values())
    assert row.id in values
    assert (row.received_at if order is Order.NEWEST else row.due_at) in values | {None}
    assert (row.severity in values) is (order is Order.GRAVEST)


@pytest.mark.parametrize("order", Order)
@given(page=st.none() | st.text())
def test_what_is_no_cursor_asks_for_nothing_and_breaks_nothing(order, page):
    assert orders.after(order, DUE, page) is None


def test_the_cursor_of_another_order_is_none_of_this():
    row = Row("a" * 32, Severity.S1, datetime(2026, 5, 12, tzinfo=UTC), None)
    assert orders.after(Order.GRAVEST, DUE, orders.cursor(Order.DUE, row)) is None


def test_what_has_no_deadline_stands_last():
    row = Row("a" * 32, Severity.S1, datetime(2026, 5, 12, tzinfo=UTC), None)
    after = orders.after(Order.DUE, DUE, orders.cursor(Order.DUE, row))
    assert NEVER in after.compile().params.values()
