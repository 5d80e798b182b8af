import re

import pytest

from forum.members import Role
from outreach.audiences import Audience


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.mark.usefixtures("site")
async def test_every_criterion_that_has_values_can_be_chosen(join):
    official = await join(Role.OFFICIAL, name="Odile Mbeki")
    audiences, broadcast = [
        set(re.findall(r'name="(?:to_)?(\w+)" value="', await official.page(path)))
        for path in ("/audiences/new", "/broadcasts/new")
    ]
    known = {*Audience().chosen()} - {"answered", "not_reached", "cohorts"}  # nothing was sent yet
    assert known <= audiences
    assert known <= broadcast
