"""A server that behaves like Twilio's APIs of messages and calls, as far as Baraza uses them.

The parameter table is restated by hand from Twilio's published OpenAPI description
(``twilio_api_v2010``, 2026-04), the webhook fields from docs/messaging/guides/webhook-request.
"""

import asyncio
import base64
import contextlib
import hmac
import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp
from aiohttp import web

from tests.support import published
from tests.support.loopback import Fault, LoopbackServer
from tests.support.parameters import Parameter, problems
from tests.support.reckoned_segments import reckoned

MESSAGES = "/2010-04-01/Accounts/{account}/Messages.json"

CREATE: Mapping[str, Parameter] = {
    "To": Parameter(required=True),
    "StatusCallback": Parameter("uri"),
    "ApplicationSid": Parameter(pattern="AP[0-9a-fA-F]{32}"),
    "MaxPrice": Parameter("number"),
    "ProvideFeedback": Parameter("boolean"),
    "Attempt": Parameter("integer"),
    "ValidityPeriod": Parameter("integer", least=1, most=36_000),
    "ForceDelivery": Parameter("boolean"),
    "ContentRetention": Parameter(values=("retain", "discard")),
    "AddressRetention": Parameter(values=("retain", "obfuscate")),
    "SmartEncoded": Parameter("boolean"),
    "PersistentAction": Parameter(),
    "TrafficType": Parameter(values=("free",)),
    "ShortenUrls": Parameter("boolean"),
    "ScheduleType": Parameter(values=("fixed",)),
    "SendAt": Parameter(),
    "SendAsMms": Parameter("boolean"),
    "ContentVariables": Parameter(),
    "RiskCheck": Parameter(values=("enable", "disable")),
    "From": Parameter(),
    "FallbackFrom": Parameter(),
    "MessagingServiceSid": Parameter(pattern="MG[0-9a-fA-F]{32}"),
    "Body": Parameter(least=1, most=1600),
    "MediaUrl": Parameter("uri"),
    "ContentSid": Parameter(pattern="HX[0-9a-fA-F]{32}"),
}

CALLS = "/2010-04-01/Accounts/{account}/Calls.json"

#: What a call may be asked with (docs/voice/api/call-resource), as far as it could concern us.
CREATE_CALL: Mapping[str, Parameter] = {
    "To": Parameter(required=True),
    "From": Parameter(required=True),
    "Url": Parameter("uri", required=True),
    "Method": Parameter(values=("GET", "POST")),
    "FallbackUrl": Parameter("uri"),
    "FallbackMethod": Parameter(values=("GET", "POST")),
    "StatusCallback": Parameter("uri"),
    "StatusCallbackEvent": Parameter(
        values=("initiated", "ringing", "answered", "completed"),
    ),
    "StatusCallbackMethod": Parameter(values=("GET", "POST")),
    "Timeout": Parameter("integer", least=1, most=600),
    "TimeLimit": Parameter("integer", least=1, most=86_400),
    "MachineDetection": Parameter(values=("Enable", "DetectMessageEnd")),
    "Record": Parameter("boolean"),
}

LIST_CALLS: Mapping[str, Parameter] = {
    "To": Parameter(),
    "From": Parameter(),
    "Status": Parameter(),
    "StartTime": Parameter(),
    "StartTime<": Parameter(),
    "StartTime>": Parameter(),
    "PageSize": Parameter("integer", least=1, most=1000),
    "Page": Parameter("integer", least=0),
    "PageToken": Parameter(),
}

LIST: Mapping[str, Parameter] = {
    "To": Parameter(),
    "From": Parameter(),
    "DateSent": Parameter(),
    "DateSent<": Parameter(),
    "DateSent>": Parameter(),
    "PageSize": Parameter("integer", least=1, most=1000),
    "Page": Parameter("integer", least=0),
    "PageToken": Parameter(),
}

#: Test numbers in the manner of Twilio's own magic numbers.
INVALID = "+15005550001"
STOPPED = "+15005550004"

#: How addresses on WhatsApp begin.
WHATSAPP = "whatsapp:"

E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass
class Message:
    """One message that the account sent."""

    sid: str
    form: dict[str, str]
    made: datetime
    status: str = "queued"
    error: int | None = None
    statuses: list[str] = field(default_factory=list)

    @property
    def to(self) -> str:
        return self.form["To"]

    @property
    def body(self) -> str:
        if "ContentSid" not in self.form:
            return self.form.get("Body", "")
        words = json.loads(self.form["ContentVariables"])["1"]
        return f"News of the forum: {words} Answer to this message."

    @property
    def segments(self) -> int:
        """How many it is billed as, reckoned by another way than ours."""
        return reckoned(self.body)[2]

    @property
    def callback(self) -> str:
        return self.form.get("StatusCallback", "")


