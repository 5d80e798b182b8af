"""How long a soak is, and what every soak stands on."""

import os

import pytest

from tests.support.carrier import Carrier
from tests.support.crowd import Crowd
from tests.support.nursery import Nursery


def pytest_addoption(parser):
    parser.addoption(
        "--kills",
        type=int,
        default=int(os.environ.get("SOAK_KILLS", "200")),
        help="how often the sender is killed (or SOAK_KILLS)",
    )
    parser.addoption(
        "--people", type=int, default=20_000, help="to how many people a broadcast goes"
    )
    parser.addoption("--rows", type=int, default=100_000, help="how long a register is")
    parser.addoption("--runs", type=int, help="how often the whole process is killed")


@pytest.fixture
def kills(request):
    return request.config.getoption("kills")


@pytest.fixture
def runs(request, kills):
    given = request.config.getoption("runs")
    return max(kills // 10, 1) if given is None else given


@pytest.fixture
async def carrier():
    async with Carrier() as server:
        yield server
        assert server.violations == []


@pytest.fixture
def crowd(database, keyring, carrier):
    return Crowd(database, keyring, carrier)


@pytest.fixture
async def nursery(tmp_path):
    async with Nursery(tmp_path / "senders.log") as born:
        yield born


@pytest.fixture
def where(database_url, tmp_path, key_folder, carrier):
    """Everything that a sender process has to be told."""
    return {
        "database": database_url,
        "data": str(tmp_path),
        "keys": str(key_folder[0]),
        "url": carrier.url,
        "account": carrier.account,
        "token": carrier.token,
    }
