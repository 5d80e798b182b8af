"""Real processes of Baraza in a folder of their own, whose providers are a local stub."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.benchmarks.account import ACCOUNT, NUMBER, PUBLIC, TOKEN
from tests.benchmarks.stores import Store
from tests.support.processes import Process, environment, free_port, running

#: All of it in one process, and its web half alone.
WHOLE = ("app", "run", "--bare")
WEB = ("app", "serve")


@asynccontextmanager
async def baraza(
    folder: Path, *command: str, provider: str, **settings: str
) -> AsyncIterator[Process]:
    """One process: ``python -m COMMAND``, in which *provider* plays Twilio."""
    port = free_port()
    given = {
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_from": NUMBER,
        "twilio_api_url": provider,
        **settings,
    }
    variables = environment(folder, port, **given)
    async with running(
        "-m", *command, port=port, path="/healthz", environment=variables
    ) as process:
        yield process


@asynccontextmanager
async def house(
    store: Store, *commands: tuple[str, ...], provider: str, **settings: str
) -> AsyncIterator[list[Process]]:
    """So many processes that serve, beside each other over one database."""
    known = {"database_url": store.url, "public_url": PUBLIC, **settings}
    async with AsyncExitStack() as stack:
        begun = (baraza(store.folder, *one, provider=provider, **known) for one in commands)
        yield [await stack.enter_async_context(one) for one in begun]
