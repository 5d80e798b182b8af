from datetime import date

from console.discussionfile import KINDS, STATES, sms, title_of, tongues
from outreach import discussions
from outreach.discussions import Outcome, Talk
from outreach.report_backs import Subject
from outreach.voice_marks import Kind

DAY = date(2026, 5, 12)
TALK = Talk(Subject(Kind.AGENDA, "Water"), DAY, "", "en")


def test_every_subject_and_every_state_has_a_word():
    assert set(KINDS) == set(discussions.SUBJECTS)
    assert set(STATES) == set(discussions.State)


def test_an_item_is_called_what_it_is_and_a_theme_by_its_name():
    assert title_of(Subject(Kind.AGENDA, "May 3"), {}) == "May 3"
    assert title_of(Subject(Kind.THEME, "t"), {Kind.THEME: {"t": "Water"}}) == "Water"


def test_it_shows_what_leaves():
    said = sms(TALK, {"en": Outcome("A well.", "W.")}, "", DAY, "fr")
    assert said == ("en", "News of the forum, 12 May: W.")


def test_it_can_be_written_in_every_language():
    assert list(tongues()) == ["en", "fr", "sw"]
