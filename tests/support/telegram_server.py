"""A server that behaves like Telegram's Bot API, as far as Baraza uses it.

Methods and parameters are restated by hand from the Bot API, 10.1 of June 2026.
"""

import asyncio
import itertools
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from aiohttp import web

from tests.support import published
from tests.support.loopback import Fault, LoopbackServer
from tests.support.parameters import Parameter, problems

CHAT = Parameter("integer", required=True)
FLAG = Parameter("boolean")
OBJECT = Parameter("object")
ARRAY = Parameter("array")
UPDATE_KINDS = ARRAY

#: A file, uploaded or by the id that it has been given; here as text either way.
FILE = Parameter(required=True, least=1)

METHODS: Mapping[str, Mapping[str, Parameter]] = {
    "getMe": {},
    "getWebhookInfo": {},
    "sendMessage": {
        "business_connection_id": Parameter(),
        "chat_id": CHAT,
        "message_thread_id": Parameter("integer"),
        "direct_messages_topic_id": Parameter("integer"),
        "text": Parameter(required=True, least=1, most=4096),
        "parse_mode": Parameter(),
        "entities": ARRAY,
        "link_preview_options": OBJECT,
        "disable_notification": FLAG,
        "protect_content": FLAG,
        "allow_paid_broadcast": FLAG,
        "message_effect_id": Parameter(),
        "suggested_post_parameters": OBJECT,
        "reply_parameters": OBJECT,
        "reply_markup": OBJECT,
    },
    "sendVoice": {
        "chat_id": CHAT,
        "voice": FILE,
        "caption": Parameter(least=1, most=1024),
        "duration": Parameter("integer", least=0),
        "disable_notification": FLAG,
        "protect_content": FLAG,
        "reply_markup": OBJECT,
    },
    "sendDocument": {
        "chat_id": CHAT,
        "document": FILE,
        "caption": Parameter(least=1, most=1024),
        "disable_notification": FLAG,
        "protect_content": FLAG,
        "reply_markup": OBJECT,
    },
    "answerCallbackQuery": {
        "callback_query_id": Parameter(required=True),
        "text": Parameter(most=200),
        "show_alert": FLAG,
        "url": Parameter(),
        "cache_time": Parameter("integer"),
    },
    "setWebhook": {
        "url": Parameter(required=True),
        "certificate": Parameter(),
        "ip_address": Parameter(),
        "max_connections": Parameter("integer", least=1, most=100),
        "allowed_updates": UPDATE_KINDS,
        "drop_pending_updates": FLAG,
        "secret_token": Parameter(pattern="[A-Za-z0-9_-]{1,256}"),
    },
    "deleteWebhook": {"drop_pending_updates": FLAG},
    "getUpdates": {
        "offset": Parameter("integer"),
        "limit": Parameter("integer", least=1, most=100),
        "timeout": Parameter("integer", least=0),
        "allowed_updates": UPDATE_KINDS,
    },
    "setMyCommands": {
        "commands": Parameter("array", required=True, most=100),
        "scope": OBJECT,
        "language_code": Parameter(pattern="[a-z]{2}|"),
    },
    "getFile": {"file_id": Parameter(required=True)},
    "deleteMessage": {"chat_id": CHAT, "message_id": Parameter("integer", required=True)},
}

#: Nested objects: what a button and a command must be.
BUTTON = {"text": Parameter(required=True, least=1), "callback_data": Parameter()}
COMMAND = {
    "command": Parameter(required=True, pattern="[a-z0-9_]{1,32}"),
    "description": Parameter(required=True, least=1, most=256),
}
MOST_CALLBACK_BYTES = 64
MOST_DOWNLOAD = 20 * 1024 * 1024

BLOCKED = "Forbidden: bot was blocked by the user"
NO_CHAT = "Bad Request: chat not found"
NO_VOICES = "Bad Request: VOICE_MESSAGES_FORBIDDEN"


