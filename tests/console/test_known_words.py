from datetime import UTC

from console import known_words
from outreach.known import Entry, Known, Learning, Person
from outreach.learners import State as Learns
from outreach.profiles import Profile
from outreach.subscribers import State


def test_a_file_the_counter_and_an_own_word_are_told_apart(now):
    said = []
    for how, listed in (("signed list", True), ("said so", False), (None, False)):
        entry = Entry(State.ACTIVE, now, "xx", "P1", now, how, how and now, listed, uncalled=True)
        found = Known("sms", entry, [Person(None, Profile(role="king"))], [], None)
        (_, facts), (_, person) = known_words.sections(found, UTC, "en")
        said.append(dict(facts)["How they came"])
        assert ("Language", "xx") in facts
        assert ("Wants no calls", "Yes") in facts
        assert ("Work", "king") in person
    assert said == [
        "By a file that was brought",
        "At the counter",
        "By their own word, from this telephone",
    ]


def test_lessons_are_told_by_the_name_of_the_series(now):
    learning = [Learning("Mercury", Learns.DONE, now, 5, 4, 3)]
    ((about, facts),) = known_words.sections(Known("sms", None, [], learning, None), UTC, "en")
    assert about == "Lessons: Mercury"
    assert facts[0] == ("State", "Has had all of them")
    assert [value for _, value in facts[2:]] == ["5", "4", "3"]


def test_every_state_has_words():
    assert set(known_words.STATES) == {*State}
    assert set(known_words.LEARNS) == {*Learns}
