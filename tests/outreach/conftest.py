import pytest

from tests.support.rulemaking import Rules


@pytest.fixture
def rules(database, now):
    return Rules(database, now)


@pytest.fixture
def facts(rules):
    return rules.facts
