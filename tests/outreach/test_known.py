from datetime import timedelta

from sqlalchemy import insert

from channels import optout
from channels.base import Address
from forum.bodies import sites
from outreach import known, learners, subscribers
from outreach.learners import Verdict
from outreach.profiles import Profile
from outreach.subscribers import Consent, State
from tests.support.school import School, lesson

PHONE = Address("sms", "+255700000001")


async def test_nothing_is_known_of_a_stranger(database, keyring):
    async with database.reading() as db:
        assert not await known.of(db, keyring, PHONE)


async def test_whoever_came_at_the_counter_is_told_how_they_agreed(database, keyring, now):
    consent = Consent("said so", now.date())
    async with database.transaction() as db:
        site = {"id": "s" * 32, "code": "KB12", "name": "K", "district": "N", "mineral": "gold"}
        await db.execute(insert(sites).values(site))
        told = Profile("s" * 32, "digger", "man")
        await subscribers.register(
            db, keyring, PHONE, told, consent, language="sw", now=now, cohort="P1"
        )
        await subscribers.subscribe(
            db, keyring, PHONE, language="sw", now=now + timedelta(days=1), role="washer"
        )
        signed, later = Consent("signed", now.date()), now + timedelta(days=2)
        buyer = Profile(role="buyer")
        await subscribers.register(db, keyring, PHONE, buyer, signed, language="sw", now=later)
        found = await known.of(db, keyring, PHONE)
    assert found.channel == "sms"
    assert found.entry is not None
    assert (found.entry.state, found.entry.consent_how) == (State.ACTIVE, "said so")
    assert (found.entry.cohort, found.entry.listed) == ("P1", False)
    first, second, third = found.people
    assert first.place == "K"
    assert (first.site, first.profile.role, first.told_at) == ("KB12 · K", "digger", None)
    assert (second.profile.role, second.told_at) == ("washer", now + timedelta(days=1))
    assert (second.consent_how, third.consent_how) == (None, "signed")


async def test_lessons_and_a_stop_are_known_without_the_list(database, keyring, now):
    series = await School(database, now).write(lesson(1, "1"), lesson(2))
    async with database.transaction() as db:
        one = await learners.join(db, keyring, series, PHONE, language="en", now=now)
        await learners.advance(db, one, last=False, every=3, now=now)
        await learners.judged(db, one.id, 1, Verdict.RIGHT)
        await optout.stop(db, keyring, PHONE, now)
        found = await known.of(db, keyring, PHONE)
    assert found
    assert (found.entry, found.people, found.stopped_at) == (None, [], now)
    (learning,) = found.learning
    assert (learning.sent, learning.answered, learning.right) == (1, 1, 1)
