"""Wishes and what is heard back: plain facts, which the runner and the store pass on."""

import inspect
from dataclasses import fields, is_dataclass

import pytest

from bots import effects
from bots.conversation import Attachment, Effect, Event

MADE = [
    each
    for _, each in inspect.getmembers(effects, inspect.isclass)
    if each.__module__ == "bots.effects"
]


@pytest.mark.parametrize("made", MADE)
def test_each_is_a_wish_or_an_event_and_cannot_be_changed(made):
    assert issubclass(made, Effect) != issubclass(made, Event)
    assert is_dataclass(made)
    assert made.__dataclass_params__.frozen


@pytest.mark.parametrize("made", MADE)
def test_each_says_what_it_is(made):
    assert made.__doc__
    assert not made.__doc__.startswith(made.__name__ + "(")


@pytest.mark.parametrize("made", [each for each in MADE if issubclass(each, Effect)])
def test_each_wish_says_what_is_heard_back(made):
    heard = made.__doc__.partition("-> ")[2] + made.__doc__.partition("CaseFiled")[1]
    assert any(event.__name__ in heard for event in MADE if issubclass(event, Event))


def test_a_file_is_not_shown_by_a_wish():
    wished = effects.FileCase("", (Attachment("secret-reference", "photo", "image/png"),))
    assert "secret-reference" not in repr(wished)


def test_a_plain_story_is_enough_to_file():
    assert {field.name for field in fields(effects.FileCase)} == {
        "story",
        "attachments",
        "category",
    }
