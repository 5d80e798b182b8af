"""Telegram: the only file that knows its updates, methods and errors.

Sources: the Bot API (core.telegram.org/bots/api) and its FAQ on limits. Names, usernames and
pictures arrive with every update and die here.
"""

import asyncio
import contextlib
import hmac
import json
import logging
import os
import secrets
import ssl
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Literal

# Else a 429 becomes a deprecation warning about its wait, and not the wait itself.
os.environ.setdefault("PTB_TIMEDELTA", "1")

import httpx
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    ChatMember,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    Update,
)
from telegram.constants import ChatType
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from channels import error_codes, sounds
from channels.base import (
    MAX_MEDIA_BYTES,
    Address,
    Arrival,
    Button,
    Envelope,
    Finding,
    Hook,
    Inbound,
    Media,
    Sent,
    Stopped,
    Style,
)
from channels.desk import AWAY
from channels.error_codes import Action
from channels.errors import Ambiguous, Busy, CannotTell, ChannelError, Forged, Malformed, Refused
from channels.sounds import Sound
from channels.wire import words
from storage.engine import Database

# The one prints every URL, and the token is in it; the other an answer that it cannot read, and
# what was said is in that.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("telegram.request.BaseRequest").setLevel(logging.CRITICAL)

HOOK_PATH = "/hooks/telegram"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header

#: Everything else that Telegram could send is of no use to us, and is not even asked for.
ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")

#: How long one long poll waits, and how long its answer may take; seconds.
POLL_SECONDS = 25
POLL_PATIENCE = 35.0

#: Requests under way at once. The sender sends 16, and the doctor and media want some.
CONNECTIONS = 32
TIMEOUT = 20.0

#: Seconds to rest when the token is wrong, or another program polls with it.
TOKEN_WAIT = 300
CONFLICT_WAIT = 5

#: Presses of buttons that wait for Telegram to be told that they were heard.
MOST_PRESSES = 1000

#: Longest description of a command (setMyCommands).
COMMAND_CHARACTERS = 256

#: Longest text below a recording (sendVoice).
CAPTION_CHARACTERS = 1024

#: What is played as a voice note (sendVoice). Anything else is sent as a file.
VOICES = frozenset({"audio/ogg", "audio/mpeg"})

#: How a file is named that is uploaded: Telegram goes by the name as well.
ENDINGS = {"audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/wav": ".wav"}

#: A file that was sent before is not known any more.
FORGOTTEN = "forgotten"

#: Who has chosen to get no voice notes reads the words alone.
NO_VOICES = "no-voices"

#: What Telegram says -> what we note. Nothing else of its text is kept: it may quote a message.
REASONS: Mapping[str, str] = {
    "bot was blocked by the user": "blocked",
    "user is deactivated": "deactivated",
    "can't initiate conversation": "never-started",
    "chat not found": "no-chat",
    "message is too long": "too-long",
    "message text is empty": "empty",
    "file is too big": "too-large",
    "wrong file identifier": FORGOTTEN,
    "wrong remote file": FORGOTTEN,
    "voice_messages_forbidden": NO_VOICES,
}

