import asyncio
import threading

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from console import hashing


def request_in_an_application():
    app = web.Application()
    app[hashing.POOL] = hashing.new_pool()
    return make_mocked_request("GET", "/", app=app)


async def test_the_loop_goes_on_while_a_password_is_hashed():
    gate = threading.Event()
    working = asyncio.create_task(hashing.slowly(request_in_an_application(), gate.wait, 10))
    await asyncio.sleep(0)
    gate.set()
    assert await working is True


async def test_no_more_than_two_hash_at_a_time():
    request = request_in_an_application()
    at_once, most, lock = 0, 0, threading.Lock()
    gate = threading.Barrier(hashing.WORKERS, timeout=10)

    def work():
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        gate.wait()
        with lock:
            at_once -= 1

    await asyncio.gather(*(hashing.slowly(request, work) for _ in range(6)))
    assert most == hashing.WORKERS
