import asyncio
from datetime import datetime

import pytest

from app.clock import Clock


@pytest.fixture
async def clock():
    made = Clock()
    yield made
    await made.stop()


async def until(true):
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)


async def test_a_tick_comes_at_once_and_again(clock):
    ticks: list[datetime] = []

    async def tick(now):
        ticks.append(now)

    clock.every(0.05, tick)
    clock.start()
    await until(lambda: len(ticks) > 2)
    assert all(ticks[0].tzinfo for _ in ticks)


async def test_a_slow_tick_never_runs_beside_itself(clock):
    running, most = 0, 0

    async def slow(_now):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.15)
        running -= 1

    clock.every(0.05, slow)
    clock.start()
    await asyncio.sleep(0.5)
    assert most == 1


async def test_a_tick_that_fails_does_not_end_the_clock(clock):
    ticks = 0

    async def failing(_now):
        nonlocal ticks
        ticks += 1
        raise ValueError

    clock.every(0.05, failing)
    clock.start()
    await until(lambda: ticks > 2)


async def test_a_clock_that_stops_lets_a_tick_under_way_finish(clock):
    began, finished = 0, 0

    async def slow(_now):
        nonlocal began, finished
        began += 1
        await asyncio.sleep(0.2)
        finished += 1

    clock.every(0.01, slow)
    clock.start()
    await until(lambda: began)
    await clock.stop()
    assert finished == began
    await asyncio.sleep(0.05)
    assert finished == began


async def test_a_clock_that_stops_does_not_wait_for_ever(clock, monkeypatch):
    monkeypatch.setattr("app.clock.STOP_SECONDS", 0.05)
    ended = []

    async def endless(_now):
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    clock.every(0.01, endless)
    clock.start()
    await asyncio.sleep(0.05)
    await clock.stop()
    await until(lambda: ended)
