"""A slip or a swap never leaves a number that fits."""

from hypothesis import assume, given
from hypothesis import strategies as st

from vault import check_digits

digits = st.text(alphabet="0123456789", min_size=1, max_size=20)
values = st.lists(st.integers(0, 31), min_size=1, max_size=26)


def test_the_example_of_the_dissertation():
    assert check_digits.decimal("572") == "4"


@given(digits)
def test_a_number_with_its_digit_fits(number):
    assert check_digits.decimal(number + check_digits.decimal(number)) == "0"


@given(digits, st.data())
def test_one_wrong_digit_is_caught(number, data):
    whole = number + check_digits.decimal(number)
    at = data.draw(st.integers(0, len(whole) - 1))
    wrong = data.draw(st.sampled_from("0123456789".replace(whole[at], "")))
    assert check_digits.decimal(whole[:at] + wrong + whole[at + 1 :]) != "0"


@given(digits, st.data())
def test_swapped_neighbours_are_caught(number, data):
    whole = number + check_digits.decimal(number)
    at = data.draw(st.integers(0, len(whole) - 2))
    a, b = whole[at], whole[at + 1]
    assume(a != b)
    assert check_digits.decimal(whole[:at] + b + a + whole[at + 2 :]) != "0"


@given(values)
def test_values_with_their_check_fit(number):
    assert check_digits.base32([*number, check_digits.base32(number)]) == 0


@given(values, st.data())
def test_one_wrong_value_is_caught(number, data):
    whole = [*number, check_digits.base32(number)]
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 31))
    assert check_digits.base32(whole) != 0


@given(values, st.data())
def test_any_two_swapped_values_are_caught(number, data):
    whole = [*number, check_digits.base32(number)]
    i, j = data.draw(st.tuples(*[st.integers(0, len(whole) - 1)] * 2))
    assume(whole[i] != whole[j])
    whole[i], whole[j] = whole[j], whole[i]
    assert check_digits.base32(whole) != 0
