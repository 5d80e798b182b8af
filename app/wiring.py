"""Puts one installation together: settings in, everything that lives out."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import aiohttp

from app.settings import Settings
from bots.runner import Runner
from channels import registry
from channels.base import Channel
from channels.simulator import Simulators
from storage import engine
from storage.engine import Database
from vault import keyring as keys
from vault.codes import Mint
from vault.keyring import Keyring


@dataclass(frozen=True)
class House:
    """Everything that lives for as long as the process. The other loops are woken by *wake*."""

    settings: Settings
    database: Database
    keyring: Keyring
    channels: Mapping[str, Channel]
    runner: Runner
    zone: ZoneInfo
    wakes: list[Callable[[], None]] = field(default_factory=list)

    def wake(self) -> None:
        """Tell the sender that something waits. A row is there anyway: this only saves a wait."""
        for act in self.wakes:
            act()
