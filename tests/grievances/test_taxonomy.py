"""The table of domain.md: number, name, severity floor, and who starts in quarantine."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from forum.suppression import K_GRAVE, K
from grievances.category import Area, Group, Name, Risk
from grievances.severity import Severity
from grievances.taxonomy import CATEGORIES, DEFAULT, GROUP_DIGITS, OTHER, SURVIVOR

FLOORS = """
1 DANGER S2
2 CHILD S2
3 FORCED S2
4 PAY S3
5 ABUSE S1
6 SOLDIERS S2
7 GUNS S2
8 BRIBE S3
9 LAND S3
10 MOVING S3
11 MERCURY S2
12 WATER S3
13 PRICE S3
14 LEFTOUT S3
0 OTHER S4
"""


def test_every_category_has_its_number_and_floor():
    rows = [f"{each.number} {each.key} {each.floor}" for each in CATEGORIES.values()]
    assert rows == FLOORS.split("\n")[1:-1]


def test_names_fit_a_list_in_one_sms():
    assert all(key.isascii() and key.isupper() and len(key) <= 8 for key in CATEGORIES)


def test_force_and_corruption_start_in_quarantine():
    kept_apart = {key for key, each in CATEGORIES.items() if each.quarantine}
    assert kept_apart == {"SOLDIERS", "GUNS", "BRIBE"}


def test_only_survivors_have_a_lane_of_their_own():
    lanes = {key: each.lane for key, each in CATEGORIES.items() if each.lane}
    assert lanes == {"ABUSE": SURVIVOR}
    assert CATEGORIES["ABUSE"].floor is Severity.S1


def test_a_group_fits_the_digits_and_holds_every_category_once():
    assert [group.digit for group in DEFAULT.groups] == [1, 2, 3, 4, 5, 6, 0]
    behind = [each.key for digit in GROUP_DIGITS for each in DEFAULT.behind(digit)]
    assert sorted(behind) == sorted(CATEGORIES)


def test_soldiers_are_never_judged_by_their_own_side():
    assert CATEGORIES["SOLDIERS"].routes == ("rights",)


def test_the_demo_forum_has_a_body_for_almost_every_category():
    demo = tomllib.loads(Path("forum/demo.toml").read_text("utf-8"))
    kinds = {body["kind"] for body in demo["bodies"]}
    unheard = {key for key, each in CATEGORIES.items() if not kinds & set(each.routes)}
    assert unheard <= {"GUNS"}


# --- what it is a sign of ------------------------------------------------------------------------


def test_every_category_but_other_belongs_to_an_area_of_the_igf():
    assert {key for key, each in CATEGORIES.items() if not each.areas} == {OTHER}
    assert {area for each in CATEGORIES.values() for area in each.areas} == {*Area}


def test_every_risk_of_annex_ii_has_a_category_that_can_be_its_sign():
    assert {risk for each in CATEGORIES.values() for risk in each.risks} == {*Risk}


@pytest.mark.parametrize(
    ("key", "risk"),
    [
        ("CHILD", Risk.CHILD_LABOUR),
        ("FORCED", Risk.FORCED_LABOUR),
        ("ABUSE", Risk.VIOLATIONS),
        ("SOLDIERS", Risk.SECURITY_FORCES),
        ("GUNS", Risk.ARMED_GROUPS),
        ("BRIBE", Risk.BRIBERY),
    ],
)
def test_what_annex_ii_names_has_its_own_category(key, risk):
    assert risk in CATEGORIES[key].risks


def test_what_is_hidden_from_some_is_published_from_ten_cases_on():
    ten = {key for key, each in CATEGORIES.items() if each.k == K_GRAVE}
    assert ten == {key for key, each in CATEGORIES.items() if each.quarantine or each.lane}
    assert {each.k for each in CATEGORIES.values()} == {K, K_GRAVE}


# --- the value -----------------------------------------------------------------------------------


def test_a_key_that_is_not_known_yet_is_shown_as_it_is():
    unknown = CATEGORIES["DUST"]
    assert (unknown.label.msgid, unknown.k) == ("DUST", K_GRAVE)
    assert "DUST" not in CATEGORIES
    assert CATEGORIES.get("DUST") is None


def test_what_is_retired_is_known_and_not_offered():
    changed = DEFAULT.with_category(replace(CATEGORIES["PAY"], retired=True))
    assert changed.categories["PAY"].retired
    assert "PAY" not in changed.offered
    assert [each.key for each in changed.behind(2)] == ["CHILD", "FORCED", "ABUSE"]


@pytest.mark.parametrize(
    ("position", "order"),
    [
        (1, ["PAY", "CHILD", "FORCED", "ABUSE"]),
        (3, ["CHILD", "FORCED", "PAY", "ABUSE"]),
        (8, ["CHILD", "FORCED", "ABUSE", "PAY"]),
    ],
)
def test_the_others_make_room_for_a_place_in_the_menu(position, order):
    changed = DEFAULT.with_category(replace(CATEGORIES["PAY"], position=position))
    assert [each.key for each in changed.behind(2)] == order
    assert [each.position for each in changed.behind(2)] == [1, 2, 3, 4]


def test_a_group_is_added_in_the_order_of_the_digits_and_0_stays_last():
    changed = DEFAULT.with_group(Group(7, {"en": Name(choice="Dust")}))
    assert [group.digit for group in changed.groups] == [1, 2, 3, 4, 5, 6, 7, 0]
    assert DEFAULT.named(7) is None
