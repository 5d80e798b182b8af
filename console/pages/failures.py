"""What a page says when it cannot do what was asked; always what to do next."""

from aiohttp import web

from console.access import CSRF_FIELD
from console.responses import page
from console.security import from_our_pages
from console.services import services_of

#: Not given back to be copied: it would only be shown on a screen.
UNSHOWN = frozenset({CSRF_FIELD, "password", "passphrase", "once", "latest", "next"})


async def missing(request: web.Request) -> web.Response:
    """Answer 404, the same for what is not there and for what is not theirs."""
    return await page(request, "failures/missing.html", status=404)


async def denied(request: web.Request) -> web.Response:
    """Answer 403: the page exists, and this role has no part in it."""
    return await page(request, "failures/denied.html", status=403)


async def forged(request: web.Request) -> web.Response:
    """Answer 403: the form is not one that we gave out, or it is very old."""
    words = await _words(request)
    return await page(request, "failures/forged.html", status=403, words=words)


async def signed_out_meanwhile(request: web.Request) -> web.Response:
    """Answer 401 and give back what was typed: an hour's work must not vanish."""
    words = await _words(request)
    return await page(request, "failures/signed_out.html", status=401, words=words)


async def too_large(request: web.Request) -> web.Response:
    """Answer 413."""
    return await page(request, "failures/too_large.html", status=413)


async def broken(request: web.Request) -> web.Response:
    """Answer 500. Uses no table, since that may be what failed."""
    return await page(request, "failures/broken.html", status=500, alarms=())


async def _words(request: web.Request) -> list[str]:
    """Return the longer texts of a form that could not be taken.

    None of a stranger's page: it would speak to our members with our face.
    """
    if not from_our_pages(request, services_of(request).public_url):
        return []
    form = await request.post()
    typed = (v for k, v in form.items() if isinstance(v, str) and k not in UNSHOWN)
    return [text for text in typed if len(text.split()) > 1]
