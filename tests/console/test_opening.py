import asyncio
import threading

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from console import opening
from grievances.searching import HANDS


def request_in_an_application():
    app = web.Application()
    app[opening.POOL] = opening.new_pool()
    return make_mocked_request("GET", "/", app=app)


async def test_the_loop_goes_on_while_entries_are_opened():
    gate = threading.Event()
    run = opening.opener(request_in_an_application())
    working = asyncio.ensure_future(run(lambda: gate.wait(10)))
    await asyncio.sleep(0)
    gate.set()
    assert await working is True


async def test_so_many_hands_open_at_the_same_time():
    run = opening.opener(request_in_an_application())
    together = threading.Barrier(HANDS, timeout=10)
    places = await asyncio.gather(*(run(together.wait) for _ in range(HANDS)))
    assert sorted(places) == list(range(HANDS))
