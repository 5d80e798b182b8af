from dataclasses import asdict

import pytest

from channels.arrivals import decoded, encoded
from channels.base import Address, Delivery, Inbound, Media, Receipt, Stopped

ADDRESS = Address("sms", "+254711000001")

ARRIVALS = [
    Inbound(ADDRESS, "SM1", "The tunnel has fallen in"),
    Inbound(
        ADDRESS,
        "SM2",
        "\ud83d \0 🙂",
        "choice",
        (Media("a reference", "voice", "audio/ogg"), Media("another", "photo", "image/png")),
        "sw",
        "payload",
        answered=True,
    ),
    Inbound(ADDRESS, "CA1", rang=True),
    Receipt("sms", Delivery.DELIVERED, "SM3", "ours", "30003", 4, stopped=True, again=2),
    Receipt("sms", None, "SM4"),
    Stopped(ADDRESS, "5", stopped=False),
]


@pytest.mark.parametrize("arrival", ARRIVALS, ids=lambda each: type(each).__name__)
def test_what_went_in_comes_out(arrival, now):
    back, at = decoded(encoded(arrival, now))
    assert type(back) is type(arrival)
    assert asdict(back) == asdict(arrival)
    assert at == now


def test_another_kind_is_an_error(now):
    with pytest.raises(ValueError, match="Letter"):
        decoded(encoded(ARRIVALS[0], now).replace(b"Inbound", b"Letter"))
