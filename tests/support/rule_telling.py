"""A forum that tells miners of a rule: who is in it, where they mine, what the rule says."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from axe_playwright_python.async_playwright import Axe

from channels.rehearsal import BASIC, CHAT
from console.pages.simulator import PHONES
from outreach import demo_rules
from outreach.rule_texts import ALL, Part, Variant
from storage.engine import connect
from tests.end_to_end.conftest import LINK, Installation
from tests.support.aging import age
from tests.support.chromium import DESKTOP, PHONE
from tests.support.desk import Desk, Handsets

LEAD = "Amina"
WRITER = "Ruth Banda"  # the official who writes
SECOND = "Daniel Okello"  # the official who reads and approves

HILL = {"code": "KB12", "name": "Kubrantu Hill", "district": "Welzamba", "mineral": "gold"}
CREEK = {"code": "MZ34", "name": "Mozundri Creek", "district": "Mozundri", "mineral": "gold"}

#: Which phone says what to hear of rules: the first two by SMS, the others from a poster.
COMES = (
    (PHONES[0], BASIC, "JOIN KB12"),
    (PHONES[1], BASIC, "JIUNGE KB12"),
    (PHONES[1], CHAT, "/start join-KB12-sw"),
    (PHONES[2], CHAT, "/start join-MZ34-fr"),
)

#: What each is asked then: digger, with no paper, a woman.
ANSWERS = ("1", "3", "1")

#: The language of each person's phones.
TONGUES = dict(zip(PHONES, ("en", "sw", "fr"), strict=True))

#: How many there are who speak a language at a site, as somebody counted.
PEOPLE = ((HILL, "English", "20"), (HILL, "Kiswahili", "10"), (CREEK, "Français", "20"))

_RULE, _TEXTS = demo_rules.made_up(date(2026, 1, 1))[0]

LAW = {"legal": _RULE.legal, "authority": _RULE.authority}


def said(part: Part, language: str, variant: Variant) -> str:
    """Return the words of a part."""
    return _TEXTS[part, language, variant]


def words(language: str) -> dict[str, str]:
    """Return all words in a language, by the fields of the page where they are written."""
    return {f"{part}-{variant}": said(part, language, variant) for part, variant in ALL}


def noon() -> str:
    """Return a time zone in which it is about noon: the story begins at a decent hour."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"


def email(name: str) -> str:
    return f"{name.partition(' ')[0].lower()}@forum.example"


@dataclass
class Forum:
    """An installation on one machine, its people at their desks, and the rehearsal phones."""

    home: Installation
    browser: Any
    base: str = ""
    rule: str = ""
    desks: dict[str, Desk] = field(default_factory=dict)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    @property
    def lead(self) -> Desk:
        return self.desks[LEAD]

    @property
    def writer(self) -> Desk:
        return self.desks[WRITER]

    @property
    def second(self) -> Desk:
        return self.desks[SECOND]

    @property
    def today(self) -> date:
        return datetime.now(ZoneInfo(self.home.settings["timezone"])).date()

    @property
    def coverage(self) -> str:
        return f"/rules/{self.rule}/coverage"

    def phones(self, number: str) -> Handsets:
        return Handsets(self.lead, number)

    @asynccontextmanager
    async def runs(self):
        """Run it; whoever was here signs in again."""
        async with self.home.runs("--bare") as process:
            self.base = process.public
            for name, desk in self.desks.items():
                desk.base = self.base
                await desk.signs_in(email(name))
            yield process

    async def everybody_joins(self, process) -> None:
        self.desks[LEAD] = await Desk.of(self.browser, self.base)
        await self.lead.joins(await process.printed(LINK.pattern), LEAD, email(LEAD))
        for name in (WRITER, SECOND):
            invitation = await self.lead.invites(name, email(name), "official")
            self.desks[name] = await Desk.of(self.browser, self.base)
            await self.desks[name].joins(invitation)

    async def later(self, **span: float) -> None:
        """Let time pass while nothing runs."""
        database = connect(f"sqlite:///{self.home.folder}/baraza.db", self.home.folder)
        await age(database, timedelta(**span))
        await database.close()

    async def shows(self, desk: Desk, name: str, at: str = "") -> None:
        """Take a picture of the page, and look whether everybody can use it, at both widths."""
        await desk.pictures(name, at)
        violations = (await Axe().run(desk.page)).response["violations"]
        found = [f"{one['id']}: {node['target']}" for one in violations for node in one["nodes"]]
        await desk.page.set_viewport_size(PHONE)
        if await desk.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append("wider than the screen")
        await desk.page.set_viewport_size(DESKTOP)
        if found:
            self.wrong[name] = found

    async def without_script(self) -> Desk:
        """Return the lead's desk in a browser without script: every answer comes with a page."""
        state = await self.lead.page.context.storage_state()
        return await Desk.of(
            self.browser, self.base, java_script_enabled=False, storage_state=state
        )

    async def covered(self, site: dict[str, str], language: str) -> str:
        """Return the row of a site and language on the page of coverage that is open."""
        row = self.writer.page.locator("tbody tr", has_text=site["code"]).filter(has_text=language)
        return " ".join((await row.inner_text()).split())

    async def grows(self, site: dict[str, str], language: str, share: str) -> None:
        """Look at the page of coverage until so many were told."""
        async with asyncio.timeout(60):
            await self.writer.opens(self.coverage)
            while share not in await self.covered(site, language):
                await asyncio.sleep(0.5)
                await self.writer.opens(self.coverage)

    async def refuses(self, why: str) -> None:
        """Try to begin enforcement: the page offers no way, and a form made by hand has none."""
        desk = self.writer
        assert not await desk.page.locator("[name=enforcement_day]").count()
        form = {"enforcement_day": f"{self.today}"}
        status, page = await desk.forges(f"/rules/{self.rule}/enforcement", **form)
        assert status == 422
        assert why in page
        assert "It began on" not in await desk.opens(self.coverage)

    async def tells(self, site: dict[str, str], how: str, language: str, **there: str) -> None:
        """Write down that people were told without a telephone, from the page of coverage."""
        desk = self.writer
        await desk.opens(self.coverage)
        await desk.page.get_by_role("link", name="It was told without a telephone").click()
        place = f"{site['code']} · {site['name']}"
        its = {"kind": how, "place": place, "language": language, "day": f"{self.today}"}
        await desk.fills({**its, **there})
        await desk.presses("Keep this")
        assert "It counts once a second person confirms it." in await desk.words()
        assert desk.page.url == self.base + self.coverage

    async def confirms(self, count: int) -> None:
        """Let the second official confirm all that waits for one, from the page of coverage."""
        desk = self.second
        await desk.opens(self.coverage)
        buttons = desk.page.locator("[aria-labelledby=second-title] button")
        for left in range(count, 0, -1):
            assert await buttons.count() == left
            await buttons.first.click()
            await buttons.nth(left - 1).wait_for(state="detached")
