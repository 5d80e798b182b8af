import pytest

from channels.base import Address, Inbound
from channels.errors import Malformed
from channels.missed_calls import WITHHELD, rang

ANNA = "+254711000001"


@pytest.mark.parametrize(
    ("caller", "number"),
    [
        (ANNA, ANNA),
        ("+254 711 000 001", ANNA),
        ("0711000001", ANNA),
        ("+15005550006", "+15005550006"),
    ],
)
def test_who_rang_is_known_by_the_number(caller, number):
    asked = rang({"From": caller, "CallSid": "CA1", "CallerName": "ANNA"}, "KE")
    assert asked == [Inbound(Address("sms", number), "CA1", rang=True)]


@pytest.mark.parametrize(
    "caller",
    [
        "",
        "anonymous",
        "22345",
        "MTN-INFO",
        "sip:anna@example.org",
        "client:anna",
        *sorted(WITHHELD),
    ],
)
def test_nobody_is_called_back_who_shows_no_number(caller):
    assert rang({"From": caller, "CallSid": "CA1"}, "KE") == []


def test_what_stands_for_a_number_that_is_withheld_is_what_twilio_says():
    listed = {"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"}
    assert listed == WITHHELD


def test_a_call_without_an_id_is_malformed():
    with pytest.raises(Malformed):
        rang({"From": ANNA}, "KE")
