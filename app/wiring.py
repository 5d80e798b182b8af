"""Puts one installation together: settings in, everything that lives out."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from app.settings import Settings
from bots import rule_lines
from bots.asking import Desk
from bots.granting import Powers
from bots.runner import Runner
from channels import registry, routing
from channels.base import Channel
from channels.limiter import PACES, Pace
from channels.routing import Routing
from channels.spool import Spool
from channels.ways import ways
from grievances.almanac import Almanac
from grievances.calendars import Calendar
from grievances.categories import Register
from outreach.approvals import Office
from outreach.recipients import at_home
from storage import engine
from storage.engine import Database
from vault import keyring as keys
from vault.codes import Mint
from vault.keyring import Keyring


@dataclass(frozen=True)
class House:
    """Everything that lives for as long as the process."""

    settings: Settings
    database: Database
    keyring: Keyring
    channels: Mapping[str, Channel]
    runner: Runner
    almanac: Almanac
    register: Register = field(default_factory=Register)
    wakes: list[Callable[[], None]] = field(default_factory=list)

    @property
    def calendar(self) -> Calendar:
        """The forum's calendar, as this process last read it."""
        return self.almanac.calendar

    @cached_property
    def spool(self) -> Spool:
        """Where arrivals wait while the database is away."""
        return Spool(self.settings.data_dir / "spool", self.keyring)

    @cached_property
    def routing(self) -> Routing:
        """Which line a message leaves by."""
        return _routing(self.settings, self.channels)

    @cached_property
    def paces(self) -> Mapping[str, Pace]:
        """How fast each line may be, where the operator knows better than we do."""
        rates = self.settings.rates
        told = {line: replace(PACES[line], per_second=rate) for line, rate in rates.items()}
        return {**PACES, **told}

    @property
    def office(self) -> Office:
        """By what broadcasts are reckoned and let go: the lines, and where people live."""
        styles = {line: channel.style for line, channel in self.channels.items()}
        zone = self.calendar.zone
        return Office(ways(styles, self.routing, self.paces), at_home(str(zone)), zone)

    def wake(self) -> None:
        """Tell the sender that something waits. The row is there anyway: this saves a wait."""
        for act in self.wakes:
            act()


def key_folder(settings: Settings) -> Path:
    """Return where the keys lie: beside the database, never in it."""
    return settings.data_dir / "keys"


def options(settings: Settings) -> registry.Options:
    """Return what the channels need to know of the settings."""
    secret = settings.telegram_webhook_secret.get_secret_value()
    return registry.Options(
        public_url=settings.public,
        region=settings.default_region,
        twilio_account_sid=settings.twilio_account_sid,
        twilio_auth_token=settings.twilio_auth_token.get_secret_value(),
        twilio_auth_token_next=settings.twilio_auth_token_next.get_secret_value(),
        twilio_from=settings.twilio_from,
        twilio_messaging_service_sid=settings.twilio_messaging_service_sid,
        twilio_api_url=settings.twilio_api_url,
        whatsapp_from=settings.whatsapp_from,
        whatsapp_template_sid=settings.whatsapp_template_sid,
        call_from=settings.call_from,
        gateway_url=settings.gateway_url,
        gateway_user=settings.gateway_user,
        gateway_password=settings.gateway_password.get_secret_value(),
        gateway_from=settings.gateway_from,
        gateway_secret=settings.gateway_secret.get_secret_value(),
        gateway_dialect=settings.gateway_dialect,
        telegram_token=settings.telegram_token.get_secret_value(),
        telegram_webhook_secret=secret,
        telegram_api_url=settings.telegram_api_url,
        simulator=settings.with_simulator,
    )


@asynccontextmanager
async def opened(settings: Settings, *, sender: bool) -> AsyncIterator[House]:
    """Open everything, and close it at the end.

    *sender*: this process may read reply addresses and what is in the ledger. Raises
    ``vault.keyring.KeysMissing``.
    """
    keyring = keys.load(key_folder(settings), sender=sender)
    database = engine.connect(settings.database, settings.data_dir)
    mint = Mint(keyring)
    mint.start()
    channels = await registry.open_channels(options(settings), database, keyring)
    try:
        yield _house(settings, database, keyring, mint, channels)
    finally:
        mint.stop()
        for channel in channels.values():
            await channel.close()
        await database.close()


def first_calendar(settings: Settings) -> Calendar:
    """Return the calendar with which a fresh installation begins."""
    return Calendar(zone=ZoneInfo(settings.timezone))


def _routing(settings: Settings, channels: Mapping[str, Channel]) -> Routing:
    return Routing(tuple(channels), settings.routes)


def _house(
    settings: Settings,
    database: Database,
    keyring: Keyring,
    mint: Mint,
    channels: Mapping[str, Channel],
) -> House:
    almanac, register = Almanac(first_calendar(settings)), Register()
    desk = Desk(retell=rule_lines.again)
    powers = Powers(database, keyring, mint, settings.default_region, almanac, register, desk)
    styles = {routing.kind(line): channel.style for line, channel in channels.items()}
    runner = Runner(
        powers,
        styles,
        default_language=settings.default_language,
        routing=_routing(settings, channels),
    )
    return House(settings, database, keyring, channels, runner, almanac, register)
