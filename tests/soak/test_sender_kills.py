"""``kill -9`` to the sender at points that nobody chose: nothing lost, nothing doubled (3.4).

``make soak`` kills 200 senders on each engine, while each has something to send to 500 people;
``SOAK_KILLS=5 make soak`` is a short one. It prints what it counted.
"""

from tests.support.sender_kills import SenderKills

#: How far a sender's clock is ahead of the one's before it on PostgreSQL, where others might
#: live, and what a dead one held is free when its lease has run out: 60 s, and 15 s until a look.
LEASE_RUNS_OUT = 76.0


async def test_killed_at_random_it_loses_nothing_and_doubles_nothing(
    crowd, nursery, where, kills, database
):
    alone = database.embedded
    where["alone"] = str(int(alone))
    soaked = SenderKills(crowd, nursery, where, step=0.0 if alone else LEASE_RUNS_OUT)
    tally, deaths = await soaked.soak(kills)
    print(f"\n{database.writer.dialect.name}: {deaths}; {tally}")
    assert (deaths.wrong, tally.wrong) == ({}, {})
    assert deaths.kills == kills
    assert deaths.in_doubt > 0
