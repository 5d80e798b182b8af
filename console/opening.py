"""Opening thousands of sealed things, off the event loop, and beside those who sign in.

A search opens ten thousand entries, a second of work; it has threads of its own, so that nobody's
password waits for it. libsodium lets go of the interpreter while it works, so two threads are
nearly twice as fast as one, and the pages are answered meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from aiohttp import web

from grievances.searching import HANDS

T = TypeVar("T")

POOL: Final = web.AppKey("opening_pool", ThreadPoolExecutor)


def new_pool() -> ThreadPoolExecutor:
    """Return the threads of one application, which all searches share."""
    return ThreadPoolExecutor(HANDS, thread_name_prefix="opening")


def opener(request: web.Request) -> Callable[[Callable[[], T]], Awaitable[T]]:
    """Return what runs work in those threads."""
    loop, pool = asyncio.get_running_loop(), request.config_dict[POOL]
    return lambda work: loop.run_in_executor(pool, work)
