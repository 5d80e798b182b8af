"""The table of domain.md: number, name, severity floor, and who starts in quarantine."""

import tomllib
from pathlib import Path

from grievances.severity import Severity
from grievances.taxonomy import CATEGORIES, GROUPS, SURVIVOR

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
    assert sorted(GROUPS) == [0, 1, 2, 3, 4, 5, 6]
    behind = [each.key for group in GROUPS.values() for each in group]
    assert sorted(behind) == sorted(CATEGORIES)


def test_soldiers_are_never_judged_by_their_own_side():
    assert CATEGORIES["SOLDIERS"].routes == ("rights",)


def test_the_demo_forum_has_a_body_for_almost_every_category():
    demo = tomllib.loads(Path("forum/demo.toml").read_text("utf-8"))
    kinds = {body["kind"] for body in demo["bodies"]}
    unheard = {key for key, each in CATEGORIES.items() if not kinds & set(each.routes)}
    assert unheard <= {"GUNS"}
