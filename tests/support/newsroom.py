"""Officials who write broadcasts, and a list of people who are to get them."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from channels import contacts
from channels.base import Address, Style
from channels.ways import Way
from forum import members
from forum.members import Role
from outreach import announcements, approvals, runs
from outreach.announcements import Draft, Words
from outreach.approvals import Office
from outreach.recipients import all_in
from outreach.subscribers import State, subscribers

HOUR = timedelta(hours=1)
WAYS = {
    "sms": Way("sms", Style.SMS, 10.0),
    "telegram": Way("telegram", Style.CHAT, 30.0),
}
TEXTS = {
    (0, "en"): Words("The new fee is 10 from Monday.", "The new fee is *10* from Monday."),
    (0, "fr"): Words("La taxe est de 10 dès lundi."),  # è and no ê: one segment
}


class Newsroom:
    """Two officials, the office they work by, and everything that they do."""

    def __init__(self, database, keyring, now):
        self.database, self.keyring, self.now = database, keyring, now
        self.office = Office(WAYS, all_in("Africa/Nairobi"), ZoneInfo("Africa/Nairobi"))

    async def member(self, role=Role.OFFICIAL, name="Rehema", email=None, joined=None):
        keys = members.prepare("x", self.keyring)
        async with self.database.transaction() as db:
            return await members.join(
                db,
                email=email or f"{uuid4().hex[:8]}@forum.example",
                name=name,
                role=role,
                language="en",
                keys=keys,
                now=joined or self.now - HOUR,
            )

    async def list_people(self, *groups):
        """Put people on the list: (how many, channel, language[, site id]) each."""
        rows = [
            self._listed(channel, language, *site)
            for number, channel, language, *site in groups
            for _ in range(number)
        ]
        async with self.database.transaction() as db:
            await db.execute(insert(subscribers), rows)
        return [row["route_id"] for row in rows]

    def _listed(self, channel, language, site=None):
        ids = {name: uuid4().hex for name in ("id", "contact", "route_id")}
        place = {"channel": channel, "language": language, "site_id": site}
        return {**ids, **place, "state": State.ACTIVE, "since": self.now}

    async def list_numbers(self, numbers):
        """Put people on the list who can be written to: numbers in E.164, and their language."""
        routes = {
            number: contacts.seal(self.keyring, Address("sms", number)) for number in numbers
        }
        rows = [
            {**self._listed("sms", language), "route_id": routes[number].id}
            for number, language in numbers.items()
        ]
        async with self.database.transaction() as db:
            await contacts.keep_sealed(db, routes.values(), self.now)
            await db.execute(insert(subscribers), rows)

    async def write(self, by, texts=None, **more):
        """Write a broadcast down; return its id."""
        draft = Draft(**{"title": "Fees", "language": "en", **more})
        async with self.database.transaction() as db:
            return await announcements.create(
                db, draft, by=by, now=self.now, texts=TEXTS if texts is None else texts
            )

    async def do(self, deed, *args, **more):
        async with self.database.transaction() as db:
            return await deed(db, *args, **{"now": self.now, **more})

    async def find(self, announcement):
        async with self.database.reading() as reads:
            return await announcements.find(reads, announcement)

    async def content(self, announcement):
        async with self.database.reading() as reads:
            return await approvals.content_of(reads, await announcements.find(reads, announcement))

    async def ask(self, announcement, by, untried="No phone is at hand."):
        edition = (await self.find(announcement)).edition
        given = {"edition": edition, "office": self.office, "by": by, "untried": untried}
        await self.do(approvals.ask, announcement, **given)

    async def approve(self, announcement, by, content=None):
        content = content or await self.content(announcement)
        given = {"content": content, "office": self.office, "by": by}
        await self.do(approvals.approve, announcement, **given)

    async def alone(self, announcement, by):
        edition = (await self.find(announcement)).edition
        given = {"edition": edition, "office": self.office, "by": by}
        await self.do(approvals.release_alone, announcement, **given)

    async def let_go(self, announcement, author, second):
        await self.ask(announcement, author)
        await self.approve(announcement, second)

    async def tick(self):
        """Do what the worker does: begin what is due, make it ready, end what is over."""

        async def judge(db, this):
            return await approvals.still_holds(db, this, self.office, self.now)

        zones = self.office.zones
        begun = await runs.begin_due(self.database, zones=zones, judge=judge, now=self.now)
        gone = await runs.ready(self.database, zones=zones, ways=self.office.ways, now=self.now)
        ended = await runs.end_over(self.database, self.now)
        return begun, gone, ended

    async def broadcasts(self, announcement):
        async with self.database.reading() as reads:
            return await runs.its_broadcasts(reads, announcement)
