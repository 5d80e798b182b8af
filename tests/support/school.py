"""A series of lessons as a test needs it: written in a line, and opened."""

from dataclasses import dataclass
from datetime import datetime

from outreach import lessons
from outreach.lessons import Lesson, Part, Words
from storage.engine import Database


def lesson(position, right="", tags=("en",), word="Look up"):
    """Return a lesson that says its position; with a question where *right* is given."""
    parts = [Part.LESSON, *((Part.QUESTION, Part.WRONG) if right else ())]
    texts = {
        (part, tag): Words(f"{word} {position} {part} {tag}.") for part in parts for tag in tags
    }
    return Lesson(position, right, texts)


@dataclass
class School:
    """Writes series, each act in a transaction of its own."""

    database: Database
    now: datetime

    async def do(self, deed, *args, **more):
        async with self.database.transaction() as db:
            return await deed(db, *args, by="system", now=self.now, **more)

    async def find(self, series_id):
        async with self.database.reading() as db:
            return await lessons.get(db, series_id)

    async def write(self, *course, name="Pits", every=3, tags=("en",), opened=True):
        """Write a series; return it."""
        made = await self.do(lessons.create, name=name, language="en", every=every)
        series = await self.find(made)
        titles = {tag: Words(f"{name} {tag}") for tag in tags}
        await self.do(lessons.entitle, series, name=name, every=every, titles=titles)
        for one in course:
            await self.do(lessons.put, series, one)
        if opened:
            await self.do(lessons.release, series)
        return await self.find(made)
