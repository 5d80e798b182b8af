import pytest

from bots.subscribe import ROLE
from console import rule_names
from outreach.rule_changes import Practice, State
from outreach.rule_dates import FIELDS
from outreach.rule_texts import Fault, Part, Variant


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (rule_names.PRACTICES, Practice),
        (rule_names.STATES, State),
        (rule_names.DATES, FIELDS),
        (rule_names.DATE_HINTS, FIELDS),
        (rule_names.PARTS, Part),
        (rule_names.PART_HINTS, Part),
        (rule_names.VARIANTS, Variant),
        (rule_names.FAULTS, Fault),
    ],
)
def test_everything_has_its_words_in_its_order(words, keys):
    assert list(words) == list(keys)


def test_the_work_of_miners_is_what_they_can_say_themselves():
    said = [choice.key.removeprefix("role_") for choice in ROLE.choices]
    assert list(rule_names.ROLES) == said
