"""SMS through a gateway of one's own: Kannel, Jasmin, or a provider that speaks like them.

A gateway names no id of ours and signs nothing. So each try carries an address for its reports
with our id, a name of this try and a mark that only we can make; and whoever brings a message has
to know the secret that stands in the address which the operator gave to the gateway.
"""

import hmac
import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

import aiohttp

from channels import error_codes, gateway_forms
from channels.base import (
    Address,
    Arrival,
    Envelope,
    Finding,
    Hook,
    Inbound,
    Media,
    Receipt,
    Sent,
    Style,
)
from channels.dialects import Account, Dialect, Request, Wish
from channels.error_codes import Action
from channels.errors import (
    Ambiguous,
    Busy,
    CannotTell,
    ChannelError,
    Forged,
    Malformed,
    Refused,
)
from channels.numbers import from_network
from channels.routing import kind
from channels.wire import words

STATUS_PATH = "/hooks/gateway/status"

#: Seconds. A lease of the ledger holds 60 s; a gateway answers before it has sent anything.
TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)

#: Seconds to rest when an operator has to act: on either side.
MEND_WAIT = 300.0

#: Bytes. No gateway has more to say to one message.
LONGEST_ANSWER = 4096

#: Characters of a report's mark: 128 bits, in hexadecimal.
MARK = 32

_CODES: Mapping[int, str] = {401: "credentials", 403: "credentials", 412: "no-carrier"}

NUMBER = re.compile(r"\+?\d{3,15}")

#: What a gateway says when it did not take a message -> a row of ``channels.error_codes``. Nothing
#: else of its text is kept: it may quote the number.
REASONS: Mapping[str, str] = {
    "authorization failed": "credentials",
    "authentication failure": "credentials",
    "throughput exceeded": "throttled",
    "temporal failure": "throttled",
    "not enough balance": "no-credit",
    "cannot charge": "no-credit",
    "no route found": "no-carrier",
    "no bound connector": "no-carrier",
    "cannot send submit_sm": "no-carrier",
    "denied by": "denied",
    "missing receiver": "no-number",
    "[to]": "no-number",
}


