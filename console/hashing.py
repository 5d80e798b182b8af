"""Password hashing, off the event loop and never more than two at a time.

Each hash takes some 20 MiB and 50 ms; a flood of sign-ins must not take all memory or every core.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from aiohttp import web

WORKERS: Final = 2

P = ParamSpec("P")
T = TypeVar("T")

POOL: Final = web.AppKey("password_pool", ThreadPoolExecutor)


def new_pool() -> ThreadPoolExecutor:
    """Return the threads of one application."""
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="passwords")


async def slowly(
    request: web.Request, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run *work* in one of the threads kept for hashing."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(request.config_dict[POOL], lambda: work(*args, **kwargs))
