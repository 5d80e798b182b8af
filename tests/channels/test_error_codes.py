import pytest

from channels import error_codes
from channels.error_codes import GATEWAY, HTTP, OURS, TELEGRAM, TWILIO, Action, Fault
from locales import languages, translate

#: What providers.md asks for each of Twilio's codes.
ACTIONS = [
    ("21610", Action.STOP, 0, None),
    ("21211", Action.GIVE_UP, 0, Fault.INVALID),
    ("21614", Action.GIVE_UP, 0, Fault.INVALID),
    ("21408", Action.MEND, 0, None),
    ("21606", Action.MEND, 0, None),
    ("21612", Action.MEND, 0, None),
    ("21611", Action.SLOW, 3, None),
    ("30001", Action.SLOW, 3, None),
    ("20003", Action.REST, 0, None),
    ("20429", Action.SLOW, 3, None),
    ("30003", Action.AGAIN, 3, None),
    ("30004", Action.GIVE_UP, 0, Fault.BLOCKED),
    ("30005", Action.GIVE_UP, 0, Fault.GONE),
    ("30006", Action.GIVE_UP, 0, Fault.GONE),
    ("30007", Action.GIVE_UP, 0, None),
    ("30008", Action.AGAIN, 1, None),
    ("63018", Action.SLOW, 3, None),
    ("blocked", Action.STOP, 0, None),
    ("no-chat", Action.GIVE_UP, 0, Fault.INVALID),
    ("forgotten", Action.AGAIN, 0, None),
    ("no-sound", Action.GIVE_UP, 0, None),
]


@pytest.mark.parametrize(("code", "action", "tries", "fault"), ACTIONS)
def test_each_code_has_its_action(code, action, tries, fault):
    row = error_codes.of(code)
    assert (row.action, row.tries, row.fault) == (action, tries, fault)


@pytest.mark.parametrize("code", ["99999", "", None, "something new"])
def test_a_strange_code_is_final_and_says_that_nobody_knows_it(code):
    assert error_codes.of(code).action is Action.GIVE_UP
    assert "does not know" in error_codes.of(code).words


def test_no_code_means_two_things():
    rows = [TWILIO, TELEGRAM, GATEWAY, HTTP, OURS]
    codes = [code for row in rows for code in row]
    assert len(codes) == len(set(codes))


def test_codes_are_found_by_what_follows_from_them():
    assert error_codes.with_action(Action.STOP, TWILIO) == {"21610"}
    assert error_codes.with_action(Action.STOP, TELEGRAM) == {"blocked", "deactivated"}


@pytest.mark.parametrize("tag", [tag for tag in languages() if tag in {"en", "fr"}])
def test_staff_read_every_reason_in_their_own_words(tag):
    rows = {**TWILIO, **TELEGRAM, **GATEWAY, **HTTP, **OURS}.values()
    said = {row.words: translate(row.words, tag, domain="console") for row in rows}
    assert all(said.values())
    assert tag == "en" or all(text != msgid for msgid, text in said.items())
