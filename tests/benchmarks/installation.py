"""A real ``baraza run`` in a folder of its own, whose provider is a local stub."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.processes import Process, environment, free_port, running

ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "bench-token", "+15005550006"


@asynccontextmanager
async def baraza(folder: Path, *, provider: str) -> AsyncIterator[Process]:
    """A whole installation on SQLite, bare, with Twilio played by *provider*."""
    port = free_port()
    settings = environment(
        folder,
        port,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_from=NUMBER,
        twilio_api_url=provider,
    )
    command = ("-m", "app", "run", "--bare")
    async with running(*command, port=port, path="/healthz", environment=settings) as process:
        yield process
