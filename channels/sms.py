"""SMS through Twilio: the only file that knows its forms, codes and status words.

Sources: Twilio's OpenAPI description (twilio_api_v2010), docs/messaging/guides/webhook-request,
docs/usage/security, docs/api/errors.
"""

import json
import logging
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import aiohttp
from multidict import MultiDict
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped] # it ships no types
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.request_validator import (  # type: ignore[import-untyped]
    RequestValidator,
    get_signature_algorithm,
)
from twilio.rest import Client  # type: ignore[import-untyped]

from channels import error_codes, missed_calls, numbers
from channels.base import (
    MAX_MEDIA_BYTES,
    Address,
    Arrival,
    Delivery,
    Envelope,
    Finding,
    Hook,
    Inbound,
    Media,
    Receipt,
    Sent,
    Style,
)
from channels.error_codes import Action
from channels.errors import Ambiguous, Busy, ChannelError, Forged, Malformed, Refused
from channels.wire import words

SIGNATURE = "x-twilio-signature"
SIGNATURE_SETTINGS = "x-twilio-webhooks-signature-settings"

STATUS = "/status"

#: Where Twilio says that our number rings.
CALL = "/call"

#: Seconds. A lease of the ledger holds 60 s; Twilio answers in well under one.
TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)

#: Seconds for which Twilio keeps a message in its queue (ValidityPeriod).
MIN_VALIDITY, MAX_VALIDITY = 1, 36_000

#: Twilio sends at most ten files with a message.
MAX_MEDIA = 10

CHUNK_BYTES = 64 * 1024

#: How wrong our clock may be: what was sent by one that is fast looks older at Twilio. Words said
#: twice within it are told apart by their ids (``known``).
CLOCK_SKEW = timedelta(hours=2)

#: How many messages Twilio lists at a time, at most.
LIST_PAGE = 1000

#: How many messages to one number to look through when one is in doubt.
LOOK_THROUGH = 100

#: What Twilio answers by itself when it is the only word of a message, unless an operator of a
#: Messaging Service has chosen otherwise (support article 223134027; YES starts again, too, but
#: may answer a question of ours).
ANSWERED = frozenset(
    [
        *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        *("START", "UNSTOP", "HELP", "INFO"),
    ]
)

#: What Twilio answers of a file that it does not have. Of a message it would say that an account
#: is set up wrongly, which an operator can mend; so the code's row says to wait.
NOT_THERE = "20404"

CREDENTIALS_WAIT = 300  # seconds

#: Status word -> rank and what it means. Receipts come out of order; see ``Receipt.rank``.
STATUSES: Mapping[str, tuple[int, Delivery | None]] = {
    "accepted": (0, None),
    "scheduled": (0, None),
    "queued": (1, None),
    "sending": (2, None),
    "sent": (3, Delivery.SENT),
    "partially_delivered": (3, Delivery.SENT),
    "delivered": (4, Delivery.DELIVERED),
    "undelivered": (4, Delivery.UNDELIVERED),
    "failed": (4, Delivery.UNDELIVERED),
    "canceled": (4, Delivery.UNDELIVERED),
    "read": (5, Delivery.DELIVERED),
}


