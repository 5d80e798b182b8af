"""Somebody at a real browser: a member at the console, or whoever holds the rehearsal phones."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.async_api import Browser, Locator, Page

from tests.support.chromium import DESKTOP, PHONE
from tests.support.staff import PASSWORD

#: Where pictures of the way go; nowhere, unless it is set.
PICTURES = "PICTURES"

#: Milliseconds for which something may take to appear in another, busy process.
PATIENCE = 60_000


class Desk:
    """One member, signed in, in a browser of their own."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        page.set_default_timeout(PATIENCE)

    @classmethod
    async def of(cls, browser: Browser, base: str, **more: Any) -> "Desk":
        """Sit down at a desk with a window of its own; *more* of how the browser is set."""
        # Colours that are on their way to others are nobody's to judge.
        still: dict[str, Any] = {"viewport": DESKTOP, "reduced_motion": "reduce"}
        context = await browser.new_context(**still, **more)
        return cls(await context.new_page(), base)

    async def opens(self, path: str) -> str:
        """Open a page, whatever it answers; return its words."""
        await self.page.goto(self.base + path)
        return await self.words()

    async def fetches(self, path: str) -> str:
        """Fetch a page without showing it, as who is signed in; return what came."""
        answer = await self.page.request.get(self.base + path)
        return await answer.text()

    async def forges(self, path: str, **form: str) -> tuple[int, str]:
        """Send a form that no page offers, with all that this desk is known by.

        Return the status and what came.
        """
        token = await self.page.locator("input[name=csrf]").first.get_attribute("value")
        answer = await self.page.request.post(
            self.base + path, form={"csrf": token or "", **form}, headers={"Origin": self.base}
        )
        return answer.status, await answer.text()

    async def words(self) -> str:
        """Return what stands on the page that is open."""
        return await self.page.locator("main").inner_text()

    async def reads(self, path: str = "") -> str:
        """Return the words of the page that is open, or of *path*, in one line."""
        return " ".join((await self.opens(path) if path else await self.words()).split())

    async def joins(self, link: str, name: str = "", email: str = "") -> None:
        """Take the link of an invitation, and choose a password."""
        await self.page.goto(link)
        for label, value in (("Your name", name), ("E-mail address", email)):
            if value:
                await self.page.get_by_label(label).fill(value)
        await self.page.get_by_label("Choose a password").fill(PASSWORD)
        await self.page.get_by_label("The password once more").fill(PASSWORD)
        await self.presses("Join and sign in")

    async def signs_in(self, email: str) -> None:
        """Sign in anew, after the process began again."""
        await self.opens("/sign-in")
        await self.page.get_by_label("E-mail address").fill(email)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.presses("Sign in")

    async def invites(self, name: str, email: str, role: str) -> str:
        """Invite somebody; return their link."""
        await self.opens("/members")
        await self.page.get_by_label("Name", exact=True).fill(name)
        await self.page.get_by_label("E-mail address").fill(email)
        await self.page.locator(f"input[name=role][value={role}]").check()
        await self.presses("Make the invitation")
        return await self.page.locator(".link-box code").inner_text()

    async def writes(self, label: str, text: str, within: str = "main") -> None:
        """Fill in a field."""
        await self.page.locator(within).get_by_label(label).fill(text)

    async def fills(self, fields: Mapping[str, str]) -> None:
        """Fill in fields by their ids: what is typed, or what is chosen from a list."""
        for name, value in fields.items():
            one = self.page.locator(f"main [id='{name}']")
            if await one.evaluate("field => field.tagName") == "SELECT":
                await one.select_option(label=value)
            else:
                await one.fill(value)

    async def chooses(self, label: str, option: str, within: str = "main") -> None:
        """Choose from a list."""
        await self.page.locator(within).get_by_label(label).select_option(label=option)

    async def ticks(self, label: str, within: str = "main") -> None:
        """Tick a box, or one of several."""
        await self.page.locator(within).get_by_label(label).check()

    async def unfolds(self, summary: str) -> None:
        """Open what is folded away."""
        await self.page.locator("summary", has_text=summary).first.click()

    async def presses(self, name: str, within: str = "main") -> None:
        """Press a button, or what looks like one, and wait for the page that follows."""
        button = self._button(name, within)
        async with self.page.expect_navigation():
            await button.click()

    def _button(self, name: str, within: str) -> Locator:
        scope = self.page.locator(within)
        return scope.get_by_role("button", name=re.compile(rf"^{re.escape(name)}…?$")).first

    async def pictures(self, name: str, at: str = "") -> None:
        """Take a picture of the page at both widths, where somebody wants pictures.

        *at*: what stands uppermost in it, as a selector; the page as it is, if empty.
        """
        if folder := os.environ.get(PICTURES):
            for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
                await self.page.set_viewport_size(size)
                if at:
                    await self.page.locator(at).first.evaluate("one => one.scrollIntoView()")
                await self.page.screenshot(
                    path=Path(folder) / f"{name}-{width}.png", animations="disabled"
                )
            await self.page.set_viewport_size(DESKTOP)


class Handsets:
    """Both rehearsal phones of one number, at the desk of whoever rehearses."""

    def __init__(self, desk: Desk, number: str) -> None:
        self.desk = desk
        self.number = number
        self.path = f"/simulator?phone={quote(number)}" if number else "/simulator"

    async def says(self, channel: str, *texts: str) -> str:
        """Write one text after the other; return the last answer to the last of them."""
        page = self.desk.page
        if self.path not in page.url:
            await self.desk.opens(self.path)
        phone = page.locator(f"#{channel}")
        for text in texts:
            before = await phone.locator("li.in").count()
            await phone.locator("input[name=text]").fill(text)
            await phone.get_by_role("button", name="Send").click()
            await phone.locator("li.in").nth(before).wait_for()
        return await phone.locator("li.in").last.inner_text()

    async def hears(self, channel: str, words: str) -> None:
        """Wait for a message with these words."""
        phone = self.desk.page.locator(f"#{channel}")
        await phone.locator("li.in", has_text=words).last.wait_for()
