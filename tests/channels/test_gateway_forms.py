import pytest

from channels.base import Hook
from channels.gateway_forms import plain, query, text, told

URL = "https://baraza.example/hooks/gateway?k=s&id=1"
FORM = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}


def test_fields_come_from_the_address_and_from_a_form():
    assert told(Hook(f"{URL}&from=%2B254", {}, b"from=no")) == {
        "k": "s",
        "id": "1",
        "from": "+254",
    }
    assert told(Hook(URL, FORM, b"from=%2B254&b="))["from"] == "+254"
    assert told(Hook(URL, FORM, b"from=%2B254&b="))["b"] == ""


def test_the_address_alone_is_read_before_the_hook_is_believed():
    assert query(Hook(URL, FORM, b"k=other")) == {"k": "s", "id": "1"}


def test_kannels_own_headers_bring_the_rest():
    headers = {"x-kannel-from": "+254", "content-type": 'text/plain; charset="UTF-8"'}
    fields = told(Hook(URL, headers, "é".encode()))
    assert (fields["from"], fields["charset"], text(fields)) == ("+254", "UTF-8", "é")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ""),
        ({"text": "hi"}, "hi"),
        ({"content": "hi"}, "hi"),
        ({"text": "\0a", "coding": "2"}, "a"),
        ({"text": "\0a\0", "charset": "utf-16be"}, "a\ufffd"),  # cut on its way
        ({"text": "hi", "charset": "UTF-8", "coding": "2"}, "hi"),  # Kannel's alt-charset
        ({"content": "\x10\x11\x7f\xff"}, "Δ_à?"),
        ({"content": "\n\t "}, "\n\t "),
    ],
)
def test_words_are_read_in_the_alphabet_that_they_are_in(fields, said):
    assert text(fields) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [("Ã©", "é"), ("é", "é"), ("\x92", "\u2019"), ("\x81", "\ufffd"), ("☺", "?")],
)
def test_utf8_is_tried_before_what_older_gateways_write(value, said):
    assert plain(value) == said
