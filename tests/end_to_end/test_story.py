"""One case from the first word to the last, in a real browser and on both phones.

Somebody reports a bribe and names a member of the forum. The pictures of it, in
``docs/story``, are taken by this very test: ``PICTURES=docs/story pytest -k story``.
"""

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from console.routes import DOORS
from storage.engine import connect
from tests.end_to_end.conftest import LINK, Installation
from tests.support.aging import age
from tests.support.chromium import chromium, needed
from tests.support.desk import Desk, Handsets

BASIC, CHAT = "simulator-basic", "simulator-chat"
CODE = re.compile(r"\d{4}-\d{4}-\d{5}-\d")

NAMED = "Joseph Mwangi"  # whom the report names
FIRST = "Ruth Banda"  # who handles it first
SECOND = "Daniel Okello"  # who handles it after the «no»
OTHER = "Miriam Phiri"  # who confirms what was done

MEMBERS = {NAMED: "handler", FIRST: "handler", SECOND: "handler", OTHER: "secretary"}


def email(name: str) -> str:
    return f"{name.partition(' ')[0].lower()}@forum.example"


@dataclass
class Story:
    """An installation, everybody at their desks, and the reporter's two phones."""

    home: Installation
    browser: Any
    base: str = ""
    desks: dict[str, Desk] = field(default_factory=dict)
    reference: str = ""
    code: str = ""

    @property
    def path(self) -> str:
        return f"/cases/{self.reference}"

    @property
    def amina(self) -> Desk:
        return self.desks["Amina"]

    @property
    def phones(self) -> Handsets:
        return Handsets(self.desks[OTHER], "")

    @asynccontextmanager
    async def runs(self):
        """Run the installation; whoever was here signs in again."""
        async with self.home.runs() as process:
            self.base = process.public
            for name, desk in self.desks.items():
                await desk.signs_in("amina@example.org" if name == "Amina" else email(name))
            yield process

    async def later(self, **span: float) -> None:
        """Let time pass while nothing runs."""
        database = connect(f"sqlite:///{self.home.folder}/baraza.db", self.home.folder)
        await age(database, timedelta(**span))
        await database.close()

    async def everybody_joins(self, process) -> None:
        link = await process.printed(LINK.pattern)
        self.desks["Amina"] = await Desk.of(self.browser, self.base)
        await self.amina.joins(link, "Amina", "amina@example.org")
        for name, role in MEMBERS.items():
            invitation = await self.amina.invites(name, email(name), role)
            self.desks[name] = await Desk.of(self.browser, self.base)
            await self.desks[name].joins(invitation)

    async def sees_nothing(self, name: str) -> None:
        """Let somebody look at everything that they can open: nowhere is there such a case."""
        desk = self.desks[name]
        for door in DOORS:
            if door.method == "GET" and "{" not in door.path:
                assert self.reference not in await desk.fetches(door.path), door.path
        for door in DOORS:
            if door.method == "GET" and door.path.startswith("/cases/{reference}"):
                there = door.path.format(**PLACES, reference=self.reference)
                nowhere = door.path.format(**PLACES, reference="ZZZZZZ")
                told = (await desk.fetches(there)).replace(self.reference, "ZZZZZZ")
                assert told == await desk.fetches(nowhere), door.path


SOLVED, WELL = "Is it solved?", "Are you OK?"

#: After how many days more the reporter is asked what, and for which time. Two questions about one
#: case are never asked on one day.
QUESTIONS = (
    (7, WELL, 1),
    (7, SOLVED, 1),
    (16, WELL, 2),
    (1, SOLVED, 2),
    (59, WELL, 3),
    (1, SOLVED, 3),
)

#: What stands in addresses for which there must be something.
PLACES = {"state": "proposed", "attachment": "0" * 32, "link": "0" * 32, "action": "0" * 32}


async def test_a_bribe_is_reported_and_the_member_it_names_never_learns_of_it(tmp_path):
    needed()
    async with chromium() as browser:
        story = Story(Installation(tmp_path, {"simulator": "true"}), browser)
        async with story.home.runs() as process:
            story.base = process.public
            await story.everybody_joins(process)
            await it_is_reported(story)
            await it_is_sorted_and_goes_past_the_member(story)
            await a_remedy_is_refused(story)
            await another_handler_finds_a_better_one(story)
            await it_is_done_and_somebody_else_confirms_it(story)
        for days, question, number in QUESTIONS:
            await story.later(days=days, hours=2)
            async with story.runs():
                await the_reporter_is_asked(story, question, number)
        await story.later(days=1)
        async with story.runs():
            await it_is_closed(story)


async def it_is_reported(story: Story) -> None:
    phones = story.phones
    await phones.says(BASIC, "hello", "1", "1")
    await phones.says(BASIC, "Joseph of the forum wants money for my licence", "3", "3", "0", "2")
    said = await phones.desk.words()
    story.code = CODE.search(said)[0]
    await phones.desk.pictures("1-reported")
    await story.amina.opens("/cases")
    link = story.amina.page.locator("a[href^='/cases/']", has_text=re.compile("[A-Z0-9]{6}"))
    href = await story.amina.page.locator("a[href^='/cases/']").first.get_attribute("href")
    assert await link.count()
    story.reference = href.rpartition("/")[2]
    # In quarantine until it is known whom it names: nobody but who triages sees it.
    for handler in (NAMED, FIRST, SECOND):
        await story.sees_nothing(handler)


