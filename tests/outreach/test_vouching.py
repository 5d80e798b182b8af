from datetime import timedelta

import pytest

from forum import members
from forum.members import Role
from outreach import vouching
from outreach.vouching import Bar, Barred


async def test_whoever_reads_rules_and_was_here_can_vouch_for_what_another_wrote(ground, rehema):
    for role in Role:
        one = await ground.member(role)
        async with ground.database.reading() as db:
            why = await vouching.bar(db, one, author=rehema.id, since=ground.now)
        assert why is (None if one.may(members.Right.READ_RULES) else Bar.RIGHT)


async def test_who_wrote_it_who_came_later_and_who_left_cannot(ground, rehema):
    late = await ground.member(joined=ground.now + timedelta(minutes=1))
    lead, gone = await ground.member(Role.LEAD), await ground.member()
    async with ground.database.transaction() as db:
        await members.remove(db, gone.id, by=lead, now=ground.now)
    for person, why in ((rehema, Bar.AUTHOR), (late, Bar.LATER), (gone, Bar.RIGHT)):
        async with ground.database.reading() as db:
            with pytest.raises(Barred) as error:
                await vouching.check(db, person, author=rehema.id, since=ground.now)
        assert error.value.why is why