class GatewayChannel:
    """One account at one gateway. Its people are the telephones of the channel «sms»."""

    name = "gateway"
    style = Style.SMS

    def __init__(
        self,
        dialect: Dialect,
        account: Account,
        *,
        secret: str,
        public_url: str,
        default_region: str,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        self.answer = dialect.answer
        self._dialect = dialect
        self._account = account
        self._secret = secret.encode()
        self._public_url = public_url.rstrip("/")
        self._region = default_region
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    # --- what comes in ------------------------------------------------------------------------

    def parse(self, hook: Hook) -> Sequence[Arrival]:
        """Read an inbound message or a delivery report; the path tells them apart."""
        asked = gateway_forms.query(hook)
        if urlsplit(hook.url).path.rstrip("/").endswith(STATUS_PATH):
            return self._reports(hook, asked.get("m", ""), asked.get("t", ""), asked.get("k", ""))
        if not self._secret or not _same(asked.get("k", ""), self._secret):
            raise Forged("wrong secret")
        return [self._said(gateway_forms.told(hook))]

    def _said(self, told: Mapping[str, str]) -> Inbound:
        number = gateway_forms.plain(told.get("from", "")).strip()
        its_id = words(told.get("id", "")).strip()
        if not number or not its_id:
            raise Malformed("no sender or no id")
        return Inbound(
            Address(kind(self.name), from_network(number, self._region)),
            external_id=f"{self.name}:{its_id}",  # apart from every other line's ids
            text=words(gateway_forms.text(told)),
        )

    def _reports(self, hook: Hook, message: str, this_try: str, mark: str) -> list[Arrival]:
        if not self._secret or not _same(mark, self._mark(message, this_try).encode()):
            raise Forged("wrong mark")
        report = self._dialect.report(gateway_forms.told(hook))
        if report is None:
            return []
        receipt = Receipt(
            self.name,
            report.delivery,
            provider_id=this_try,
            message=message,
            error_code=report.code,
            rank=report.rank,
            again=error_codes.of(report.code).tries,
        )
        return [receipt]

    def _mark(self, message: str, this_try: str) -> str:
        made = f"{message}:{this_try}".encode(errors="replace")
        return hmac.digest(self._secret, made, "sha256").hex()[:MARK]

    # --- what goes out ------------------------------------------------------------------------

    async def send(self, envelope: Envelope) -> Sent:
        """Hand one message over. The gateway's own id is not needed: the report brings ours."""
        to = envelope.address.value
        if not NUMBER.fullmatch(to):
            raise Refused("no-number")  # a sender's name cannot be answered
        this_try = secrets.token_hex(8)
        wish = Wish(
            to,
            envelope.outbound.text,
            None if envelope.seconds is None else max(envelope.seconds // 60, 1),
            self._report_to(envelope.id, this_try),
        )
        status, answer, wait = await self._ask(self._dialect.request(self._account, wish))
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise _error(status, answer, wait)
        if not self._dialect.taken(answer):
            raise Ambiguous("strange answer")
        return Sent(this_try)

    def _report_to(self, message: str, this_try: str) -> str:
        asked = {"m": message, "t": this_try, "k": self._mark(message, this_try)}
        # The gateway fills in what begins with %.
        return f"{self._public_url}{STATUS_PATH}?{urlencode(asked)}&d=%d&a=%A"

    async def find(
        self,
        envelope: Envelope,  # noqa: ARG002 - whatever is looked for
        since: datetime,  # noqa: ARG002 - and whenever it was sent
        known: Collection[str] = (),  # noqa: ARG002 - and whatever else was
    ) -> Sent | None:
        """A gateway lists nothing; a report may still tell."""
        raise CannotTell

    async def fetch(self, media: Media) -> bytes:  # noqa: ARG002 - there is none to fetch
        """An SMS brings no media."""
        raise Refused("no-media")

    async def check(self) -> Sequence[Finding]:
        """Show the account with a wish for nothing."""
        try:
            status, answer, _ = await self._ask(
                self._dialect.request(self._account, Wish(to=None))
            )
        except ChannelError:
            advice = "It cannot be reached; look at BARAZA_GATEWAY_URL and the network."
            return [Finding("SMS gateway", well=False, advice=advice)]
        if _reason(answer) == "credentials":
            advice = "It does not know us; look at BARAZA_GATEWAY_USER and its password."
            return [Finding("SMS gateway", well=False, advice=advice)]
        well = self._dialect.knows_us(status)
        advice = f"It answered {status}; look at BARAZA_GATEWAY_URL and BARAZA_GATEWAY_DIALECT."
        return [Finding("SMS gateway", well=well, advice="" if well else advice)]

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, request: Request) -> tuple[int, str, float | None]:
        """Return status, text and the wait that was asked for. Raises ``Busy``, ``Ambiguous``."""
        if self._session is None:  # made inside the loop that uses it
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.request(
                request.method,
                request.url,
                params=request.query,
                headers=request.headers,
                data=request.body,
                allow_redirects=False,
            ) as response:
                answer = await response.content.read(LONGEST_ANSWER)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise Busy("unreachable") from None  # the request was never written
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Ambiguous("no answer") from None
        return response.status, answer.decode("utf-8", "replace"), _seconds(response.headers)


def _error(status: int, answer: str, wait: float | None) -> ChannelError:
    """Say whether to try again."""
    code = _reason(answer) or _CODES.get(status, str(status))
    match error_codes.of(code).action:
        case Action.MEND:
            return Busy(code)
        case Action.SLOW:
            return Busy(code, retry_after=wait, whole_channel=True)
        case Action.REST:
            return Busy(code, retry_after=MEND_WAIT, whole_channel=True)
    if status < HTTPStatus.BAD_REQUEST or status == HTTPStatus.NOT_FOUND:
        # Nobody there takes messages: our setting is wrong, and no message is at fault.
        return Busy("404", retry_after=MEND_WAIT, whole_channel=True)
    return Ambiguous(code) if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Refused(code)


def _reason(answer: str) -> str | None:
    said = answer.lower()
    return next((code for phrase, code in REASONS.items() if phrase in said), None)


def _seconds(headers: Mapping[str, str]) -> float | None:
    wait = headers.get("Retry-After", "")
    return float(wait) if wait.isdecimal() else None


def _same(given: str, wanted: bytes) -> bool:
    return hmac.compare_digest(given.encode("latin-1", "replace"), wanted)
