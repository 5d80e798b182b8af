import gc

import pytest

from app import collector


@pytest.fixture
def thawed():
    yield
    gc.unfreeze()


def test_what_is_here_is_passed_over_and_what_comes_is_not(thawed):
    before = gc.get_freeze_count()
    collector.pass_over_what_is_here()
    assert gc.get_freeze_count() > before
    later = []
    later.append(later)
    assert any(each is later for each in gc.get_objects())
