import pytest

from console import hearers
from console.hearers import EACH, TOO_LONG, WHO

BOTH = {"language": "fr", "languages": ["fr", "sw"], "longest": 30}


def read(form, **more):
    return hearers.read(form, "Nous venons.", **{**BOTH, **more})


def test_nothing_is_asked_where_nobody_else_reported_it():
    heard = read({}, languages=None)
    assert (heard.others, heard.errors) == (None, {})


@pytest.mark.parametrize("to", ["", "both"])
def test_to_whom_has_to_be_said(to):
    assert read({"to": to}).errors == {"to": WHO}


def test_to_one_needs_no_translation():
    heard = read({"to": "one", "in_sw": "Tunakuja."})
    assert (heard.others, heard.errors) == (None, {})


def test_to_all_is_written_in_each_language():
    heard = read({"to": "all", "in_sw": "Tunakuja."})
    assert heard.others == {"fr": "Nous venons.", "sw": "Tunakuja."}
    assert not heard.errors


def test_a_language_that_is_left_empty_is_asked_for_unless_it_is_meant_so():
    assert read({"to": "all"}).errors == {"in_sw": EACH}
    meant = read({"to": "all", "as_it_is": "yes"})
    assert meant.others == {"fr": "Nous venons.", "sw": "Nous venons."}
    assert not meant.errors


def test_who_speaks_the_same_language_reads_the_same():
    assert read({"to": "all"}, languages=["fr"]).others == {"fr": "Nous venons."}


def test_a_translation_may_be_too_long():
    long = {"to": "all", "in_sw": "ndefu " * 10, "as_it_is": "yes"}
    assert read(long).errors == {"in_sw": TOO_LONG}


def test_words_are_never_printed():
    assert "Tunakuja" not in repr(read({"to": "all", "in_sw": "Tunakuja."}))
