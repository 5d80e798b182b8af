"""The headers that every page carries, and who may post to us."""

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from multidict import CIMultiDict

#: No inline script, no inline style, nothing from elsewhere. ``media-src`` is for voice notes.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)

HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}

#: A year, in seconds; browsers ignore the header over plain HTTP.
STRICT_TRANSPORT: Final = "max-age=31536000"


def harden(headers: CIMultiDict[str], *, https: bool) -> None:
    """Add every header that the response did not set itself."""
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if https:
        headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)


def from_our_pages(request: web.Request, public_url: str) -> bool:
    """Whether a browser says that this request was made on one of our own pages.

    Every current browser sends ``Sec-Fetch-Site``; older ones send ``Origin`` with a post. A
    request with neither comes from no browser, and then there is no one to be tricked.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc in {request.host, urlsplit(public_url).netloc}
