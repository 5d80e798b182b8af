"""Every act that the code writes down has plain words, in both languages."""

import re
from pathlib import Path

import pytest

from console.audit_words import ACTS, MOVED, NOBODY, named, subject_of, words_of
from console.services import LANGUAGES
from console.words import in_words
from grievances.states import State

ROOT = Path(__file__).parents[2]
ROOMS = ("app", "bots", "channels", "console", "forum", "grievances", "outreach")
WRITTEN = re.compile(r'"((?:[a-z]+)\.(?:[a-z_]+))(?:\.\{[^"]*)?"')
CALLS = re.compile(r"audit\.record\(|_record\(|_record_day\(|_open\(|act = |Line\(SYSTEM")


def acts():
    """Return every act that stands in the source, where something is written down."""
    found = set()
    for room in ROOMS:
        for module in (ROOT / room).rglob("*.py"):
            lines = module.read_text("utf-8").splitlines()
            for number, line in enumerate(lines):
                if CALLS.search(line):
                    call = "\n".join(lines[number : number + 8])
                    found |= set(WRITTEN.findall(call.partition("\n\n")[0]))
    return {act for act in found if not act.endswith(".html")}


def test_every_act_of_the_code_has_its_words():
    assert {"case.answered", "member.role", "line.paused", "attachment.opened"} <= acts()
    assert {act for act in acts() if words_of(act).text == act} == set()


def test_no_words_are_left_of_an_act_that_is_no_more():
    written = {words_of(act).text for act in acts()} | {ACTS[MOVED]}
    source = "\n".join(each.read_text("utf-8") for each in (ROOT / "forum").glob("*.py"))
    assert {
        act for act in ACTS if ACTS[act] not in written and f'"{act}.{{' not in source
    } == set()


@pytest.mark.parametrize("text", [*ACTS.values(), *NOBODY.values()])
def test_they_are_there_in_french(text):
    assert set(LANGUAGES) == {"en", "fr"}
    assert in_words(text, "fr") != text


@pytest.mark.parametrize(
    ("act", "text", "detail"),
    [
        ("case.answered", "Wrote to the reporter of a case", ""),
        ("case.in_review", "Moved a case", "In review"),
        ("case.escalated.1", "A case was escalated", "Lead of the secretariat"),
        ("member.role.auditor", "Gave somebody another role", "Auditor"),
        ("member.role.king", "Gave somebody another role", ""),
        ("referral.done", "Sent a case to another body, or kept its word", "Done"),
        ("policy.superiors.on", "Switched a policy", ""),
        ("what.is_this", "what.is_this", ""),
        ("", "", ""),
    ],
)
def test_an_act_is_said_with_its_detail(act, text, detail):
    said = words_of(act)
    assert (said.text, said.detail) == (text, detail)


@pytest.mark.parametrize("state", State)
def test_every_move_is_found_under_moves(state):
    assert f"case.{state}" in named(MOVED)
    assert words_of(f"case.{state}").text == "Moved a case"


def test_what_is_no_family_finds_nothing():
    assert list(named("case")) == list(named("")) == []


def test_a_case_is_a_mark_and_a_member_a_name():
    names = {"m1": "Amina"}
    assert subject_of("case.answered", "abcdef0123", names) == "abcdef"
    assert subject_of("keys.granted", "m1", names) == "Amina"
    assert subject_of("signed.in", "m2", names) == ""
    assert subject_of("calendar.holiday", "2026-12-25", names) == "2026-12-25"


def test_what_was_done_to_a_rule_change_is_told_by_its_reference():
    assert subject_of("rules.published", "R7", {}) == "R7"
