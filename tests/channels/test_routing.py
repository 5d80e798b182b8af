import pytest

from channels.base import Address
from channels.routing import Routing, kind, of_number, reached, read

BOTH = Routing(("sms", "gateway", "telegram"), {"+255": "gateway", "+25578": "sms", "+1": "sms"})


def to(number, channel="sms"):
    return Address(channel, number)


@pytest.mark.parametrize(
    ("number", "line"),
    [
        ("+255711000001", "gateway"),
        ("+255781000001", "sms"),
        ("+15005550006", "sms"),
        ("+254711000001", "sms"),  # nobody said: the first that is set up
        ("22345", "sms"),
    ],
)
def test_the_longest_prefix_chooses_the_line(number, line):
    assert BOTH.line(to(number)) == line


@pytest.mark.parametrize(
    ("up", "line"),
    [
        (("sms", "gateway"), "gateway"),
        (("sms", "telegram"), "sms"),
        (("telegram",), None),
        ((), None),
    ],
)
def test_another_line_to_the_same_telephones_steps_in(up, line):
    assert BOTH.line(to("+255711000001"), up) == line


def test_a_chat_has_one_line_whatever_its_number_looks_like():
    assert BOTH.line(to("+255", "telegram")) == "telegram"
    assert BOTH.line(to("+255", "telegram"), up=("sms", "gateway")) is None


def test_a_line_that_is_not_set_up_is_never_chosen():
    only = Routing(("gateway",), {"+1": "sms"})
    assert only.line(to("+15005550006")) == "gateway"
    assert only.default("sms") == "gateway"
    assert only.default("telegram") == "telegram"


def test_the_first_line_of_a_channel_is_its_default():
    assert Routing(("gateway", "sms")).default("sms") == "gateway"


def test_a_gateway_leads_to_telephones():
    assert [kind(line) for line in ("sms", "gateway", "whatsapp")] == ["sms", "sms", "whatsapp"]


@pytest.mark.parametrize(
    ("written", "prefixes"),
    [
        ("", {}),
        ("+255=gateway", {"+255": "gateway"}),
        (" +255 = gateway , +1=sms,", {"+255": "gateway", "+1": "sms"}),
        ("+1=sms,+1=sms", {"+1": "sms"}),
    ],
)
def test_routes_are_read_as_an_operator_writes_them(written, prefixes):
    assert read(written) == prefixes


@pytest.mark.parametrize(
    "written", ["255=gateway", "+=sms", "+255", "+255=", "=sms", "+0=sms", "+1=sms,+1=gateway"]
)
def test_a_route_that_is_none_is_named(written):
    with pytest.raises(ValueError, match=r"prefix=line|two lines"):
        read(written)


def test_a_number_is_a_contact_on_each_channel_that_has_numbers():
    assert of_number("+255711000001") == (to("+255711000001"), to("+255711000001", "whatsapp"))


@pytest.mark.parametrize("line", ["sms", "gateway"])
def test_a_number_on_whatsapp_is_one_that_sms_reaches(line):
    assert reached(to("+254711000001", "whatsapp"), line) == to("+254711000001")


@pytest.mark.parametrize(
    ("channel", "line"),
    [("sms", "gateway"), ("whatsapp", "whatsapp"), ("telegram", "sms"), ("sms", "call")],
)
def test_every_other_line_reaches_an_address_as_it_is(channel, line):
    assert reached(to("123", channel), line) == to("123", channel)
