"""Which channels there are. The only module that knows an adapter: a new one is one line here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from channels import rehearsal
from channels.base import Channel, Style
from channels.simulator import Simulator
from storage.engine import Database
from vault.keyring import Keyring


def _clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, repr=False)
class Options:
    """What an operator can set of channels. Never printed: it holds tokens."""

    public_url: str  # where providers reach us, without a path
    region: str = "KE"  # ISO country of phone numbers without a +
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_auth_token_next: str = ""
    twilio_from: str = ""
    twilio_messaging_service_sid: str = ""
    twilio_api_url: str = "https://api.twilio.com"
    whatsapp_from: str = ""  # a number of the same Twilio account
    whatsapp_template_sid: str = ""
    call_from: str = ""  # a number of the same Twilio account that may call; empty: no calls
    gateway_url: str = ""
    gateway_user: str = ""
    gateway_password: str = ""
    gateway_from: str = ""
    gateway_secret: str = ""  # empty: no hook of the gateway is believed
    gateway_dialect: str = "kannel"
    telegram_token: str = ""
    telegram_webhook_secret: str = ""  # empty: long polling
    telegram_api_url: str = "https://api.telegram.org"
    simulator: bool = False
    clock: Callable[[], datetime] = _clock


def _sms(options: Options, _database: Database, _keyring: Keyring | None) -> Iterator[Channel]:
    sender = options.twilio_from or options.twilio_messaging_service_sid
    if options.twilio_account_sid and options.twilio_auth_token and sender:
        # A provider's library takes a while to load, and who does not use it need not wait.
        from channels.sms import SmsChannel  # noqa: PLC0415 - see above

        yield SmsChannel(
            account_sid=options.twilio_account_sid,
            auth_tokens=(options.twilio_auth_token, options.twilio_auth_token_next),
            sender=options.twilio_from,
            messaging_service_sid=options.twilio_messaging_service_sid,
            api_url=options.twilio_api_url,
            public_url=options.public_url,
            default_region=options.region,
        )


def _whatsapp(options: Options, database: Database, keyring: Keyring | None) -> Iterator[Channel]:
    if options.twilio_account_sid and options.twilio_auth_token and options.whatsapp_from:
        from channels.whatsapp import WhatsAppChannel  # noqa: PLC0415 - as above

        yield WhatsAppChannel(
            database,
            keyring,
            sender=options.whatsapp_from,
            template_sid=options.whatsapp_template_sid,
            clock=options.clock,
            account_sid=options.twilio_account_sid,
            auth_tokens=(options.twilio_auth_token, options.twilio_auth_token_next),
            api_url=options.twilio_api_url,
            public_url=options.public_url,
            default_region=options.region,
        )


def _call(options: Options, _database: Database, _keyring: Keyring | None) -> Iterator[Channel]:
    if options.twilio_account_sid and options.twilio_auth_token and options.call_from:
        from channels.twilio_calls import CallChannel  # noqa: PLC0415 - as above

        yield CallChannel(
            sender=options.call_from,
            account_sid=options.twilio_account_sid,
            auth_tokens=(options.twilio_auth_token, options.twilio_auth_token_next),
            api_url=options.twilio_api_url,
            public_url=options.public_url,
            default_region=options.region,
        )


def _gateway(options: Options, _database: Database, _keyring: Keyring | None) -> Iterator[Channel]:
    if options.gateway_url:
        from channels.dialects import DIALECTS, Account  # noqa: PLC0415 - as above
        from channels.gateway import GatewayChannel  # noqa: PLC0415 - as above

        account = Account(
            url=options.gateway_url,
            user=options.gateway_user,
            password=options.gateway_password,
            sender=options.gateway_from,
        )
        yield GatewayChannel(
            DIALECTS[options.gateway_dialect](),
            account,
            secret=options.gateway_secret,
            public_url=options.public_url,
            default_region=options.region,
        )


def _telegram(options: Options, database: Database, _keyring: Keyring | None) -> Iterator[Channel]:
    if options.telegram_token:
        from channels.telegram import TelegramChannel  # noqa: PLC0415 - as above

        yield TelegramChannel(
            token=options.telegram_token,
            secret=options.telegram_webhook_secret,
            api_url=options.telegram_api_url,
            public_url=options.public_url,
            database=database,
        )


def _simulators(
    options: Options, database: Database, keyring: Keyring | None
) -> Iterator[Channel]:
    if options.simulator and keyring is not None:
        yield Simulator(rehearsal.BASIC, Style.SMS, database, keyring, options.clock)
        yield Simulator(rehearsal.CHAT, Style.CHAT, database, keyring, options.clock)
        yield Simulator(rehearsal.CALL, Style.VOICE, database, keyring, options.clock)


#: Each adapter opens the channels that the options ask for.
ADAPTERS: Mapping[str, Callable[[Options, Database, Keyring | None], Iterator[Channel]]] = {
    "sms": _sms,
    "gateway": _gateway,
    "whatsapp": _whatsapp,
    "call": _call,
    "telegram": _telegram,
    "simulator": _simulators,
}


async def open_channels(
    options: Options, database: Database, keyring: Keyring | None = None
) -> dict[str, Channel]:
    """Open every channel that *options* ask for, by its name. Calls no provider.

    Without *keyring* there are no simulated phones: what stands on them could not be locked.
    """
    opened = (
        channel for adapter in ADAPTERS.values() for channel in adapter(options, database, keyring)
    )
    return {channel.name: channel for channel in opened}
