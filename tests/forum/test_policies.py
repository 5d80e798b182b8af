from forum import audit, policies
from forum.policies import Policy


async def test_a_policy_is_kept_until_the_forum_says_no(database, now):
    said = []
    async with database.transaction() as db:
        said.append(await policies.kept(db, Policy.SUPERIORS))
        for on in (False, True):
            await policies.keep(db, Policy.SUPERIORS, on=on, by="m" * 32, now=now)
            said.append(await policies.kept(db, Policy.SUPERIORS))
        acts = [line.act for line in await audit.recent(db)]
    assert said == [True, False, True]
    assert acts == ["policy.superiors.on", "policy.superiors.off"]
