import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Address
from channels.calls import Place, Turn

DIGIT = st.sampled_from(["", "1", "5"])


@given(
    st.builds(
        Place,
        DIGIT,
        st.integers(0, 10**11),
        st.text("12345", max_size=12),
        st.booleans(),
        st.integers(0, 9),
    )
)
def test_where_a_call_stands_comes_back_as_it_went(place):
    assert Place.from_query(place.to_query()) == place


def test_a_call_that_begins_has_no_place():
    assert Place.from_query({"m": "1"}) is None


@pytest.mark.parametrize("odd", ["", "-1", "x", "٣", "9" * 40])
def test_what_is_no_number_is_nothing(odd):
    assert Place.from_query({"p": "", "t": odd, "s": odd, "k": odd}) == Place()


def test_a_turn_tells_nobodys_number():
    assert "+254" not in repr(Turn("m", "CA1", Address("sms", "+254711000001"), "call"))
