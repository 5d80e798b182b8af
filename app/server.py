"""The web half: hooks of the providers, the console, health and metrics."""

import asyncio
import ipaddress
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import measures, metrics
from app.reception import Reception
from app.ringing import Ringing
from app.wiring import House
from channels.base import Answering, Channel, Hook
from channels.calls import Calling
from channels.errors import Forged, Malformed
from channels.lines import send_lease
from channels.sound_links import PATH as SOUNDS
from console import routes as console_routes
from console.services import Services
from storage import heartbeats, leases
from storage.unit_of_work import Reads

log = structlog.get_logger()

#: Larger than any webhook of Twilio or Telegram; a longer body is answered 413.
MAX_HOOK_BYTES = 1024 * 1024

#: The console takes attachments nowhere, so a form is small.
MAX_BODY_BYTES = 2 * 1024 * 1024

#: A sender that has not said that it lives for this long is taken for dead.
SILENT_SENDER = timedelta(seconds=60)

#: Twilio wants TwiML, and an empty answer sends nothing; Telegram reads no answer at all.
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

#: A call that is rejected was never taken, so neither side pays (docs/voice/twiml/reject). Busy
#: and not unavailable: who hears that the number does not exist rings no more.
BUSY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response><Reject reason="busy"/></Response>'

UNAVAILABLE = web.HTTPServiceUnavailable.status_code

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Hooks:
    """Where providers knock."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._reception = Reception(house)
        self._ringing = Ringing(house, self._reception.receive)

    def attach(self, app: web.Application) -> None:
        """Add a route for each provider's hook. One that is not set up answers 404."""
        app.cleanup_ctx.append(self._recovering)
        app.router.add_post("/hooks/sms", self._answer_for("sms"))
        app.router.add_post("/hooks/sms/status", self._answer_for("sms"))
        app.router.add_post("/hooks/sms/call", self._answer_for("sms", BUSY_TWIML))
        app.router.add_post("/hooks/whatsapp", self._answer_for("whatsapp"))
        app.router.add_post("/hooks/whatsapp/status", self._answer_for("whatsapp"))
        app.router.add_post("/hooks/call", self._say)
        app.router.add_post("/hooks/call/spoken", self._say)
        app.router.add_post("/hooks/call/status", self._answer_for("call"))
        app.router.add_get(f"{SOUNDS}/{{sound}}", self._ringing.sound)
        app.router.add_post("/hooks/telegram", self._answer_for("telegram"))
        gateway = self._answer_for("gateway")  # Kannel reports by GET, and may bring messages so
        app.router.add_post("/hooks/gateway", gateway)
        app.router.add_post("/hooks/gateway/status", gateway)
        app.router.add_get("/hooks/gateway", gateway, allow_head=False)
        app.router.add_get("/hooks/gateway/status", gateway, allow_head=False)

    async def _recovering(self, _app: web.Application) -> AsyncIterator[None]:
        watch = asyncio.create_task(self._reception.recovery.watch())
        yield
        watch.cancel()
        await self._reception.recovery.stop()

    def _answer_for(self, name: str, twiml: str = EMPTY_TWIML) -> Handler:
        """Return what answers a hook of channel *name*, with *twiml* where no words are wanted."""
        channel = self._house.channels.get(name)
        wanted = None
        if channel is not None and isinstance(channel, Answering):
            wanted = channel.answer

        async def answer(request: web.Request) -> web.StreamResponse:
            began = time.perf_counter()
            status = await self._take(name, request)
            metrics.HOOKS.labels(name, status).inc()
            metrics.TURNS.observe(time.perf_counter() - began)
            if status == web.HTTPOk.status_code:
                return _thanks(wanted, twiml)
            headers = {"Retry-After": "5"} if status == UNAVAILABLE else {}
            return web.Response(status=status, headers=headers)

        return answer

    async def _say(self, request: web.Request) -> web.StreamResponse:
        """Answer who has somebody on the telephone with what to say next."""
        channel: object = self._house.channels.get("call")
        hook = await self._read("call", request)
        if isinstance(hook, int) or not isinstance(channel, Calling):
            status = hook if isinstance(hook, int) else web.HTTPNotFound.status_code
            return web.Response(status=status)
        status, twiml = await self._ask(channel, hook)
        metrics.HOOKS.labels("call", status).inc()
        return web.Response(status=status, text=twiml, content_type="text/xml")

    async def _ask(self, channel: Calling, hook: Hook) -> tuple[int, str]:
        try:
            return web.HTTPOk.status_code, await self._ringing.answer(channel, hook)
        except Forged:
            log.warning("hook.forged", channel=channel.name)
            return web.HTTPForbidden.status_code, ""
        except Malformed:
            log.warning("hook.malformed", channel=channel.name)
            return web.HTTPBadRequest.status_code, ""
        except OSError:
            log.exception("hook.not_kept", channel=channel.name)
            return UNAVAILABLE, ""

    async def _take(self, name: str, request: web.Request) -> int:
        """Return the HTTP status: 200 only once what came is committed."""
        hook = await self._read(name, request)
        if isinstance(hook, int):
            return hook
        return await self._receive(self._house.channels[name], hook)

    async def _read(self, name: str, request: web.Request) -> Hook | int:
        """Return what came for channel *name*; or the HTTP status that says why it is not read."""
        if name not in self._house.channels:
            return web.HTTPNotFound.status_code
        if (request.content_length or 0) > MAX_HOOK_BYTES:
            return web.HTTPRequestEntityTooLarge.status_code
        try:
            hook = await _read(request, self._house.settings.public)
        except web.HTTPRequestEntityTooLarge as refused:
            return refused.status_code
        except (web.RequestPayloadError, ConnectionError):
            # It is packed in a way that it is not, or broke off; then nobody waits for an answer.
            return web.HTTPBadRequest.status_code
        if len(hook.body) > MAX_HOOK_BYTES:  # who sends in pieces does not say how many
            return web.HTTPRequestEntityTooLarge.status_code
        return hook

    async def _receive(self, channel: Channel, hook: Hook) -> int:
        try:
            arrivals = channel.parse(hook)
        except Forged:
            log.warning("hook.forged", channel=channel.name)
            return web.HTTPForbidden.status_code
        except Malformed:
            log.warning("hook.malformed", channel=channel.name)
            return web.HTTPBadRequest.status_code
        try:
            for arrival in arrivals:
                await self._reception.receive(arrival)
        except OSError:
            # Neither the database nor the disk takes it: the provider keeps it and calls again.
            log.exception("hook.not_kept", channel=channel.name)
            return UNAVAILABLE
        return web.HTTPOk.status_code


