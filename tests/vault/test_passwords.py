"""A password opens its own key, and a weak one is turned away with a reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locales import languages, translate
from vault.passwords import (
    COST,
    MAX_COST,
    Cost,
    WrongPassword,
    unwrap,
    weak,
    wrap,
)
from vault.seals import CannotOpen

CHEAP = Cost(time=1, memory_kib=8, lanes=1)
PRIVATE = bytes(range(32))


@given(password=st.text(max_size=100))
def test_the_password_opens_what_it_wrapped(password):
    assert unwrap(wrap(PRIVATE, password, CHEAP), password) == PRIVATE


def test_another_password_does_not():
    with pytest.raises(WrongPassword):
        unwrap(wrap(PRIVATE, "over the hill we go", CHEAP), "over the hill we went")


def test_an_accent_counts_the_same_from_any_keyboard():
    assert unwrap(wrap(PRIVATE, "caf\u00e9 du matin", CHEAP), "cafe\u0301 du matin") == PRIVATE


def test_the_cost_is_read_from_the_envelope():
    dear = Cost(time=2, memory_kib=16, lanes=1)
    assert wrap(PRIVATE, "p", dear)[2:].startswith(dear.pack())
    assert unwrap(wrap(PRIVATE, "p", dear), "p") == PRIVATE


def test_the_default_cost_is_what_owasp_asks_at_least():
    assert COST.memory_kib >= 19 * 1024
    assert COST.time >= 2
    assert unwrap(wrap(PRIVATE, "p", COST), "p") == PRIVATE


@given(junk=st.binary(max_size=100))
def test_junk_is_damaged_and_no_wrong_password(junk):
    with pytest.raises(CannotOpen):
        unwrap(junk, "p")


@given(length=st.integers(min_value=0))
def test_a_cut_off_envelope_never_opens(length):
    wrapped = wrap(PRIVATE, "p", CHEAP)
    with pytest.raises((CannotOpen, WrongPassword)):
        unwrap(wrapped[: length % len(wrapped)], "p")


@pytest.mark.parametrize(
    "absurd",
    [
        Cost(time=MAX_COST.time + 1, memory_kib=8, lanes=1),
        Cost(time=1, memory_kib=MAX_COST.memory_kib + 1, lanes=1),
        Cost(time=1, memory_kib=1 << 10, lanes=MAX_COST.lanes + 1),
        Cost(time=0, memory_kib=8, lanes=1),
    ],
)
def test_a_cost_that_would_eat_the_machine_is_not_paid(absurd):
    with pytest.raises(CannotOpen):
        Cost.unpack(absurd.pack())


@given(
    st.builds(
        Cost,
        time=st.integers(1, MAX_COST.time),
        memory_kib=st.integers(1, MAX_COST.memory_kib),
        lanes=st.integers(1, MAX_COST.lanes),
    )
)
def test_a_cost_survives_packing(cost):
    assert Cost.unpack(cost.pack() + b"more") == cost


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "elevenchars",
        "aaaaaaaaaaaa",
        "abababababab",
        "passwordpassword",
        "123456789012",
        "abcdefghijkl",
        "QWERTYuiop[]"[:10] + "as",
        "x" * 2000,
    ],
)
def test_a_weak_password_gets_a_reason(password):
    assert weak(password)


@pytest.mark.parametrize("password", ["river mango ladder", "Tr0ub4dor&3xy", "tano na sita mtoni"])
def test_a_fair_password_will_do(password):
    assert weak(password) is None


@settings(max_examples=30)
@given(st.text(alphabet="ab", min_size=12, max_size=40))
def test_two_letters_are_never_enough(password):
    assert weak(password)


def test_the_reason_is_a_msgid():
    for language in languages():
        assert translate(weak("short"), language, domain="console")
