"""Who is looking, and whether this page is for them."""

import hmac
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from aiohttp import web

from console import sessions
from console.services import LANGUAGES, Services, services_of
from console.sessions import TOUCH_EVERY, Session
from forum import members
from forum.members import RIGHTS, Member, Right

COOKIE: Final = "baraza"
LANGUAGE_COOKIE: Final = "baraza_language"
KNOWN_COOKIE: Final = "baraza_known"

#: The field, and for htmx the header, that brings a form's token back.
CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "X-CSRF"

SIGN_IN: Final = "/sign-in"


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """A member at the console, with what opens their cases."""

    member: Member
    session: Session

    def may(self, right: Right) -> bool:
        """Whether the member's role has *right*."""
        return right in RIGHTS[self.member.role]

    @property
    def may_see_cases(self) -> bool:
        """Whether there is a list of cases for this member."""
        return self.may(Right.HANDLE) or self.may(Right.TRIAGE)


@dataclass(frozen=True, slots=True, repr=False)
class Visit:
    """One request: its language and, if they are signed in, its member."""

    language: str
    signed_in: SignedIn | None = None


VISIT: Final = web.RequestKey("visit", Visit)


def member_of(request: web.Request) -> SignedIn:
    """Return who is signed in, on a page that nobody else reaches."""
    signed_in = request[VISIT].signed_in
    if signed_in is None:
        raise web.HTTPUnauthorized
    return signed_in


async def visit(request: web.Request) -> Visit:
    """Find out who is looking; a member who left is nobody."""
    services = services_of(request)
    secret = request.cookies.get(COOKIE)
    signed_in = await _resume(services, secret) if secret else None
    if signed_in is None:
        return Visit(_wished_language(request, services))
    return Visit(_spoken(signed_in.member.language) or services.default_language, signed_in)


async def _resume(services: Services, secret: str) -> SignedIn | None:
    now = services.now()
    async with services.database.reading() as db:
        session = await sessions.resume(db, services.keyring, secret, now)
        member = await members.get(db, session.member_id) if session else None
    if session is None or member is None or member.left_at is not None:
        return None
    return SignedIn(member, session)


async def keep_alive(request: web.Request) -> None:
    """Note that the member is still there. What a page asks for by itself does not count."""
    signed_in = request[VISIT].signed_in
    by_itself = request.method == "GET" and "HX-Request" in request.headers
    if signed_in is None or by_itself:
        return
    services = services_of(request)
    if services.now() - signed_in.session.seen_at < TOUCH_EVERY:
        return
    async with services.database.transaction() as db:
        await sessions.touch(db, signed_in.session.id, services.now())


async def has_token(request: web.Request, signed_in: SignedIn) -> bool:
    """Whether a post brings the token of the forms that we gave to this member."""
    brought = request.headers.get(CSRF_HEADER) or (await request.post()).get(CSRF_FIELD)
    return isinstance(brought, str) and hmac.compare_digest(
        brought.encode("utf-8", "surrogatepass"), signed_in.session.csrf.encode()
    )


def way_to_sign_in(request: web.Request) -> str:
    """Return the address of the sign-in page that leads back here."""
    return f"{SIGN_IN}?next={quote(request.path_qs, safe='')}"


def local_path(wished: str, default: str = "/") -> str:
    """Return *wished* if it is a path of ours, so that no link of ours leads elsewhere."""
    plain = wished.startswith("/") and not wished.startswith(("//", "/\\"))
    return wished if plain and wished.isprintable() and "\\" not in wished else default


def _wished_language(request: web.Request, services: Services) -> str:
    chosen = _spoken(request.cookies.get(LANGUAGE_COOKIE, ""))
    if chosen:
        return chosen
    for wish in request.headers.get("Accept-Language", "").split(","):
        spoken = _spoken(wish.split(";")[0].strip().split("-")[0].lower())
        if spoken:
            return spoken
    return _spoken(services.default_language) or "en"


def _spoken(tag: str) -> str | None:
    return tag if tag in LANGUAGES else None
