"""Takes the pictures of the documents: ``python -m tests.support.screenshots docs/screenshots``.

A fresh installation with the demo forum; its reports are told on the two simulated phones, as a
visitor of the first day would.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.support.chromium import DESKTOP, PHONE, chromium
from tests.support.processes import environment, free_port, running
from tests.support.staff import PASSWORD

LINK = r"(http://localhost:\d+/welcome/\S+)"

#: What is told on which phone, message by message.
TALES = {
    "simulator-basic": (
        (
            "hello",
            "1",
            "1",
            "The roof of tunnel 4 came down this morning. Two are hurt.",
            "1",
            "0",
            "2",
        ),
        ("menu", "1", "The buyer weighs our gold with a broken scale", "6", "1", "0", "1"),
    ),
    "simulator-chat": (
        (
            "Bonjour",
            "2",
            "1",
            "On nous a pris notre terrain sans rien nous demander",
            "4",
            "1",
            "0",
            "1",
        ),
    ),
}


async def tell(page: Page, channel: str, texts: tuple[str, ...]) -> None:
    """Say one text after the other on a simulated phone, waiting for each answer."""
    for text in texts:
        phone = page.locator(f"#{channel}")
        before = await phone.locator(".ours, .theirs, li").count()
        await phone.locator("input[name=text]").fill(text)
        await phone.locator("form.say button").click()
        for _ in range(100):
            await page.wait_for_timeout(100)
            if await phone.locator(".ours, .theirs, li").count() >= before + 2:
                break


async def take(browser: Browser, link: str, base: str, folder: Path) -> None:
    """Walk through a first day, and take a picture of each page at both widths."""
    context = await browser.new_context(viewport=DESKTOP)
    page = await context.new_page()
    await page.goto(link)
    await page.fill("input[name=name]", "Amina")
    await page.fill("input[name=email]", "amina@example.org")
    await page.fill("input[name=password]", PASSWORD)
    await page.fill("input[name=again]", PASSWORD)
    await page.click("main button")
    await page.goto(f"{base}/simulator")
    for channel, tales in TALES.items():
        for texts in tales:
            await tell(page, channel, texts)
    await page.goto(f"{base}/cases")
    case = await page.locator("a[href^='/cases/']").first.get_attribute("href")
    await page.goto(f"{base}{case}")
    await page.fill("textarea[name=answer]", "Help is on the way. Stay away from tunnel 4.")
    await page.click("#answer button")
    for name, path in (
        ("queue", "/cases"),
        ("case", case),
        ("channels", "/channels"),
        ("simulator", "/simulator"),
    ):
        for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
            await page.set_viewport_size(size)
            await page.goto(f"{base}{path}")
            await page.wait_for_timeout(500)
            await page.screenshot(path=folder / f"{name}-{width}.png")
    await context.close()


async def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        async with (
            running(
                "-m",
                "app",
                "run",
                port=port,
                path="/readyz",
                environment=environment(Path(data), port),
            ) as process,
            chromium() as browser,
        ):
            link = await process.printed(LINK)
            await take(browser, link, process.public, folder)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