class SmsChannel:
    """One Twilio account and its number, or its Messaging Service."""

    name = "sms"
    style = Style.SMS
    hook_path = "/hooks/sms"

    def __init__(
        self,
        *,
        account_sid: str,
        auth_tokens: Sequence[str],
        sender: str,
        messaging_service_sid: str,
        api_url: str,
        public_url: str,
        default_region: str,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._public_url = public_url.rstrip("/")
        self._sender = sender
        self._region = default_region
        self._from = (
            {"messaging_service_sid": messaging_service_sid}
            if messaging_service_sid
            else {"from_": sender}
        )
        # Only the primary token signs; while tokens are rotated, that is either of two.
        self._validators = [RequestValidator(token) for token in auth_tokens if token]
        self._http = _Http(self._api_url, account_sid, auth_tokens[0], timeout)
        self._client = Client(account_sid, auth_tokens[0], http_client=self._http)

    def parse(self, hook: Hook) -> Sequence[Arrival]:
        """Read an inbound message, a status callback or a call; the path tells them apart."""
        form = self._signed(hook)
        path = urlsplit(hook.url).path.rstrip("/")
        if path.endswith(self.hook_path + STATUS):
            return self._receipts(hook.url, form)
        if path.endswith(self.hook_path + CALL):
            return missed_calls.rang(form, self._region)
        sender = form.get("From", "").strip()
        sid = form.get("MessageSid") or form.get("SmsSid") or form.get("SmsMessageSid")
        if not sender or not sid:
            raise Malformed("no sender or no id")
        # What else stands in the form (city, state, zip, country, profile name) dies here.
        return [
            Inbound(
                self._address(sender),
                external_id=sid,
                text=words(form.get("Body", "")),
                media=tuple(_media(form)),
                answered=self._answered(form),
            )
        ]

    def _signed(self, hook: Hook) -> MultiDict[str]:
        signature = hook.headers.get(SIGNATURE, "")
        if not signature:
            raise Forged("no signature")
        algorithm = get_signature_algorithm(hook.headers.get(SIGNATURE_SETTINGS))
        fields = parse_qsl(hook.body.decode("utf-8", "replace"), keep_blank_values=True)
        form = MultiDict(fields)
        for validator in self._validators:
            if _valid(validator, hook.url, form, signature, algorithm):
                return form
        raise Forged("wrong signature")

    def _address(self, sender: str) -> Address:
        return Address(self.name, numbers.sender(sender, self._region))

    def _answered(self, form: Mapping[str, str]) -> bool:
        """Whether Twilio has confirmed this STOP, START or HELP by itself."""
        return "OptOutType" in form or form.get("Body", "").strip().upper() in ANSWERED

    def _receipts(self, url: str, form: Mapping[str, str]) -> list[Arrival]:
        status = form.get("MessageStatus") or form.get("SmsStatus") or ""
        sid = form.get("MessageSid") or form.get("SmsSid")
        if not sid:
            raise Malformed("no id")
        if status not in STATUSES:
            return []
        rank, delivery = STATUSES[status]
        code = form.get("ErrorCode") or None
        receipt = Receipt(
            self.name,
            delivery,
            provider_id=sid,
            message=parse_qs(urlsplit(url).query).get("m", [None])[0],
            error_code=code,
            rank=rank,
            stopped=error_codes.of(code).action is Action.STOP,
            again=error_codes.of(code).tries,
        )
        return [receipt]

    async def send(self, envelope: Envelope) -> Sent:
        """Create a message. Our id travels in the callback's URL and comes back with receipts."""
        message = await self._client.messages.create_async(
            to=self._wire(envelope.address),
            status_callback=self._report_to(envelope.id),
            **await self._content(envelope),
            **self._from,
        )
        return Sent(str(message.sid))

    def _wire(self, address: Address) -> str:
        return address.value

    def _report_to(self, message: str) -> str:
        return f"{self._public_url}{self.hook_path}{STATUS}?{urlencode({'m': message})}"

    async def _content(self, envelope: Envelope) -> dict[str, Any]:
        """Return what is sent, as the SDK calls it."""
        content: dict[str, Any] = {"body": envelope.outbound.text}
        content["smart_encoded"] = False  # the catalogue's SMS-safe variant is what was approved
        if envelope.seconds is not None:
            seconds = min(max(envelope.seconds, MIN_VALIDITY), MAX_VALIDITY)
            content["validity_period"] = seconds
        return content

    async def find(
        self, envelope: Envelope, since: datetime, known: Collection[str] = ()
    ) -> Sent | None:
        """Look for the same words to the same number, no older than *since*."""
        begin = since - CLOCK_SKEW
        dated = {"date_sent_after": begin}
        # What still stands in Twilio's queue has no date yet, so it is looked for without one.
        for dates in (dated, {}):
            listed = await self._client.messages.list_async(
                to=self._wire(envelope.address), limit=LOOK_THROUGH, **dates
            )
            for message in listed:
                mine = message.sid not in known and message.direction != "inbound"
                if mine and _sent_since(message, begin) and self._says(message, envelope):
                    return Sent(str(message.sid))
        return None

    async def missed(self, since: datetime, until: datetime) -> Sequence[Inbound]:
        """Return what Twilio lists as written to us. A hook that failed is not sent again."""
        ours = {"to": self._sender} if "from_" in self._from else {}
        listed = await self._client.messages.list_async(
            date_sent_after=since, date_sent_before=until, page_size=LIST_PAGE, **ours
        )
        return [
            await self._listed(message)
            for message in reversed(listed)
            if message.direction == "inbound" and message.from_
        ]

    async def _listed(self, message: Any) -> Inbound:
        media: tuple[Media, ...] = ()
        if str(message.num_media or 0) != "0":
            found = await self._client.messages(message.sid).media.list_async(limit=MAX_MEDIA)
            media = tuple(self._listed_media(one) for one in found)
        text = words(message.body or "")
        answered = self._answered({"Body": text})
        sender = self._address(message.from_)
        return Inbound(sender, str(message.sid), text, media=media, answered=answered)

    def _listed_media(self, one: Any) -> Media:
        url = self._api_url + str(one.uri).removesuffix(".json")
        return Media(url, _kind(one.content_type), one.content_type)

    def _says(self, message: Any, envelope: Envelope) -> bool:
        return bool((message.body or "").strip() == envelope.outbound.text.strip())

    async def fetch(self, media: Media) -> bytes:
        """Download MMS media."""
        self._see_that_it_is_twilios(media)
        return await self._http.download(media.reference)

    async def erase(self, media: Media) -> None:
        """Delete MMS media, which Twilio keeps else (docs/messaging/api/media-resource)."""
        self._see_that_it_is_twilios(media)
        path = urlsplit(media.reference).path.removesuffix(".json")
        try:
            await self._http.request("DELETE", f"{self._api_url}{path}.json")
        except Busy as busy:
            if busy.code == NOT_THERE:
                raise Refused(busy.code) from None
            raise

    def _see_that_it_is_twilios(self, media: Media) -> None:
        host = urlsplit(media.reference).hostname or ""
        ours = media.reference.startswith(f"{self._api_url}/")
        if not ours and not host.endswith(".twilio.com"):
            raise Refused("foreign-media")

    async def check(self) -> Sequence[Finding]:
        """Sign in, and see where Twilio sends what comes in."""
        try:
            account = await self._client.api.accounts(self._client.account_sid).fetch_async()
        except ChannelError as error:
            advice = f"Twilio answered {error}; look at the account SID, the token and the network"
            return [Finding("Twilio account", well=False, advice=advice)]
        active = str(account.status) == "active"
        advice = "" if active else "The account is suspended or closed; see Twilio's console."
        findings = [Finding("Twilio account", well=active, advice=advice)]
        return findings + await self._check_number() if active else findings

    async def _check_number(self) -> list[Finding]:
        if not self._sender.startswith("+"):
            return []  # a Messaging Service or a short code has its webhook elsewhere
        wanted = f"{self._public_url}{self.hook_path}"
        advice = f"Set the number's «A message comes in» webhook to {wanted} (POST)."
        try:
            numbers = await self._client.incoming_phone_numbers.list_async(
                phone_number=self._sender, limit=1
            )
        except ChannelError as error:
            return [Finding("Twilio number", well=False, advice=f"Twilio answered {error}.")]
        if not numbers:
            return [Finding("Twilio number", well=False, advice="The account has no such number.")]
        well = str(numbers[0].sms_url).split("#")[0] == wanted
        webhook = Finding("Twilio webhook", well=well, advice="" if well else advice)
        return [webhook, *self._check_calls(numbers[0].voice_url)]

    def _check_calls(self, url: str | None) -> list[Finding]:
        """Say whether calls come to us: Twilio's own demonstration takes them, and they cost."""
        if not url:
            return []  # nobody answers, and nobody pays
        wanted = f"{self._public_url}{self.hook_path}{CALL}"
        well = url.split("#")[0] == wanted
        advice = f"Set the number's «A call comes in» webhook to {wanted} (POST), or to nothing."
        return [Finding("Twilio calls", well=well, advice="" if well else advice)]

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


class _Http(AsyncHttpClient):  # type: ignore[misc] # its base ships no types
    """What the SDK sends its requests with.

    The SDK's own client ignores its timeout and can retry a POST, which pays for an SMS twice.
    Errors are told apart here, where the headers still are and no text of Twilio's, which quotes
    the number, gets any further.
    """

    def __init__(
        self, api_url: str, account_sid: str, token: str, timeout: aiohttp.ClientTimeout
    ) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._api_url = api_url
        basic = b64encode(f"{account_sid}:{token}".encode()).decode()
        self._authorization = {"Authorization": f"Basic {basic}"}
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:  # made inside the loop that uses it
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        return self._session

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: object = None,  # noqa: ARG002 - ours is in the header
        timeout: object = None,  # noqa: ARG002, ASYNC109 - the session's holds
        allow_redirects: bool = False,  # noqa: FBT001, FBT002 - the SDK's signature
    ) -> Response:
        """Send one request. Raises ``Refused``, ``Busy`` or ``Ambiguous``."""
        parts = urlsplit(uri)
        url = f"{self._api_url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        try:
            async with self._open().request(
                method,
                url,
                params={
                    name: value for name, value in (params or {}).items() if value is not None
                },
                data=urlencode(data, doseq=True).encode() if data else None,
                headers={**(headers or {}), **self._authorization},
                allow_redirects=allow_redirects,
            ) as response:
                text = await response.text()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise Busy("unreachable") from None  # the request was never written
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Ambiguous("no answer") from None
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise _error(response.status, text, response.headers)
        return Response(response.status, text, response.headers)

    async def download(self, url: str) -> bytes:
        """Fetch media; its store is elsewhere, and our credentials do not follow there."""
        try:
            async with self._open().get(url, headers=self._authorization) as response:
                if response.status >= HTTPStatus.BAD_REQUEST:
                    raise _error(response.status, "", response.headers)
                content = bytearray()
                async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                    content += chunk
                    if len(content) > MAX_MEDIA_BYTES:
                        raise Refused("too-large")
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Busy("unreachable") from None
        return bytes(content)

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _valid(
    validator: RequestValidator,
    url: str,
    form: MultiDict[str],
    signature: str,
    algorithm: str,
) -> bool:
    try:
        return bool(validator.validate(url, form, signature, algorithm))
    except (TypeError, ValueError):  # a JSON body, a path that is no path: not Twilio's
        return False