def _thanks(wanted: str | None, twiml: str) -> web.Response:
    """Return what tells a provider that we have it, in the words that it *wanted*."""
    if wanted is not None:
        return web.Response(text=wanted)
    return web.Response(text=twiml, content_type="text/xml")


async def _read(request: web.Request, public_url: str) -> Hook:
    # The signature covers the URL as the provider called it, so it is built from the setting:
    # Host and X-Forwarded-* are whatever the caller likes.
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Hook(public_url + request.raw_path, headers, await request.read())


class Health:
    """What a supervisor and a monitoring server ask."""

    def __init__(self, house: House) -> None:
        self._house = house

    def attach(self, app: web.Application) -> None:
        """Add /healthz, /readyz and /metrics."""
        app.router.add_get("/healthz", self.alive)
        app.router.add_get("/readyz", self.ready)
        app.router.add_get("/metrics", self.measured)

    async def alive(self, _request: web.Request) -> web.Response:
        """The process answers."""
        return web.Response(text="ok\n")

    async def ready(self, _request: web.Request) -> web.Response:
        """The database answers, the keys are here, a sender lives and somebody has each line."""
        found = {"database": False, "keys": True, "sender": False, "lines": False}
        now = datetime.now(UTC)
        try:
            async with self._house.database.reading() as reads:
                await reads.execute(text("SELECT 1"))
                found["database"] = True
                beat = await heartbeats.last(reads, "sender")
                found["sender"] = beat is not None and now - beat < SILENT_SENDER
                found["lines"] = await self._all_led(reads, now)
        except (SQLAlchemyError, OSError, TimeoutError):
            log.exception("ready.no_database")
        status = 200 if all(found.values()) else 503
        return web.Response(
            status=status, text=json.dumps(found) + "\n", content_type="application/json"
        )

    async def _all_led(self, reads: Reads, now: datetime) -> bool:
        """Whether some process sends on each line: one that lives may not know all of them."""
        names = map(send_lease, self._house.channels)
        return all([await leases.holder(reads, name, now) for name in names])

    async def measured(self, request: web.Request) -> web.Response:
        """Prometheus' page; only for this machine, unless the operator opened it."""
        if not (self._house.settings.metrics_public or _from_here(request)):
            raise web.HTTPNotFound
        house = self._house
        folder, now = house.settings.data_dir, datetime.now(UTC)
        await measures.take(house.database, house.channels, folder, now)
        body = generate_latest(metrics.REGISTRY)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _from_here(request: web.Request) -> bool:
    # Behind a proxy every caller comes from this machine; the proxy's own mark tells it apart.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


@web.middleware
async def forwarded_for(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take the caller's address from our proxy, which adds it last; what stands before is hearsay.

    Without it, one stranger's tries at signing in would count against everybody.
    """
    addresses = request.headers.getall("X-Forwarded-For", [""])[-1].rpartition(",")[2].strip()
    return await handler(request.clone(remote=addresses) if addresses else request)


def application(house: House) -> web.Application:
    """Put the web half together."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    if house.settings.behind_proxy:
        app.middlewares.append(forwarded_for)
    Hooks(house).attach(app)
    Health(house).attach(app)
    console_routes.attach(app, _services(house))
    return app


def _services(house: House) -> Services:
    reception = Reception(house)
    return Services(
        database=house.database,
        keyring=house.keyring,
        now=lambda: datetime.now(UTC),
        public_url=house.settings.public,
        simulator=house.settings.with_simulator,
        hear=reception.receive,
        almanac=house.almanac,
        register=house.register,
        default_language=house.settings.default_language,
        region=house.settings.default_region,
        lines=tuple(house.channels),
        office=lambda: house.office,
        mails=house.settings.with_mail,
    )


async def serve(house: House, app: web.Application) -> web.AppRunner:
    """Listen on the settings' host and port. Raises ``OSError`` when the port is taken."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    site = web.TCPSite(runner, house.settings.host, house.settings.port)
    try:
        await site.start()
    except OSError:
        await runner.cleanup()  # or what began with the application would go on
        raise
    return runner
