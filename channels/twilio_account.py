"""A Twilio account: how its hooks are believed, how it is asked, and what its errors mean.

What is sent and what comes in (messages, calls) is for the adapters that stand on it. Sources:
Twilio's OpenAPI description (twilio_api_v2010), docs/usage/security, docs/api/errors.
"""

import json
import logging
from base64 import b64encode
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
from multidict import MultiDict
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped] # it ships no types
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.request_validator import (  # type: ignore[import-untyped]
    RequestValidator,
    get_signature_algorithm,
)
from twilio.rest import Client  # type: ignore[import-untyped]

from channels import error_codes
from channels.base import MAX_MEDIA_BYTES, Finding, Hook, Media
from channels.error_codes import Action
from channels.errors import Ambiguous, Busy, ChannelError, Forged, Refused

SIGNATURE = "x-twilio-signature"
SIGNATURE_SETTINGS = "x-twilio-webhooks-signature-settings"

#: Where a provider reports what became of what it took, below the channel's own hook.
STATUS = "/status"

#: Seconds. A lease of the ledger holds 60 s; Twilio answers in well under one.
TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)

CHUNK_BYTES = 64 * 1024

#: What Twilio answers of a file that it does not have. Of a message it would say that an account
#: is set up wrongly, which an operator can mend; so the code's row says to wait.
NOT_THERE = "20404"

CREDENTIALS_WAIT = 300  # seconds


class TwilioAccount:
    """One account, as the adapter of one hook knows it."""

    hook_path: str  # where Twilio reaches the adapter, below our public address

    def __init__(
        self,
        *,
        account_sid: str,
        auth_tokens: Sequence[str],
        api_url: str,
        public_url: str,
        default_region: str,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._public_url = public_url.rstrip("/")
        self._region = default_region
        # Only the primary token signs; while tokens are rotated, that is either of two.
        self._validators = [RequestValidator(token) for token in auth_tokens if token]
        self._http = _Http(self._api_url, account_sid, auth_tokens[0], timeout)
        self._client = Client(account_sid, auth_tokens[0], http_client=self._http)

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

    def _report_to(self, message: str) -> str:
        return f"{self._public_url}{self.hook_path}{STATUS}?{urlencode({'m': message})}"

    async def fetch(self, media: Media) -> bytes:
        """Download a file that waits there."""
        self._see_that_it_is_twilios(media)
        return await self._http.download(media.reference)

    async def erase(self, media: Media) -> None:
        """Delete a file, which Twilio keeps else.

        Sources: docs/messaging/api/media-resource, docs/voice/api/recording.
        """
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

    async def _check_account(self) -> Finding:
        """Sign in."""
        try:
            account = await self._client.api.accounts(self._client.account_sid).fetch_async()
        except ChannelError as error:
            advice = f"Twilio answered {error}; look at the account SID, the token and the network"
            return Finding("Twilio account", well=False, advice=advice)
        active = str(account.status) == "active"
        advice = "" if active else "The account is suspended or closed; see Twilio's console."
        return Finding("Twilio account", well=active, advice=advice)

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