async def it_is_sorted_and_goes_past_the_member(story: Story) -> None:
    amina = story.amina
    await amina.opens(story.path)
    await amina.ticks("Yes: those chosen below")
    await amina.unfolds("Whom it names")
    await amina.ticks(NAMED)
    await amina.pictures("2-named")
    await amina.presses("Keep, and mark as triaged")
    await story.sees_nothing(NAMED)
    await amina.opens(story.path)
    offered = await amina.page.get_by_label("Handler").inner_text()
    assert FIRST in offered
    assert NAMED not in offered
    await amina.chooses("Handler", FIRST)
    await amina.presses("Assign")
    await amina.pictures("3-assigned")
    await story.sees_nothing(NAMED)
    await story.sees_nothing(SECOND)


async def a_remedy_is_refused(story: Story) -> None:
    handler = story.desks[FIRST]
    await proposes(handler, story, "You get your licence if you take back what you said.")
    phones = story.phones
    await phones.desk.opens("/simulator")
    await phones.hears(BASIC, "You have news.")
    # The answer is read on the other phone, with the code: it may be anybody's.
    await phones.says(CHAT, "/start", f"CHECK {story.code}", "1")
    await phones.hears(CHAT, "take back what you said")
    await phones.desk.pictures("4-refused")
    await phones.says(CHAT, "2")
    await phones.hears(CHAT, "Somebody else will look for another way.")
    await story.sees_nothing(NAMED)


async def another_handler_finds_a_better_one(story: Story) -> None:
    amina = story.amina
    await amina.opens(story.path)
    await amina.chooses("Handler", SECOND)
    await amina.presses("Assign")
    await story.sees_nothing(FIRST)
    handler = story.desks[SECOND]
    await proposes(handler, story, "The licence is free. The office pays back what you gave.")
    phones = story.phones
    await phones.desk.opens("/simulator")
    await phones.says(BASIC, f"CHECK {story.code}", "1")
    await phones.hears(BASIC, "The licence is free.")
    await phones.says(BASIC, "1")
    await phones.hears(BASIC, "We go on as we proposed.")
    await phones.desk.pictures("5-agreed")


async def proposes(desk: Desk, story: Story, remedy: str) -> None:
    await desk.opens(story.path)
    if await desk.page.get_by_role("button", name="Start the review").count():
        await desk.presses("Start the review")
    await desk.opens(f"{story.path}/move/proposed")
    await desk.writes("Tell the reporter what you propose", remedy)
    await desk.presses("Propose a remedy")


async def it_is_done_and_somebody_else_confirms_it(story: Story) -> None:
    handler, other = story.desks[SECOND], story.desks[OTHER]
    await handler.opens(story.path)
    await handler.writes("What is done", "Pay back 40,000 and hand out the licence")
    await handler.chooses("Who does it", SECOND)
    await handler.writes("By this day", "2030-01-31")
    await handler.presses("Add", "#actions")
    await handler.presses("Start the remedy")
    await handler.pictures("6-action")
    async with handler.page.expect_navigation():
        await handler.page.get_by_role("link", name="Done, otherwise, or dropped").click()
    await handler.writes("What shows it", "The receipt is in the file of the office.")
    await handler.presses("Mark as done")
    # Who did it does not confirm it: the way on is not offered, and is not open either.
    assert "Everything is done. Somebody else confirms it now" in await handler.opens(story.path)
    await story.sees_nothing(NAMED)
    await other.opens(f"{story.path}/move/resolved")
    await other.writes("Tell the reporter what was done", "You have your licence and your money.")
    await other.page.locator("input[name=basis]").first.check()
    await other.writes("What you saw or heard", "I have seen the receipt.")
    await other.pictures("7-confirmed")
    await other.presses("Mark as resolved")
    assert "Resolved" in await other.opens(story.path)


async def the_reporter_is_asked(story: Story, question: str, number: int) -> None:
    phones = story.phones
    await phones.desk.opens("/simulator")
    asked = phones.desk.page.locator(f"#{BASIC} li.in", has_text=question)
    await asked.nth(number - 1).wait_for()
    await phones.says(BASIC, "1")
    if question == SOLVED:
        await phones.desk.pictures("8-check")
        await story.sees_nothing(NAMED)


async def it_is_closed(story: Story) -> None:
    page = await story.amina.opens(story.path)
    assert "Closed" in page
    await story.amina.pictures("9-closed")
    await story.sees_nothing(NAMED)
    # The named member sees nothing; the trail of the case says all that was done.
    for what in ("Remedy proposed", "Remedy agreed", "Resolved", "Watched after resolution"):
        assert what in page
