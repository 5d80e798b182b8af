import pytest

from bots.phrases import SKIP
from bots.subscribe import FORMALITY, GENDER, ROLE
from outreach.profiles import FORMALITIES, GENDERS, PHASE_OF, PHASES, ROLES, Profile


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        (Profile(role="digger"), Profile(role="buyer"), True),
        (Profile(role="digger"), Profile(gender="woman"), False),
        (Profile(), Profile("s", "digger", "man"), False),
        (Profile("s"), Profile("t"), True),
        (Profile(gender="man"), Profile(gender="woman"), True),
        (Profile(formality="formal"), Profile(formality="informal"), False),
    ],
)
def test_two_people_are_told_apart_by_what_contradicts(one, other, differ):
    assert one.contradicts(other) is differ
    assert other.contradicts(one) is differ


def test_a_role_says_its_phase_where_none_is_told():
    assert Profile(role="hauler").with_phase().phase == "transport"
    assert Profile(role="hauler", phase="trade").with_phase().phase == "trade"
    assert Profile(role="owner").with_phase().phase is None


def test_what_the_bot_offers_is_what_the_list_knows():
    roles = {choice.key.removeprefix("role_") for choice in ROLE.choices}
    assert roles - {SKIP.key} <= set(ROLES)
    assert {choice.key for choice in FORMALITY.choices} == set(FORMALITIES)
    assert {choice.key for choice in GENDER.choices} == {*GENDERS, "gender_unsaid"}
    assert set(PHASE_OF) <= set(ROLES)
    assert set(PHASE_OF.values()) <= set(PHASES)
