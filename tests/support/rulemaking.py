"""Rule changes as a test needs them: drafted, written and published in a line."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from outreach import rule_changes, rule_drafting
from outreach.rule_changes import Facts, Practice
from outreach.rule_dates import Dates
from outreach.rule_texts import ALL, Part, Variant
from storage.engine import Database

OFFICIAL = "o" * 32


def words(**changed):
    """Return every text of a language; *changed* by the part's name."""
    texts = {(part, variant): f"{part} {variant}" for part, variant in ALL}
    return texts | {
        (Part(part), variant): text for part, text in changed.items() for variant in Variant
    }


def whole_dates(today, **changed):
    """Return days of a change that was announced ten days ago and is in force tomorrow."""
    after = {"announced_on": -10, "outreach_from": -5, "in_force_on": 1, "enforcement_from": 30}
    days = {name: today + timedelta(days=n) for name, n in {**after, **changed}.items()}
    return Dates(**days)


@dataclass
class Rules:
    """Works on rule changes, each act in a transaction of its own."""

    database: Database
    now: datetime
    facts: Facts = field(init=False)

    def __post_init__(self):
        dates = whole_dates(self.now.date())
        self.facts = Facts(Practice.POOR, "Act 1", "Inspectorate", "en", dates=dates)

    async def find(self, rule_id, edition=None):
        async with self.database.reading() as db:
            return await rule_changes.find(db, rule_id, edition)

    async def draft(self, **changed):
        facts = replace(self.facts, **changed)
        async with self.database.transaction() as db:
            rule_id = await rule_drafting.draft(db, facts, by=OFFICIAL, now=self.now)
        return await self.find(rule_id)

    async def act(self, name, rule, *more, by=OFFICIAL):
        """Do *name* of ``rule_drafting``, and return the rule as it is then."""
        async with self.database.transaction() as db:
            await getattr(rule_drafting, name)(db, rule, *more, by=by, now=self.now)
        return await self.find(rule.id)

    async def published(self, title="Title", languages=(), **changed):
        rule = await self.draft(**changed)
        for language in (rule.facts.base, *languages):
            rule = await self.act("write", rule, language, words(title=title))
        return await self.act("publish", rule)
