"""SMS through Twilio: what it says of messages, in its forms, codes and status words.

The account that they go through is ``channels.twilio_account``. Sources: Twilio's OpenAPI
description (twilio_api_v2010), docs/messaging/guides/webhook-request, docs/api/errors.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from channels import error_codes, missed_calls, numbers
from channels.base import (
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
from channels.errors import ChannelError, Malformed
from channels.twilio_account import STATUS, TwilioAccount
from channels.wire import words

#: Where Twilio says that our number rings.
CALL = "/call"

#: Seconds for which Twilio keeps a message in its queue (ValidityPeriod).
MIN_VALIDITY, MAX_VALIDITY = 1, 36_000

#: Twilio sends at most ten files with a message.
MAX_MEDIA = 10

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


class SmsChannel(TwilioAccount):
    """One Twilio account and its number, or its Messaging Service."""

    name = "sms"
    style = Style.SMS
    hook_path = "/hooks/sms"

    def __init__(self, *, sender: str, messaging_service_sid: str, **account: Any) -> None:
        super().__init__(**account)
        self._sender = sender
        self._from = (
            {"messaging_service_sid": messaging_service_sid}
            if messaging_service_sid
            else {"from_": sender}
        )

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

    async def check(self) -> Sequence[Finding]:
        """Sign in, and see where Twilio sends what comes in."""
        account = await self._check_account()
        return [account, *(await self._check_number() if account.well else ())]

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
