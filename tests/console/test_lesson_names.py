from console.lesson_names import FLAWS, PARTS, STATES
from outreach.lessons import Flaw, Part, State


def test_every_state_part_and_flaw_has_a_word():
    assert set(STATES) == set(State)
    assert set(PARTS) == set(Part)
    assert set(FLAWS) == set(Flaw)