#: The request was never written, so nothing can have been done with it.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class TelegramChannel:
    """One bot, by webhook when there is a secret for it, else by long polling."""

    name = "telegram"
    style = Style.CHAT

    def __init__(
        self,
        *,
        token: str,
        secret: str,
        api_url: str,
        public_url: str,
        timeout: float = TIMEOUT,
        database: Database | None = None,
    ) -> None:
        """Serve the bot of *token*. Without *database* there are no recordings to be sent."""
        self._database = database
        self.polls = not secret
        #: What was dropped at the door, by kind of update; for the metrics.
        self.skipped: Counter[str] = Counter()
        # While we poll, a hook that somebody posts to us is forged: nobody can know this secret.
        self._secret = secret or secrets.token_urlsafe(32)
        self._bot_id = token.partition(":")[0]
        self._public_url = public_url.rstrip("/")
        api = api_url.rstrip("/")
        self._updates_url = f"{api}/bot{token}/getUpdates"
        self._request = _request(timeout)
        self._polling = _request(timeout)
        self._bot = Bot(
            token,
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            request=self._request,
            get_updates_request=self._polling,
        )
        self._offset: int | None = None
        self._presses: asyncio.Queue[str] = asyncio.Queue(MOST_PRESSES)
        self._answering: asyncio.Task[None] | None = None

    # --- what comes in ------------------------------------------------------------------------

    def parse(self, hook: Hook) -> Sequence[Arrival]:
        """Read one update. What we cannot use is counted, and is no error: it would come again."""
        given = hook.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            raise Forged("wrong secret")
        try:
            told = json.loads(hook.body)
        except (ValueError, RecursionError):
            raise Malformed("no JSON") from None
        try:
            arrival = self._arrival(Update.de_json(told))
        except Exception:  # noqa: BLE001 - a library of thousands of fields trips as it likes
            arrival = None
        if arrival is None:
            self.skipped[_kind_of(told)] += 1
            return []
        return [arrival]

    def _arrival(self, update: Update) -> Arrival | None:
        external_id = f"{self._bot_id}:{int(update.update_id)}"
        if (shut := update.my_chat_member) is not None and shut.chat.type == ChatType.PRIVATE:
            stopped = shut.new_chat_member.status in {ChatMember.BANNED, ChatMember.LEFT}
            return Stopped(self._address(shut.chat.id), external_id, stopped=stopped)
        if (press := update.callback_query) is not None and press.data is not None:
            self._note_press(press.id)
            hint = press.from_user.language_code
            address = self._address(press.from_user.id)
            return Inbound(address, external_id, choice=words(press.data), language_hint=hint)
        if (message := update.message) is not None and message.chat.type == ChatType.PRIVATE:
            return self._said(message, external_id)
        return None

    def _said(self, message: Message, external_id: str) -> Inbound | None:
        text, payload = _text(message)
        media = _media(message)
        if not text and not media:
            return None
        return Inbound(
            self._address(message.chat.id),
            external_id,
            text=words(text),
            media=media,
            language_hint=message.from_user.language_code if message.from_user else None,
            payload=payload,
        )

    def _address(self, chat_id: int) -> Address:
        return Address(self.name, str(int(chat_id)))

    async def poll(self) -> Sequence[Hook]:
        """Wait for updates, as the hooks that Telegram would call. Raises as ``send``."""
        self._answer_presses()
        asked: dict[str, Any] = {
            "timeout": POLL_SECONDS,
            "allowed_updates": json.dumps(ALLOWED_UPDATES),
        }
        if self._offset is not None:
            asked["offset"] = self._offset
        url = f"{self._updates_url}?{httpx.QueryParams(asked)}"
        try:
            # Bot.get_updates would trip over a single update that it cannot read, for ever.
            answer = await self._polling.retrieve(url, read_timeout=POLL_PATIENCE)
        except TelegramError as error:
            raise _trouble(error) from None
        updates = json.loads(answer)["result"]
        for update in updates:
            self._offset = int(update["update_id"]) + 1
        headers = {SECRET_HEADER: self._secret}
        return [
            Hook(f"{self._public_url}{HOOK_PATH}", headers, json.dumps(update).encode())
            for update in updates
        ]

    # --- what goes out ------------------------------------------------------------------------

    async def send(self, envelope: Envelope) -> Sent:
        """Send one message. Telegram knows no id of ours, and never reports delivery."""
        self._answer_presses()
        outbound = envelope.outbound
        try:
            if outbound.sound is None:
                message = await self._say(envelope)
            else:
                message = await self._send_sound(envelope, outbound.sound)
        except ValueError:
            raise Refused("no-chat") from None
        except TelegramError as error:
            raise _trouble(error) from None
        return Sent(str(message.message_id), final=True)

    async def _say(self, envelope: Envelope) -> Message:
        outbound = envelope.outbound
        return await self._bot.send_message(
            chat_id=int(envelope.address.value),
            text=outbound.text,
            reply_markup=_keyboard(outbound.buttons),
            protect_content=outbound.protect or None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )

    async def _send_sound(self, envelope: Envelope, sound_id: str) -> Message:
        """Send a recording: its bytes once, and from then on what Telegram calls it.

        Who has forbidden voice notes gets its words alone: what was refused did not arrive, so
        that is one message still. Raises ``Refused`` where it was taken away.
        """
        if self._database is None:
            raise Refused("no-sound")
        async with self._database.reading() as reads:
            sound = await sounds.get(reads, sound_id, whole=False)
        if sound is None:
            raise Refused("no-sound")
        try:
            message = await self._play(envelope, sound, sound.known_as or sound.content)
        except BadRequest as error:
            reason = _reason(error)
            if reason == NO_VOICES:
                return await self._say(envelope)
            if sound.known_as is None or reason != FORGOTTEN:
                raise
            await self._name(sound_id, None)  # of another bot, say: its bytes go next time
            raise Busy(FORGOTTEN) from None
        if sound.known_as is None and (known_as := _file_id(message)) is not None:
            with contextlib.suppress(*AWAY):  # it has been sent: the next one can tell its name
                await self._name(sound_id, known_as)
        return message

    async def _name(self, sound_id: str, known_as: str | None) -> None:
        assert self._database is not None  # noqa: S101 - a recording was read from it
        async with self._database.transaction() as db:
            await sounds.name(db, sound_id, known_as)

    async def _play(self, envelope: Envelope, sound: Sound, file: str | bytes) -> Message:
        """Send it as a voice note, or, where Telegram plays none of its kind, as a file."""
        outbound = envelope.outbound
        common: dict[str, Any] = {
            "chat_id": int(envelope.address.value),
            "filename": f"{sound.id[:6]}{ENDINGS.get(sound.mime, '')}",
            "caption": outbound.text[:CAPTION_CHARACTERS] or None,
            "reply_markup": _keyboard(outbound.buttons),
            "protect_content": outbound.protect or None,
        }
        if sound.mime in VOICES:
            return await self._bot.send_voice(voice=file, duration=sound.seconds, **common)
        return await self._bot.send_document(document=file, **common)

    async def find(
        self,
        envelope: Envelope,  # noqa: ARG002 - whatever is looked for
        since: datetime,  # noqa: ARG002 - and whenever it was sent
        known: Collection[str] = (),  # noqa: ARG002 - and whatever else was
    ) -> Sent | None:
        """Telegram lists no messages of a bot."""
        raise CannotTell

    async def fetch(self, media: Media) -> bytes:
        """Download what somebody sent."""
        try:
            file = await self._bot.get_file(media.reference)
            if (file.file_size or 0) > MAX_MEDIA_BYTES:
                raise Refused("too-large")
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            raise _trouble(error) from None

    # --- buttons ------------------------------------------------------------------------------

    def _note_press(self, press: str) -> None:
        """Remember to tell Telegram that a press was heard, or the button keeps spinning.

        Telling is not part of reading, and happens in whichever process reads: the web half of
        two never sends anything else. Where no loop runs, it waits for the next send.
        """
        if not self._presses.full():
            self._presses.put_nowait(press)
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop()
            self._answer_presses()

    def _answer_presses(self) -> None:
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer())

    async def _answer(self) -> None:
        while True:
            press = await self._presses.get()
            try:
                await self._bot.answer_callback_query(press)
            except TelegramError:
                # Too late, or Telegram is away. The press itself was heard: nothing is lost.
                self.skipped["press_unanswered"] += 1

    # --- setting up ---------------------------------------------------------------------------

    async def announce(self, commands: Mapping[str, Mapping[str, str]]) -> None:
        """Set or remove the webhook, and tell each language's commands."""
        self._answer_presses()
        try:
            if self.polls:
                await self._bot.delete_webhook()
            else:
                await self._bot.set_webhook(
                    f"{self._public_url}{HOOK_PATH}",
                    secret_token=self._secret,
                    allowed_updates=ALLOWED_UPDATES,
                )
            for number, (language, texts) in enumerate(commands.items()):
                if number == 0:  # for everybody whose language has none of its own
                    await self._tell_commands(texts, None)
                if len(language) == 2:  # noqa: PLR2004 - Telegram takes two-letter codes only
                    await self._tell_commands(texts, language)
        except TelegramError as error:
            raise _trouble(error) from None

    async def _tell_commands(self, texts: Mapping[str, str], language: str | None) -> None:
        await self._bot.set_my_commands(
            [BotCommand(name, text[:COMMAND_CHARACTERS]) for name, text in texts.items()],
            scope=BotCommandScopeAllPrivateChats(),
            language_code=language,
        )

    async def check(self) -> Sequence[Finding]:
        """Ask who we are, and where Telegram sends what comes in."""
        try:
            await self._bot.get_me()
            webhook = await self._bot.get_webhook_info()
        except TelegramError as error:
            advice = f"Telegram answered {_trouble(error)}; look at the token and the network."
            return [Finding("Telegram bot", well=False, advice=advice)]
        wanted = "" if self.polls else f"{self._public_url}{HOOK_PATH}"
        advice = ""
        if webhook.url != wanted:
            advice = "The webhook is not set as these settings want; start Baraza once."
        elif webhook.last_error_message:
            advice = f"Telegram could not reach {wanted} lately; look at the proxy and its TLS."
        return [
            Finding("Telegram bot", well=True),
            Finding("Telegram webhook", well=not advice, advice=advice),
        ]

    async def close(self) -> None:
        """Close the connections."""
        if self._answering is not None:
            self._answering.cancel()
            await asyncio.gather(self._answering, return_exceptions=True)
        await self._request.shutdown()
        await self._polling.shutdown()


