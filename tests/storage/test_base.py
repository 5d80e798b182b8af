from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.base import Instant

INSTANT = Instant()


@given(
    st.datetimes(
        min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)
    )
)
def test_an_instant_comes_back_to_the_microsecond(instant):
    kept = INSTANT.process_bind_param(instant, None)
    assert INSTANT.process_result_value(kept, None) == instant


def test_another_zone_is_the_same_instant():
    east = timezone(timedelta(hours=3))
    local = datetime(2026, 5, 12, 12, 0, tzinfo=east)
    kept = INSTANT.process_bind_param(local, None)
    assert INSTANT.process_result_value(kept, None) == datetime(2026, 5, 12, 9, 0, tzinfo=UTC)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        INSTANT.process_bind_param(datetime(2026, 5, 12), None)
