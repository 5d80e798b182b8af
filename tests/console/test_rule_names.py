import pytest

from console import rule_names
from outreach.profiles import ROLES
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
        (rule_names.ROLES, ROLES),
        (rule_names.PARTS, Part),
        (rule_names.PART_HINTS, Part),
        (rule_names.VARIANTS, Variant),
        (rule_names.FAULTS, Fault),
    ],
)
def test_everything_has_its_words_in_its_order(words, keys):
    assert list(words) == list(keys)