def _request(timeout: float) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=CONNECTIONS,
        read_timeout=timeout,
        write_timeout=timeout,
        connect_timeout=5,
        pool_timeout=5,
        httpx_kwargs={"verify": _trust()},
    )


@cache
def _trust() -> ssl.SSLContext:
    """Read the certificates of authorities once: it takes a tenth of a second."""
    return httpx.create_ssl_context()


def _kind_of(told: object) -> str:
    """Name the kind of an update that was dropped, for counting; only words that we know."""
    if isinstance(told, dict):
        return next((kind for kind in Update.ALL_TYPES if kind in told), "unknown")
    return "not_an_update"


def _text(message: Message) -> tuple[str, str | None]:
    """Return what was said, and what followed /start in a link."""
    text = message.text or message.caption or _shared(message)
    if not text.startswith("/"):
        return text, None
    command, _, rest = text.partition(" ")
    command = command.partition("@")[0]  # /report@our_bot
    if command == "/start" and rest:
        return command, words(rest)
    return f"{command} {rest}".rstrip(), None


def _shared(message: Message) -> str:
    """Return in words what was shared instead of typed: any of it may answer a question."""
    if message.contact is not None:
        return message.contact.phone_number
    if message.venue is not None:
        return f"{message.venue.title}, {message.venue.address}"
    if message.location is not None:
        return f"{message.location.latitude:.5f}, {message.location.longitude:.5f}"
    if message.sticker is not None:
        return message.sticker.emoji or ""
    return ""


