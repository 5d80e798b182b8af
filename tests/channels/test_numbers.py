import pytest

from channels.numbers import e164, from_network, sender


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("+254711000001", "+254711000001"),
        ("+254 711 000 001", "+254711000001"),
        ("0711000001", "+254711000001"),
        ("254711000001", "+254711000001"),
        ("255711000001", None),  # another country's, without its +
        ("22345", None),
        ("MTN-INFO", None),
        ("+1", None),
        ("whatsapp:+254711000001", None),
        ("", None),
    ],
)
def test_a_number_is_brought_into_one_form(said, number):
    assert e164(said, "KE") == number


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("0711000001", "+254711000001"),
        ("255711000001", "+255711000001"),
        ("15005550006", "+15005550006"),
        ("22345", "22345"),
        ("12345678", "12345678"),  # a long short code, and no +1 234 5678
        ("999", "999"),
        ("MTN-INFO", "MTN-INFO"),
        ("anonymous 👻\0", "anonymous 👻"),
        ("x" * 200, "x" * 64),
    ],
)
def test_a_network_may_leave_the_plus_out(said, kept):
    assert from_network(said, "KE") == kept


def test_what_is_no_number_stays_as_it_is():
    assert sender("22345", "KE") == "22345"
    assert sender("255711000001", "KE") == "255711000001"
