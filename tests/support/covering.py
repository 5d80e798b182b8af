"""Rules that can be enforced, sites, people on a list, and who of them was told what."""

from datetime import UTC, timedelta
from uuid import uuid4

from sqlalchemy import insert, select

from forum.bodies import sites
from forum.members import Role
from outreach import events, populations, rule_changes
from outreach.audiences import Audience
from outreach.subscribers import subscribers
from outreach.told import rule_told
from tests.support.newsroom import Newsroom
from tests.support.rulemaking import Rules, whole_dates

FIVE = "12345"


class Ground(Newsroom):
    """A newsroom whose rules apply to sites, and may be enforced since yesterday."""

    @property
    def today(self):
        return self.now.date()

    async def site(self, code, district="North"):
        made = uuid4().hex
        row = {"id": made, "code": code, "name": f"Pit {code}", "district": district}
        async with self.database.transaction() as db:
            await db.execute(insert(sites).values(**row, mineral="gold"))
        return made

    async def rule(self, *at, title="Retorts only", languages=(), **asks):
        """Publish a rule that applies at the sites *at*; at none: everywhere.

        *languages*: in which it is written beside English.
        """
        dates = whole_dates(self.today, in_force_on=-3, enforcement_from=-1)
        applies = Audience(sites=frozenset(at), **asks)
        given = {"dates": dates, "applies": applies}
        return await Rules(self.database, self.now).published(title, languages, **given)

    async def enrol(self, number, site, language="en"):
        """Put people on the list who stand at the counter."""
        agreed = {"consent_how": "At the counter"}
        rows = [{**self._listed("sms", language, site), **agreed} for _ in range(number)]
        async with self.database.transaction() as db:
            await db.execute(insert(subscribers), rows)

    async def tell(
        self, rule, site, counts, language="en", *, receipt=True, told_in=None, enrolled=None
    ):
        """Note that so many of a site were told each part: by part, the first of them.

        *language*: which they speak; *told_in*: in which they were told, if in another.
        *enrolled*: those alone whom staff have put on the list, or the others alone.
        """
        of = subscribers.c
        here = (of.site_id == site) & (of.language == language)
        if enrolled is not None:
            here &= of.consent_how.is_not(None) if enrolled else of.consent_how.is_(None)
        edition = rule.edition.number
        async with self.database.transaction() as db:
            found = select(of.id).where(here).order_by(of.id)
            people = (await db.execute(found)).scalars().all()
            rows = [
                {"rule_id": rule.id, "edition": edition, "part": part, "subscriber_id": person}
                for part, count in counts.items()
                for person in people[:count]
            ]
            own = {"receipt": receipt, "language": told_in or language, "told_at": self.now}
            if rows:
                await db.execute(insert(rule_told), [{**row, **own} for row in rows])

    async def second(self):
        """Return somebody who has read rules for a year, and writes none."""
        if not hasattr(self, "_second"):
            joined = self.now - timedelta(days=365)
            self._second = await self.member(Role.SECRETARY, "Salma", joined=joined)
        return self._second

    async def state(self, told):
        """State how many people there are, by two."""
        await self.do(populations.state, told, by="system", today=self.today)
        (*_, last) = await self.read(populations.waiting)
        await self.do(populations.confirm, last.id, by=await self.second())

    async def hold(self, told):
        """Write an event down, by two; return its id."""
        made = await self.do(events.add, told, by="system", zone=UTC)
        await self.do(events.confirm, made, by=await self.second())
        return made

    async def read(self, question, *args):
        async with self.database.reading() as db:
            return await question(db, *args)

    async def seen(self, rule):
        return await self.read(rule_changes.find, rule.id, rule.edition.number)


def whole(count):
    """Return the same count for each of the five parts."""
    return dict.fromkeys(range(1, 6), count)