@dataclass
class Call:
    """One call that the account placed. *events*: of what it wants to be told."""

    sid: str
    form: dict[str, str]
    events: list[str]
    made: datetime
    status: str = "queued"
    began: datetime | None = None

    @property
    def to(self) -> str:
        return self.form["To"]


class TwilioServer(LoopbackServer):
    """``async with TwilioServer() as twilio``; then ``twilio.url`` is the API's address."""

    def __init__(self, number: str = "+15005550006", *, delivers: bool = False) -> None:
        super().__init__()
        self.account = "AC" + uuid4().hex
        self.token = uuid4().hex
        self.number = number
        self.sms_url = ""
        self.voice_url = ""
        self.delivers = delivers  # report «sent» and «delivered» by itself
        self.receipt_after = 0.01  # seconds before each of the two
        self.sent: list[Message | Call] = []
        self.may_call = True  # whether the number has «voice»
        self.recordings: dict[str, bytes] = {}  # what was said in calls, by its id
        self.media: dict[str, tuple[str, bytes]] = {}
        self.where: dict[str, str] = {}  # public address -> where it really listens
        self.tariff: dict[str, int] = {}  # country's prefix -> a segment, in ten-thousandths
        self.clock = lambda: datetime.now(UTC)
        self._count = itertools.count(1)
        add = self.app.router
        add.add_post(MESSAGES, self._create)
        add.add_get(MESSAGES, self._list)
        add.add_post(CALLS, self._place)
        add.add_get(CALLS, self._list_calls)
        add.add_get("/2010-04-01/Accounts/{account}/Recordings/{sid}", self._recording)
        add.add_delete(
            "/2010-04-01/Accounts/{account}/Recordings/{sid}.json", self._forget_recording
        )
        add.add_get("/2010-04-01/Accounts/{account}.json", self._account)
        add.add_get("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json", self._numbers)
        add.add_get("/2010-04-01/Accounts/{account}/Messages/{message}/Media/{sid}", self._media)
        add.add_delete(
            "/2010-04-01/Accounts/{account}/Messages/{message}/Media/{sid}.json", self._forget
        )
        add.add_get("/store/{sid}", self._store)

    def bill(self) -> int:
        """Return what all messages cost so far by segment and country, in ten-thousandths."""
        return sum(message.segments * self._rate(message.to) for message in self.sent)

    def _rate(self, to: str) -> int:
        return self.tariff[max((p for p in self.tariff if to.startswith(p)), key=len)]

    # --- what the account asks -------------------------------------------------------------

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.calls.append(("create", form))
        if (refused := self._refused(request)) is not None:
            return refused
        wrong = problems(CREATE, form) + published.twilio_form_problems(form)
        self.violations += wrong
        if wrong:
            return _error(400, 21620 if "StatusCallback" in wrong[0] else 20001)
        if (code := self._judge(form)) is not None:
            return _error(400, code)
        return await self.suffer(request, _fault, lambda: self._take(form))

    def _judge(self, form: Mapping[str, str]) -> int | None:
        if not form.get("Body") and not form.get("MediaUrl") and not form.get("ContentSid"):
            return 21602
        if not form.get("From") and not form.get("MessagingServiceSid"):
            return 21603
        if form["To"] == STOPPED:
            return 21610
        if form["To"].startswith(WHATSAPP):
            return self._judge_whatsapp(form)
        return None if E164.fullmatch(form["To"]) and form["To"] != INVALID else 21211

    def _judge_whatsapp(self, form: Mapping[str, str]) -> int | None:
        if not form.get("From", "").startswith(WHATSAPP):
            return 21910
        if form.get("Body") and form.get("ContentSid"):
            self.violations.append("a template and free words at once")
        if "ContentSid" in form and (wrong := _wrong_values(form)):
            self.violations.append(wrong)
            return 21656
        return None if E164.fullmatch(form["To"].removeprefix(WHATSAPP)) else 21211

    def _take(self, form: dict[str, str]) -> web.Response:
        message = Message(f"SM{next(self._count):032x}", form, self.clock())
        message.status = "accepted" if "MessagingServiceSid" in form else "queued"
        self.sent.append(message)
        if self.delivers and message.callback:
            self.later(self._deliver(message))
        return web.json_response(self._shown(message), status=201)

    async def _deliver(self, message: Message) -> None:
        for status in ("sent", "delivered"):
            await asyncio.sleep(self.receipt_after)
            with contextlib.suppress(aiohttp.ClientError):  # told once, whoever listens
                await self.callback(message, status)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        asked = dict(request.query)
        self.calls.append(("list", asked))
        if (refused := self._refused(request)) is not None:
            return refused
        wrong = problems(LIST, asked)
        self.violations += wrong
        if wrong:
            return _error(400, 20001)
        return await self.suffer(request, _fault, lambda: self._page(asked))

    def _page(self, asked: Mapping[str, str]) -> web.Response:
        size = int(asked.get("PageSize", "50"))
        since = asked.get("DateSent>")
        found = [
            message
            for message in reversed(self.sent)
            if asked.get("To", message.to) == message.to and _sent_since(message, since)
        ]
        return web.json_response(
            {
                "end": len(found),
                "first_page_uri": "/2010-04-01/x",
                "next_page_uri": None,
                "previous_page_uri": None,
                "page": 0,
                "page_size": size,
                "start": 0,
                "uri": "/2010-04-01/x",
                "messages": [self._shown(message) for message in found[:size]],
            }
        )

    async def _account(self, request: web.Request) -> web.StreamResponse:
        refused = self._refused(request)
        return refused or web.json_response({"sid": self.account, "status": "active"})

    async def _numbers(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refused(request)) is not None:
            return refused
        here = request.query.get("PhoneNumber", self.number) == self.number
        urls: dict[str, Any] = {"sms_url": self.sms_url, "voice_url": self.voice_url}
        urls["capabilities"] = {"voice": self.may_call, "sms": True, "mms": False}
        numbers = [{"phone_number": self.number, **urls}] if here else []
        return web.json_response(
            {"incoming_phone_numbers": numbers, "next_page_uri": None, "page": 0}
        )

    async def _media(self, request: web.Request) -> web.StreamResponse:
        """Send the caller to the store, as Twilio does; the store wants no credentials."""
        if (refused := self._refused(request)) is not None:
            return refused
        # Another host name of this machine: credentials must not follow there.
        store = self.url.replace("127.0.0.1", "localhost")
        raise web.HTTPTemporaryRedirect(f"{store}/store/{request.match_info['sid']}")

    async def _forget(self, request: web.Request) -> web.StreamResponse:
        """Delete a file for good; it is not found a second time."""
        if (refused := self._refused(request)) is not None:
            return refused
        if self.media.pop(request.match_info["sid"], None) is None:
            return _error(404, 20404)
        return web.Response(status=204)

    async def _store(self, request: web.Request) -> web.StreamResponse:
        if "Authorization" in request.headers:
            self.violations.append("credentials followed to the media store")
        mime, content = self.media[request.match_info["sid"]]
        return web.Response(body=content, content_type=mime)

    def _refused(self, request: web.Request) -> web.Response | None:
        expected = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        right = request.headers.get("Authorization") == f"Basic {expected}"
        if not right:
            return _error(401, 20003)
        account = request.match_info["account"] == self.account
        return None if account else _error(404, 20404)

    def _shown(self, message: Message) -> dict[str, Any]:
        when = format_datetime(message.made)
        waits = message.status in {"accepted", "queued", "scheduled"}
        shown = {
            "sid": message.sid,
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": message.body,
            "date_created": when,
            "date_sent": None if waits else when,
            "date_updated": when,
            "direction": "outbound-api",
            "error_code": message.error,
            "error_message": None,
            "from": message.form.get("From"),
            "to": message.to,
            "messaging_service_sid": message.form.get("MessagingServiceSid"),
            "num_media": "0",
            "num_segments": str(message.segments),
            "price": None,
            "price_unit": "USD",
            "status": message.status,
            "subresource_uris": {},
            "uri": f"/2010-04-01/Accounts/{self.account}/Messages/{message.sid}.json",
        }
        self.violations += published.twilio_message_problems(shown)
        return shown

    # --- calls --------------------------------------------------------------------------------

    async def _place(self, request: web.Request) -> web.StreamResponse:
        posted = await request.post()
        form = {name: str(value) for name, value in posted.items()}
        events = [str(one) for one in posted.getall("StatusCallbackEvent", ["completed"])]
        self.calls.append(("place", form))
        if (refused := self._refused(request)) is not None:
            return refused
        wrong = [
            problem
            for event in events
            for problem in problems(CREATE_CALL, {**form, "StatusCallbackEvent": event})
        ]
        self.violations += wrong
        if wrong:
            return _error(400, 21205 if "Url" in wrong[0] else 20001)
        if not E164.fullmatch(form["To"]) or form["To"] == INVALID:
            return _error(400, 21211)
        if form["From"] != self.number:
            return _error(400, 21210)
        return await self.suffer(request, _fault, lambda: self._ring(form, events))

    def _ring(self, form: dict[str, str], events: list[str]) -> web.Response:
        call = Call(f"CA{next(self._count):032x}", form, events, self.clock())
        self.sent.append(call)
        return web.json_response(self._shown_call(call), status=201)

    async def _list_calls(self, request: web.Request) -> web.StreamResponse:
        asked = dict(request.query)
        self.calls.append(("list calls", asked))
        if (refused := self._refused(request)) is not None:
            return refused
        wrong = problems(LIST_CALLS, asked)
        self.violations += wrong
        if wrong:
            return _error(400, 20001)
        return await self.suffer(request, _fault, lambda: self._page_of_calls(asked))

    def _page_of_calls(self, asked: Mapping[str, str]) -> web.Response:
        since = asked.get("StartTime>")
        found = [
            self._shown_call(call)
            for call in reversed(self.sent)
            if isinstance(call, Call)
            and asked.get("To", call.to) == call.to
            and (since is None or (call.began is not None and f"{call.began:%Y-%m-%d}" >= since))
        ]
        return web.json_response({"calls": found, "next_page_uri": None, "page": 0})

    def _shown_call(self, call: Call) -> dict[str, Any]:
        return {
            "sid": call.sid,
            "account_sid": self.account,
            "date_created": format_datetime(call.made),
            "start_time": None if call.began is None else format_datetime(call.began),
            "direction": "outbound-api",
            "from": call.form["From"],
            "to": call.to,
            "status": call.status,
            "uri": f"/2010-04-01/Accounts/{self.account}/Calls/{call.sid}.json",
        }

    async def _recording(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refused(request)) is not None:
            return refused
        content = self.recordings.get(request.match_info["sid"])
        if content is None:
            return _error(404, 20404)
        return web.Response(body=content, content_type="audio/x-wav")

    async def _forget_recording(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refused(request)) is not None:
            return refused
        if self.recordings.pop(request.match_info["sid"], None) is None:
            return _error(404, 20404)
        return web.Response(status=204)

    def spoken_form(self, call: Call, content: bytes, **fields: str) -> dict[str, str]:
        """Keep what was said after the tone; return the form that brings it (twiml/record)."""
        sid = f"RE{next(self._count):032x}"
        self.recordings[sid] = content
        path = f"/2010-04-01/Accounts/{self.account}/Recordings/{sid}"
        told = {"RecordingSid": sid, "RecordingUrl": self.url + path, "RecordingDuration": "4"}
        return self.turn_form(call, "hangup", **told, **fields)

    def turn_form(self, call: Call, digits: str | None = None, **fields: str) -> dict[str, str]:
        """Return the form by which Twilio asks what to say in a call of ours."""
        form = self.call_form(self.number, CallSid=call.sid, CallStatus="in-progress")
        ours = {"To": call.to, "Called": call.to, "Direction": "outbound-api"}
        pressed = {} if digits is None else {"Digits": digits, "FinishedOnKey": "", "msg": "x"}
        return {**form, **ours, **pressed, **fields}

    async def report(self, call: Call, status: str) -> int:
        """Report how a call goes to the address that it named."""
        call.status = status
        call.began = call.began or (self.clock() if status == "in-progress" else None)
        form = self.turn_form(call, CallStatus=status, SequenceNumber="1", CallbackSource="call")
        return await self.post(call.form["StatusCallback"], form)

    # --- what Twilio calls -------------------------------------------------------------------

    async def inbound(
        self, hook_url: str, text: str, sender: str = "+254711000001", **fields: str
    ) -> int:
        """Bring an SMS to *hook_url*, signed; return the answer's status."""
        return await self.post(hook_url, self.message_form(text, sender, **fields))

    def message_form(
        self, text: str, sender: str = "+254711000001", **fields: str
    ) -> dict[str, str]:
        """Return the form of an inbound message, with everything that Twilio puts in it."""
        sid = f"SM{next(self._count):032x}"
        return {
            "ToCountry": "US",
            "ToState": "CA",
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "ToCity": "",
            "FromZip": "00100",
            "SmsSid": sid,
            "FromState": "Nairobi",
            "SmsStatus": "received",
            "FromCity": "Nairobi",
            "Body": text,
            "FromCountry": "KE",
            "To": self.number,
            "ToZip": "",
            "NumSegments": "1",
            "MessageSid": sid,
            "AccountSid": self.account,
            "From": sender,
            "ApiVersion": "2010-04-01",
            **fields,
        }

    def call_form(self, caller: str = "+254711000001", **fields: str) -> dict[str, str]:
        """Return the form by which an incoming call is told (docs/voice/twiml)."""
        return {
            "AccountSid": self.account,
            "ApiVersion": "2010-04-01",
            "CallSid": f"CA{next(self._count):032x}",
            "CallStatus": "ringing",
            "CallToken": "%7B%22parentCallInfoToken%22%3A%22%22%7D",
            "Called": self.number,
            "CalledCity": "",
            "CalledCountry": "US",
            "CalledState": "CA",
            "CalledZip": "",
            "Caller": caller,
            "CallerCity": "Nairobi",
            "CallerCountry": "KE",
            "CallerName": "WANJIRU ANNA",
            "CallerState": "Nairobi",
            "CallerZip": "00100",
            "Direction": "inbound",
            "From": caller,
            "FromCity": "Nairobi",
            "FromCountry": "KE",
            "FromState": "Nairobi",
            "FromZip": "00100",
            "To": self.number,
            "ToCity": "",
            "ToCountry": "US",
            "ToState": "CA",
            "ToZip": "",
            **fields,
        }

    def media_form(self, mime: str, content: bytes) -> dict[str, str]:
        """Keep a file at Twilio; return the form fields that announce it."""
        sid = f"ME{next(self._count):032x}"
        self.media[sid] = (mime, content)
        path = f"/2010-04-01/Accounts/{self.account}/Messages/MM{0:032x}/Media/{sid}"
        return {"NumMedia": "1", "MediaUrl0": self.url + path, "MediaContentType0": mime}

    async def callback(self, message: Message, status: str, error: int | None = None) -> int:
        """Report *status* to the address that the message named."""
        message.status, message.error = status, error
        message.statuses.append(status)
        form = {
            "SmsSid": message.sid,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": message.to,
            "MessageSid": message.sid,
            "AccountSid": self.account,
            "From": message.form.get("From", ""),
            "ApiVersion": "2010-04-01",
        }
        if error is not None:
            form["ErrorCode"] = str(error)
        return await self.post(message.callback, form)

    async def post(self, url: str, form: Mapping[str, str]) -> int:
        """Post a signed form to the public address *url*, wherever it really listens."""
        target = url
        for public, real in self.where.items():
            if url.startswith(public):
                target = real + url.removeprefix(public)
        headers = {
            "X-Twilio-Signature": self.sign(url, form),
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "I-Twilio-Idempotency-Token": str(uuid4()),
        }
        body = urlencode(form).encode()
        async with self.session.post(target, data=body, headers=headers) as response:
            return response.status

    def sign(self, url: str, form: Mapping[str, str]) -> str:
        """Return X-Twilio-Signature, made as docs/usage/security says."""
        signed = url + "".join(name + form[name] for name in sorted(form))
        digest = hmac.digest(self.token.encode(), signed.encode(), "sha1")
        return base64.b64encode(digest).decode()


def _wrong_values(form: Mapping[str, str]) -> str | None:
    """Say what is wrong with a template's values (docs/api/errors/21656)."""
    values = json.loads(form.get("ContentVariables", "{}")).values()
    wrong = any(not value or re.search(r"[\n\t]| {5}", value) for value in values)
    return "a template's value is empty, or has a line break or a run of blanks" if wrong else None


def _sent_since(message: Message, since: str | None) -> bool:
    if since is None:
        return True
    if message.status in {"accepted", "queued", "scheduled"}:
        return False  # no date yet
    return message.made.strftime("%Y-%m-%dT%H:%M:%SZ") >= since


def _fault(fault: Fault) -> web.Response:
    return _error(fault.status, fault.code, fault.retry_after)


def _error(status: int, code: int, retry_after: int | None = None) -> web.Response:
    body = {
        "code": code,
        "message": "The 'To' number +254711000001 went wrong",  # Twilio quotes the number
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return web.json_response(body, status=status, headers=headers)
