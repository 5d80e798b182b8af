"""Takes the pictures of the documents: ``python -m tests.support.screenshots docs/screenshots``.

A fresh installation with the demo forum; its reports are told on the two simulated phones, and the
lead's first morning is begun, as a visitor of the first day would.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser

from tests.support.chromium import DESKTOP, PHONE, chromium
from tests.support.desk import Desk, Handsets
from tests.support.processes import environment, free_port, running

LINK = r"(http://localhost:\d+/welcome/\S+)"

BASIC, CHAT = "simulator-basic", "simulator-chat"

#: What is told on which phone, message by message; the newest last.
TALES = (
    (BASIC, "hello", "1", "1", "They take half of our pay for tools", "2", "3", "0", "2"),
    (BASIC, "menu", "1", "The river is brown since they wash there", "5", "2", "0", "1"),
    (BASIC, "menu", "1", "The buyer weighs our gold with a broken scale", "6", "1", "0", "1"),
    (CHAT, "Bonjour", "2", "1", "On nous a pris notre terrain", "4", "1", "0", "1"),
    (CHAT, "menu", "1", "On ne veut pas des femmes dans le puits", "6", "2", "0", "1"),
    (
        BASIC,
        "menu",
        "1",
        "The roof of tunnel 4 came down this morning. Two are hurt.",
        "1",
        "0",
        "2",
    ),
)

#: The pages, by the picture's name.
PAGES = {
    "queue": "/cases",
    "board": "/board",
    "due": "/due",
    "workload": "/workload",
    "statistics": "/statistics",
    "channels": "/channels",
    "simulator": "/simulator",
}


async def begin(desk: Desk) -> str:
    """Sort three of the cases, answer the gravest; return the address of that one."""
    await desk.opens("/cases")
    links = await desk.page.locator("a[href^='/cases/']").evaluate_all(
        "all => [...new Set(all.map(one => one.getAttribute('href')))]"
    )
    for path in links[:3]:
        await desk.opens(path)
        await desk.ticks("No, nobody")
        await desk.presses("Keep, and mark as triaged")
    for path in links[:2]:
        await desk.opens(path)
        await desk.chooses("Handler", "Amina (you)")
        await desk.presses("Assign")
    await desk.opens(links[0])
    await desk.writes(
        "Your words, in English: the reporter's language",
        "Help is on the way. Stay away from tunnel 4.",
    )
    await desk.presses("Send the answer")
    return str(links[0])


async def take(browser: Browser, link: str, base: str, folder: Path) -> None:
    """Walk through a first day, and take a picture of each page at both widths."""
    desk = await Desk.of(browser, base)
    await desk.joins(link, "Amina", "amina@example.org")
    phones = Handsets(desk, "")
    for channel, *texts in TALES:
        await phones.says(channel, *texts)
    case = await begin(desk)
    for name, path in {"case": case, **PAGES}.items():
        for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
            await desk.page.set_viewport_size(size)
            await desk.opens(path)
            await desk.page.wait_for_timeout(500)
            await desk.page.screenshot(path=folder / f"{name}-{width}.png")


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
