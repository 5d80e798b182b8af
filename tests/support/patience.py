"""Waiting for what happens in a real server or another task."""

import asyncio
import inspect

STEP = 0.01


async def until(condition, seconds=30.0):
    """Wait until *condition*, a function or a coroutine function, is true."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if await found if inspect.isawaitable(found) else found:
                return
            await asyncio.sleep(STEP)