def _media(message: Message) -> tuple[Media, ...]:
    found: list[tuple[Any, Literal["photo", "voice", "video", "file"], str]] = [
        (message.photo[-1] if message.photo else None, "photo", "image/jpeg"),
        (message.voice, "voice", "audio/ogg"),
        (message.audio, "voice", "audio/mpeg"),
        (message.video, "video", "video/mp4"),
        (message.video_note, "video", "video/mp4"),
        (message.document, "file", "application/octet-stream"),
    ]
    return tuple(
        Media(one.file_id, kind, getattr(one, "mime_type", None) or mime)
        for one, kind, mime in found
        if one is not None
    )


def _file_id(message: Message) -> str | None:
    """Return what Telegram calls the recording that was sent with *message*."""
    sent = message.voice or message.audio or message.document
    return None if sent is None else sent.file_id


def _keyboard(rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(one.label, callback_data=one.data) for one in row] for row in rows]
    )


def _trouble(error: TelegramError) -> ChannelError:
    """Say whether to try again. Nothing of Telegram's text but a known reason is kept."""
    match error:
        case RetryAfter():
            wait = error.retry_after
            seconds = float(wait) if isinstance(wait, int) else wait.total_seconds()
            return Busy("429", retry_after=seconds, whole_channel=True)
        case InvalidToken() | Conflict():
            wrong = isinstance(error, InvalidToken)
            code, rest = ("401", TOKEN_WAIT) if wrong else ("409", CONFLICT_WAIT)
            return Busy(code, retry_after=rest, whole_channel=True)
        case ChatMigrated():
            return Refused("migrated")
        case Forbidden() | BadRequest():
            reason = _reason(error)
            return Refused(reason, stopped=error_codes.of(reason).action is Action.STOP)
        case NetworkError() if isinstance(error.__cause__, NEVER_SENT):
            return Busy("unreachable")
    return Ambiguous("no answer")


def _reason(error: TelegramError) -> str:
    said = error.message.casefold()
    found = (reason for phrase, reason in REASONS.items() if phrase in said)
    return next(found, "forbidden" if isinstance(error, Forbidden) else "bad-request")
