import pytest

from channels import rehearsal
from console import words
from console.casefile import ELSEWHERE, WORDS
from forum.members import Role
from grievances.deadlines import Step
from grievances.escalation import LEVELS, NAMED
from grievances.reckonings import Why
from grievances.severity import Severity
from grievances.states import TRANSITIONS, Actor, State
from grievances.taxonomy import CATEGORIES
from outreach.voices import Consent


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (State, words.STATES),
        (Severity, words.SEVERITIES),
        (("sms", "whatsapp", "telegram", rehearsal.BASIC, rehearsal.CHAT), words.CHANNELS),
        (filter(None, {each.lane for each in CATEGORIES.values()}), words.LANES),
        (Role, words.ROLES),
        (Role, words.ROLE_HELP),
        (Consent, words.CONSENTS),
        (Step, words.DEADLINES),
        (("photo", "voice", "video", "file"), words.ATTACHMENTS),
        (NAMED, words.LEVELS),
        (NAMED, words.ESCALATED),
        (LEVELS[:-1], words.THEN),
        (Why, words.WHY),
    ],
    ids=[
        "states",
        "severities",
        "channels",
        "lanes",
        "roles",
        "help",
        "consents",
        "deadlines",
        "attachments",
        "levels",
        "escalated",
        "then",
        "why",
    ],
)
def test_every_key_has_its_words(keys, said):
    assert set(said) == set(keys)
    assert all(said.values())


MOVES = [
    (present, to)
    for present, ways in TRANSITIONS.items()
    for to, actors in ways.items()
    if Actor.STAFF in actors and to not in {*ELSEWHERE, *WORDS.get(present, ())}
]


@pytest.mark.parametrize(("present", "to"), MOVES)
def test_every_move_of_staff_has_a_verb(present, to):
    offered = words.way(present, to)
    assert offered.verb
    assert offered.explain
    assert offered.asks is offered.verb.endswith("…")


def test_going_back_to_the_review_is_called_so():
    begun = words.way(State.ASSIGNED, State.IN_REVIEW)
    assert words.way(State.PROPOSED, State.IN_REVIEW) != begun


def test_words_of_the_bots_are_found_too():
    assert words.in_words("nobody has translated this", "fr") == "nobody has translated this"
