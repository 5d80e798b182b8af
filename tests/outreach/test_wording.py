from dataclasses import replace
from datetime import date

import pytest

from channels.base import Style
from outreach import wording
from outreach.announcements import Draft, Words
from outreach.schedules import Schedule
from outreach.wording import Flaw

TWO = Draft("Fees", "en", parts=2)
WHOLE = {(part, tag): Words("Habari.") for part in (0, 1) for tag in ("en", "sw")}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, {}),
        ({(1, "en"): None}, {(1, "en"): Flaw.MISSING}),
        ({(1, "sw"): None}, {(1, "sw"): Flaw.HALF}),
        ({(1, "sw"): Words("", "a chat alone")}, {(1, "sw"): Flaw.HALF}),
        ({(0, "sw"): None, (1, "sw"): None}, {}),  # it does not speak it at all
        ({(0, "en"): Words("x" * 613)}, {(0, "en"): Flaw.LONG}),  # one letter too many
        ({(0, "en"): Words("x" * 612)}, {}),
        ({(0, "en"): Words("short", "ŋ" * 901)}, {(0, "en"): Flaw.LONG}),
    ],
)
def test_nobody_gets_half_of_it(changes, wrong):
    texts = {key: words for key, words in {**WHOLE, **changes}.items() if words is not None}
    assert wording.flaws(TWO, texts) == wrong


def test_what_is_too_long_as_a_reminder_says_it_is_too_long():
    texts = {(0, "en"): Words("x" * 600)}
    when = Schedule(day=date(2026, 5, 12), before=(7,))
    once = Draft("Fees", "en")
    assert wording.flaws(once, texts) == {}
    assert wording.flaws(replace(once, schedule=when), texts) == {(0, "en"): Flaw.LONG}


def test_one_stray_letter_is_named_with_what_it_costs():
    french = "Les frais sont de 10 dès lundi. " * 4
    dear = wording.cost(french + "fête")
    assert (wording.cost(french).segments, dear.segments) == (1, 2)
    assert dear.guilty == ("ê",)
    assert not dear.gsm


def test_a_chat_shows_the_full_text_and_a_phone_the_short_one():
    texts = {(0, "en"): Words("Fee: 10", "The fee is 10."), (0, "sw"): Words("Ada: 10")}
    said = {(one.language, one.style): one.text for one in wording.wordings(texts, {})}
    assert said["en", Style.SMS] == "Fee: 10"
    assert said["en", Style.CHAT] == said["en", Style.TEXT] == "The fee is 10."
    assert said["sw", Style.CHAT] == "Ada: 10"


def test_a_recording_goes_to_chats_alone():
    texts = {(0, "en"): Words("Fee: 10"), (1, "en"): Words("Pay.")}
    found = wording.wordings(texts, {(1, "en"): "s1"})
    played = [(one.part, one.style) for one in found if one.sound == "s1"]
    assert played == [(1, Style.CHAT)]
    assert sum(one.sound is None for one in found) == len(found) - 1


def test_units_are_segments_on_sms_and_messages_elsewhere():
    texts = {(0, "en"): Words("x" * 161), (1, "en"): Words("x")}
    units = wording.units(texts)
    assert units["en", Style.SMS] == 3
    assert units["en", Style.CHAT] == units["en", Style.TEXT] == 2
