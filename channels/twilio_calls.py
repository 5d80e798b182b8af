"""Calls through Twilio: placing one, what it reports of it, and what is said in it (TwiML).

Sources: docs/voice/api/call-resource, docs/voice/twiml (gather, play, say, record), Twilio's
OpenAPI description (twilio_api_v2010).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from twilio.twiml.voice_response import (  # type: ignore[import-untyped] # it ships no types
    Gather,
    VoiceResponse,
)

from channels import error_codes, numbers
from channels.base import (
    Address,
    Arrival,
    Delivery,
    Envelope,
    Finding,
    Hook,
    Media,
    Receipt,
    Sent,
    Style,
)
from channels.calls import Line, Link, Next, Place, Play, Script, Turn
from channels.errors import ChannelError, Malformed
from channels.routing import CALLS
from channels.sms import CLOCK_SKEW, LOOK_THROUGH
from channels.twilio_account import STATUS, TwilioAccount

#: Where Twilio brings a message that was left in a call.
SPOKEN: Final = "/spoken"

#: Status word -> rank and what it means (docs/voice/api/call-resource, call status values).
STATUSES: Final[Mapping[str, tuple[int, Delivery | None]]] = {
    "queued": (0, None),
    "initiated": (1, None),
    "ringing": (2, None),
    "in-progress": (3, Delivery.SENT),
    "completed": (4, Delivery.DELIVERED),
    "busy": (4, Delivery.UNDELIVERED),
    "no-answer": (4, Delivery.UNDELIVERED),
    "failed": (4, Delivery.UNDELIVERED),
    "canceled": (4, Delivery.UNDELIVERED),
}

#: Of what Twilio is to tell us as it happens.
EVENTS: Final = ("initiated", "ringing", "answered", "completed")

#: Seconds. Most mailboxes take a call after thirty; and no call of ours lasts longer than five
#: parts of two minutes, twice.
RINGS: Final = 30
LONGEST: Final = 1200

#: Seconds of a message that somebody leaves, and of silence that ends it.
LONGEST_MESSAGE: Final = 120
SILENCE: Final = 5

#: The voices that read our own words: by our language, Twilio's name for it (its list:
#: docs/voice/twiml/say/text-speech). We know of none for Swahili; who speaks that hears what is
#: recorded, the forum's own sentences too (``outreach.call_phrases``).
VOICES: Final[Mapping[str, str]] = {
    "en": "en-GB",
    "es": "es-ES",
    "fr": "fr-FR",
    "pt": "pt-PT",
}

#: How Twilio keeps what was said after the tone (docs/voice/api/recording).
MIME: Final = "audio/wav"


class CallChannel(TwilioAccount):
    """One number of the account that may call."""

    name = "call"
    style = Style.VOICE
    hook_path = "/hooks/call"

    def __init__(self, *, sender: str, **account: Any) -> None:
        super().__init__(**account)
        self._sender = sender

    # --- what Twilio tells --------------------------------------------------------------------

    def parse(self, hook: Hook) -> Sequence[Arrival]:
        """Read a report of how a call goes; what is said in one is asked for by ``turn``."""
        form = self._signed(hook)
        sid, status = form.get("CallSid"), form.get("CallStatus", "")
        if not sid or not urlsplit(hook.url).path.rstrip("/").endswith(STATUS):
            raise Malformed("no report of a call")
        if status not in STATUSES:
            return []
        rank, delivery = STATUSES[status]
        code = status if delivery is Delivery.UNDELIVERED else None
        return [
            Receipt(
                self.name,
                delivery,
                provider_id=sid,
                message=_query(hook).get("m"),
                error_code=code,
                rank=rank,
                again=error_codes.of(code).tries if code else 0,
            )
        ]

    def turn(self, hook: Hook) -> Turn:
        """Read what came of the last thing that was said in a call of ours."""
        form, query = self._signed(hook), _query(hook)
        call, message = form.get("CallSid"), query.get("m")
        number = numbers.e164(form.get("To", "").strip(), self._region)
        if not call or not message or number is None or form.get("Direction") == "inbound":
            raise Malformed("no call of ours")
        # Where the telephone is, and whose, stands in the form and dies here.
        turn = Turn(
            message,
            call,
            Address(CALLS[self.name], number),
            self.name,
            Place.from_query(query),
            form.get("Digits", "")[:1],
        )
        if not urlsplit(hook.url).path.rstrip("/").endswith(SPOKEN):
            return turn
        recording = form.get("RecordingUrl", "")
        if not recording:
            return replace(turn, key="")
        left = Media(recording, "voice", MIME)
        spoken_id = form.get("RecordingSid") or f"{call}{SPOKEN}"
        return replace(turn, key="", spoken=left, spoken_id=spoken_id)

    def written(self, turn: Turn, script: Script, link: Link) -> str:
        """Return *script* as TwiML."""
        twiml = VoiceResponse()
        again = self._asks(turn, script.place)
        if script.then is Next.KEY:
            gather = Gather(
                num_digits=1,
                finish_on_key="",  # the hash is a key like any other
                timeout=script.patience,
                action=again,
                action_on_empty_result=True,
            )
            self._write(gather, script.lines, link)
            twiml.append(gather)
            return str(twiml)
        self._write(twiml, script.lines, link)
        if script.then is Next.WORDS:
            twiml.record(
                action=self._asks(turn, script.place, SPOKEN),
                max_length=LONGEST_MESSAGE,
                timeout=SILENCE,
                play_beep=True,
            )
            twiml.redirect(again)  # nothing was said
        else:
            twiml.hangup()
        return str(twiml)

    def _write(self, verb: Any, lines: Sequence[Line], link: Link) -> None:
        for line in lines:
            if isinstance(line, Play):
                verb.play(f"{self._public_url}{link(line.sound)}")
            elif line.language in VOICES:
                verb.say(line.text, language=VOICES[line.language])

    def _asks(self, turn: Turn, place: Place, path: str = "") -> str:
        query = urlencode({"m": turn.message, **place.to_query()})
        return f"{self._public_url}{self.hook_path}{path}?{query}"

    # --- what is asked of Twilio --------------------------------------------------------------

    async def send(self, envelope: Envelope) -> Sent:
        """Call somebody up. Our id travels in both addresses and comes back with each of them."""
        call = await self._client.calls.create_async(
            to=envelope.address.value,
            from_=self._sender,
            url=f"{self._public_url}{self.hook_path}?{urlencode({'m': envelope.id})}",
            status_callback=self._report_to(envelope.id),
            status_callback_event=list(EVENTS),
            timeout=RINGS,
            time_limit=LONGEST,
        )
        return Sent(str(call.sid))

    async def find(
        self, envelope: Envelope, since: datetime, known: Collection[str] = ()
    ) -> Sent | None:
        """Look for a call to the same number that is no other's, no older than *since*."""
        begin = since - CLOCK_SKEW
        # What still stands in Twilio's queue has not begun yet, so it is looked for without a day.
        for dates in ({"start_time_after": begin}, {}):
            listed = await self._client.calls.list_async(
                to=envelope.address.value, limit=LOOK_THROUGH, **dates
            )
            for call in listed:
                mine = call.sid not in known and call.direction == "outbound-api"
                if mine and _begun_since(call, begin):
                    return Sent(str(call.sid))
        return None

    async def check(self) -> Sequence[Finding]:
        """Sign in, and see whether the number may call."""
        account = await self._check_account()
        return [account, await self._check_number()] if account.well else [account]

    async def _check_number(self) -> Finding:
        subject = "Twilio calling"
        try:
            found = await self._client.incoming_phone_numbers.list_async(
                phone_number=self._sender, limit=1
            )
        except ChannelError as error:
            return Finding(subject, well=False, advice=f"Twilio answered {error}.")
        if not found:
            advice = "The account has no number as BARAZA_CALL_FROM says."
            return Finding(subject, well=False, advice=advice)
        well = bool((found[0].capabilities or {}).get("voice"))
        advice = "" if well else "The number cannot call. Buy one with «Voice»."
        return Finding(subject, well=well, advice=advice)


def _query(hook: Hook) -> dict[str, str]:
    told = parse_qs(urlsplit(hook.url).query, keep_blank_values=True)
    return {name: values[0] for name, values in told.items()}


def _begun_since(call: Any, begin: datetime) -> bool:
    made = call.start_time or call.date_created
    return made is None or bool(made >= begin)