def _media(form: Mapping[str, str]) -> Iterator[Media]:
    count = form.get("NumMedia", "0")
    for index in range(min(int(count), MAX_MEDIA) if count.isdecimal() else 0):
        url = form.get(f"MediaUrl{index}")
        if url:
            mime = form.get(f"MediaContentType{index}") or "application/octet-stream"
            yield Media(url, _kind(mime), mime)


def _kind(mime: str) -> Literal["photo", "voice", "video", "file"]:
    match mime.split("/", maxsplit=1)[0]:
        case "image":
            return "photo"
        case "audio":
            return "voice"
        case "video":
            return "video"
    return "file"


def _sent_since(message: Any, begin: datetime) -> bool:
    made = message.date_sent or message.date_created
    return made is None or bool(made >= begin)


def _error(status: int, text: str, headers: Mapping[str, str]) -> ChannelError:
    """Say whether to try again. Nothing of *text* but its code gets into the error."""
    code = _code(text) or str(status)
    action = error_codes.of(code).action
    if action is Action.STOP:
        return Refused(code, stopped=True)
    if action is Action.MEND:
        return Busy(code)
    if action is Action.SLOW or status == HTTPStatus.TOO_MANY_REQUESTS:
        return Busy(code, retry_after=_seconds(headers), whole_channel=True)
    if action is Action.REST or status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Busy(code, retry_after=CREDENTIALS_WAIT, whole_channel=True)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Ambiguous(code)
    return Refused(code)


def _code(text: str) -> str | None:
    try:
        code = json.loads(text)["code"]
    except (ValueError, TypeError, KeyError):
        return None
    return str(code) if isinstance(code, int) else None


def _seconds(headers: Mapping[str, str]) -> float | None:
    wait = headers.get("Retry-After", "")
    return float(wait) if wait.isdecimal() else None
