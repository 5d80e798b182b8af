from datetime import timedelta

import pytest

from forum import bodies, members
from forum.members import Role
from outreach import overrides
from outreach.overrides import Changed, Outcome, Refusal, Refused


@pytest.fixture
async def rule(ground):
    return await ground.rule()


@pytest.fixture
async def ask(ground, rule, rehema):
    async def asked(reason="A flood took the road.", by=rehema):
        more = {"gaps": 3, "threshold": 60}
        await ground.do(overrides.ask, rule.id, 1, reason, **more, by=by)
        return (await ground.read(overrides.of, rule.id, 1))[0]

    return asked


async def test_two_people_agree_and_what_they_are_is_kept(ground, rule, rehema, ask):
    lead = await ground.member(Role.LEAD, "Lindiwe")
    async with ground.database.transaction() as db:
        by = {"by": lead.id, "now": ground.now}
        body = await bodies.add_body(db, "Mines office", "government", **by)
        await members.change_body(db, rehema.id, body, by=lead, now=ground.now)
    one = await ask()
    assert (one.outcome, one.asked_role, one.asked_body) == ("asked", "official", "Mines office")
    await ground.do(overrides.agree, one, by=lead)
    (kept,) = await ground.read(overrides.agreed)
    assert (kept.outcome, kept.decided_role, kept.decided_body) == ("agreed", "lead", "")
    assert (kept.reason, kept.gaps, kept.threshold) == ("A flood took the road.", 3, 60)
    with pytest.raises(Changed):
        await ask()


async def test_who_asked_or_came_later_or_reads_no_rules_is_no_second_person(ground, rehema, ask):
    one = await ask()
    late = await ground.member(joined=ground.now + timedelta(minutes=1))
    handler = await ground.member(Role.HANDLER)
    for person, why in (
        (rehema, Refusal.AUTHOR),
        (late, Refusal.LATER),
        (handler, Refusal.RIGHT),
    ):
        with pytest.raises(Refused) as error:
            await ground.do(overrides.agree, one, by=person)
        assert error.value.why is why


@pytest.mark.parametrize("reason", ["", "x" * 1001])
async def test_without_a_reason_nothing_is_asked(ask, reason):
    with pytest.raises(Refused) as error:
        await ask(reason)
    assert error.value.why is Refusal.REASON


async def test_who_does_not_broadcast_does_not_ask(ground, ask):
    secretary = await ground.member(Role.SECRETARY)
    with pytest.raises(Refused) as error:
        await ask(by=secretary)
    assert error.value.why is Refusal.RIGHT


@pytest.mark.parametrize(
    ("own", "outcome"), [(True, Outcome.WITHDRAWN), (False, Outcome.DECLINED)]
)
async def test_it_is_declined_or_taken_back_once(ground, rehema, joseph, ask, own, outcome):
    one, by = await ask(), rehema if own else joseph
    assert await ground.do(overrides.decline, one, by=by) is outcome
    with pytest.raises(Changed):
        await ground.do(overrides.agree, one, by=joseph)
    assert await ground.read(overrides.agreed) == []
    assert (await ask()).outcome is Outcome.ASKED
