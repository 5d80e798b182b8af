from types import SimpleNamespace

import pytest

from console.access import SignedIn, Visit
from console.routes import DOORS
from console.sections import REHEARSAL, SECTIONS, open_to, where
from forum.members import Role

DOOR = {door.path: door for door in DOORS if door.method == "GET"}


def signed_in_as(role):
    return SignedIn(SimpleNamespace(role=role), None)


def places(sections):
    return [place for section in sections for place in section.places]


@pytest.mark.parametrize("role", Role)
def test_a_link_is_shown_to_those_whom_its_page_lets_in(role):
    """A link to a closed door would be a riddle; a page without a link is never found."""
    someone = signed_in_as(role)
    shown = {place.path for place in places(open_to(someone, simulator=False))}
    let_in = {
        place.path for place in places(SECTIONS) if DOOR[place.path].admits(Visit("en", someone))
    }
    assert shown == let_in


def test_no_page_stands_in_two_sections():
    keys = [place.key for place in places([*SECTIONS, REHEARSAL])]
    assert len(keys) == len(set(keys))


def test_a_page_below_another_is_in_its_section():
    sections = open_to(signed_in_as(Role.LEAD), simulator=True)
    assert where(sections, "board").name == "Cases"
    assert where(sections, "simulator").name == "Phones"
    assert where(sections, "account") is None


def test_the_phones_are_there_only_where_they_are_switched_on():
    someone = signed_in_as(Role.OFFICIAL)
    assert "Phones" not in {one.name for one in open_to(someone, simulator=False)}
    assert "Phones" in {one.name for one in open_to(someone, simulator=True)}


def test_the_ways_to_the_others_stand_on_the_pages_of_the_section_alone():
    sections = open_to(signed_in_as(Role.LEAD), simulator=True)
    cases, phones = where(sections, "cases"), where(sections, "simulator")
    assert cases.leads_from("/cases")
    assert not cases.leads_from("/cases/ABC123")
    assert not phones.leads_from("/simulator")  # there is no other