@dataclass(frozen=True)
class Sent:
    """One message that the bot sent."""

    chat: int
    text: str
    buttons: tuple[tuple[tuple[str, str], ...], ...]  # rows of (label, callback data)
    protected: bool
    file: str = ""  # the id of the recording that was sent


class TelegramServer(LoopbackServer):
    """``async with TelegramServer() as telegram``; then ``telegram.url`` is the API's address."""

    def __init__(self) -> None:
        super().__init__()
        self.token = f"110201543:{uuid4().hex}"
        self.sent: list[Sent] = []
        self.answered: list[str] = []
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.webhook: dict[str, Any] = {}
        self.last_error = ""
        self.blocked: set[int] = set()
        self.no_voices: set[int] = set()  # who have forbidden voice messages
        self.files: dict[str, bytes] = {}
        self.uploads: list[str] = []  # the ids of files that the bot uploaded
        self.updates: list[dict[str, Any]] = []
        self.asking = self.most_asking = 0  # how many ask for updates at once, and ever did
        self.where: dict[str, str] = {}  # public address -> where it really listens
        self._news = asyncio.Event()
        self._count = itertools.count(1)
        for verb in ("GET", "POST"):
            self.app.router.add_route(verb, "/bot{token:[^/]+}/{method}", self._called)
        self.app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", self._file)

    # --- what the bot asks ---------------------------------------------------------------------

    async def _called(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _error(401, "Unauthorized")
        method = request.match_info["method"]
        if method not in METHODS:
            return _error(404, "Not Found")
        posted = {name: self._uploaded(value) for name, value in (await request.post()).items()}
        given = _typed(METHODS[method], {**request.query, **posted})
        self.calls.append((method, given))
        wrong = problems(METHODS[method], given) + _nested(given)
        wrong += published.telegram_problems(method, given)
        if wrong:
            self.violations += [f"{method}: {line}" for line in wrong]
            return _error(400, f"Bad Request: {wrong[0]}")
        if method == "getUpdates":
            return await self._get_updates(given)
        if (refused := self._refused(method, given)) is not None:
            return refused
        return await self.suffer(request, _fault, lambda: self._answer(method, given))

    def _uploaded(self, value: Any) -> Any:
        """Keep a file that was uploaded; return the id that it has from now on."""
        if not isinstance(value, web.FileField):
            return value
        name = f"file{next(self._count)}"
        self.files[name] = value.file.read()
        self.uploads.append(name)
        return name

    def _refused(self, method: str, given: Mapping[str, Any]) -> web.Response | None:
        if method == "setWebhook" and not re.match(r"https://|http://127\.0\.0\.1", given["url"]):
            return _error(400, "Bad Request: bad webhook: An HTTPS URL must be provided")
        if (shut := self._shut(method, given)) is not None:
            return shut
        file = given.get("file_id") or given.get("voice") or given.get("document")
        if file is not None and file not in self.files:
            said = "wrong file_id or the file is temporarily unavailable"
            wrong = "wrong file identifier/HTTP URL specified"
            return _error(400, f"Bad Request: {said if method == 'getFile' else wrong}")
        if method == "getFile" and len(self.files[given["file_id"]]) > MOST_DOWNLOAD:
            return _error(400, "Bad Request: file is too big")
        return None

    def _shut(self, method: str, given: Mapping[str, Any]) -> web.Response | None:
        """Refuse what a person does not let in."""
        chat = given.get("chat_id")
        if chat in self.blocked:
            return _error(403, BLOCKED)
        if method == "sendVoice" and chat in self.no_voices:
            return _error(400, NO_VOICES)
        return _error(400, NO_CHAT) if chat == 0 else None

    def _answer(self, method: str, given: dict[str, Any]) -> web.Response:
        act = getattr(self, "_" + re.sub("([A-Z])", r"_\1", method).lower())
        return web.json_response({"ok": True, "result": act(given)})

    def _get_me(self, _given: Mapping[str, Any]) -> dict[str, Any]:
        bot = {"id": int(self.token.split(":")[0]), "is_bot": True, "first_name": "Baraza"}
        return self._true("User", {**bot, "username": "baraza_bot"})

    def _send_message(self, given: Mapping[str, Any]) -> dict[str, Any]:
        rows = given.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = tuple(
            tuple((one["text"], one.get("callback_data", "")) for one in row) for row in rows
        )
        protected = given.get("protect_content", False)
        self.sent.append(Sent(given["chat_id"], given["text"], buttons, protected))
        return self.message(given["chat_id"], text=given["text"])

    def _send_voice(self, given: Mapping[str, Any]) -> dict[str, Any]:
        voice = {"file_unique_id": "u", "duration": given.get("duration", 0)}
        return self._sent_file(given, given["voice"], voice=voice)

    def _send_document(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return self._sent_file(given, given["document"], document={"file_unique_id": "u"})

    def _sent_file(self, given: Mapping[str, Any], name: str, **shown: Any) -> dict[str, Any]:
        caption, protected = given.get("caption", ""), given.get("protect_content", False)
        self.sent.append(Sent(given["chat_id"], caption, (), protected, name))
        content = {kind: {"file_id": name, **value} for kind, value in shown.items()}
        return self.message(given["chat_id"], caption=caption, **content)

    def _answer_callback_query(self, given: Mapping[str, Any]) -> bool:
        self.answered.append(given["callback_query_id"])
        return True

    def _set_webhook(self, given: dict[str, Any]) -> bool:
        self.webhook = given
        return True

    def _delete_webhook(self, _given: Mapping[str, Any]) -> bool:
        self.webhook = {}
        return True

    def _get_webhook_info(self, _given: Mapping[str, Any]) -> dict[str, Any]:
        info = {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
        }
        if self.last_error:
            info |= {"last_error_date": int(time.time()), "last_error_message": self.last_error}
        return self._true("WebhookInfo", info)

    def _set_my_commands(self, given: Mapping[str, Any]) -> bool:
        self.commands[given.get("language_code", "")] = given["commands"]
        return True

    def _get_file(self, given: Mapping[str, Any]) -> dict[str, Any]:
        name = given["file_id"]
        size = len(self.files[name])
        return self._true(
            "File",
            {
                "file_id": name,
                "file_unique_id": f"u{name}",
                "file_size": size,
                "file_path": f"photos/{name}",
            },
        )

    def _delete_message(self, _given: Mapping[str, Any]) -> bool:
        return True

    async def _get_updates(self, given: Mapping[str, Any]) -> web.Response:
        if self.webhook:
            return _error(409, "Conflict: can't use getUpdates method while webhook is active")
        if self.faults:
            return _fault(self.faults.popleft())
        offset = given.get("offset", 0)
        self.updates = [one for one in self.updates if one.get("update_id", 0) >= offset]
        if not self.updates and given.get("timeout"):
            self._news.clear()
            self.asking += 1
            self.most_asking = max(self.most_asking, self.asking)
            waits = [asyncio.create_task(one.wait()) for one in (self._news, self._stopping)]
            await asyncio.wait(
                waits, timeout=given["timeout"], return_when=asyncio.FIRST_COMPLETED
            )
            self.asking -= 1
            for wait in waits:
                wait.cancel()
        return web.json_response({"ok": True, "result": self.updates[:100]})

    async def _file(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return _error(404, "Not Found")
        return web.Response(body=self.files[request.match_info["path"].rpartition("/")[2]])

    # --- what Telegram brings ------------------------------------------------------------------

    def message(self, chat: int, **content: Any) -> dict[str, Any]:
        """Return a message as Telegram shows it, with everything that names a person."""
        message = {
            "message_id": next(self._count),
            "date": int(time.time()),
            "chat": {
                "id": chat,
                "type": "private",
                "first_name": "Wanjiru",
                "last_name": "Kamau",
                "username": "wanjiru_k",
            },
            "from": self.user(chat),
            **content,
        }
        return self._true("Message", message)

    def user(self, chat: int) -> dict[str, Any]:
        """Return the person of a private chat."""
        return {
            "id": chat,
            "is_bot": False,
            "first_name": "Wanjiru",
            "last_name": "Kamau",
            "username": "wanjiru_k",
            "language_code": "sw",
        }

    def update(self, **content: Any) -> dict[str, Any]:
        """Return an update with the next id."""
        return self._true("Update", {"update_id": next(self._count), **content})

    def said(self, text: str, chat: int = 7001) -> dict[str, Any]:
        """Return the update of a text message."""
        return self.update(message=self.message(chat, text=text))

    def pressed(self, data: str, chat: int = 7001) -> dict[str, Any]:
        """Return the update of a pressed button."""
        press = {
            "id": str(next(self._count)),
            "from": self.user(chat),
            "chat_instance": "1",
            "message": self.message(chat, text="Menu"),
            "data": data,
        }
        return self.update(callback_query=press)

    def shut(self, status: str = "kicked", chat: int = 7001) -> dict[str, Any]:
        """Return the update of a person who blocked the bot, or, ``member``, let it in again."""
        self.blocked = self.blocked | {chat} if status == "kicked" else self.blocked - {chat}
        bot = {"id": 110201543, "is_bot": True, "first_name": "Baraza"}
        old = {"status": "member", "user": bot}
        new = {"status": status, "user": bot}
        changed = {
            "chat": self.message(chat)["chat"],
            "from": self.user(chat),
            "date": int(time.time()),
            "old_chat_member": old,
            "new_chat_member": {**new, "until_date": 0} if status == "kicked" else new,
        }
        return self.update(my_chat_member=changed)

    async def deliver(self, update: dict[str, Any]) -> int | None:
        """Bring an update: to the webhook, returning its answer's status, or to the next poll."""
        if not self.webhook:
            self.updates.append(update)
            self._news.set()
            return None
        secret = self.webhook.get("secret_token", "")
        return await self.post(self.webhook["url"], update, secret)

    async def post(self, url: str, update: object, secret: str) -> int:
        """Post an update to the public address *url*, wherever it really listens."""
        for public, real in self.where.items():
            if url.startswith(public):
                url = real + url.removeprefix(public)
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        async with self.session.post(url, json=update, headers=headers) as response:
            return response.status

    def _true(self, kind: str, value: dict[str, Any]) -> dict[str, Any]:
        """Make sure that the fake tells no lies about Telegram."""
        self.violations += published.telegram_result_problems(kind, value)
        return value


def _typed(table: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a form holds: numbers, flags and JSON are all text in it."""
    typed: dict[str, Any] = {}
    for name, value in given.items():
        kind = table[name].kind if name in table else "string"
        plain = kind == "string" or not isinstance(value, str)
        try:
            typed[name] = value if plain else json.loads(value)
        except ValueError:
            typed[name] = value
    return typed


def _nested(given: Mapping[str, Any]) -> list[str]:
    wrong = []
    for row in given.get("reply_markup", {}).get("inline_keyboard", []):
        for button in row:
            wrong += problems(BUTTON, button)
            if not 1 <= len(button.get("callback_data", "").encode()) <= MOST_CALLBACK_BYTES:
                wrong.append("callback_data is not 1-64 bytes")
    for command in given.get("commands", []):
        wrong += problems(COMMAND, command)
    return wrong


def _fault(fault: Fault) -> web.Response:
    return _error(fault.status, fault.description, fault.retry_after)


def _error(status: int, description: str, retry_after: int | None = None) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if retry_after is not None:
        body["parameters"] = {"retry_after": retry_after}
    return web.json_response(body, status=status)
