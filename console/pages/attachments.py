"""A voice note, photo or file: opened for the member who asks, and never run by the browser.

What was cleaned is shown. What could not be is saved only, after a second look, by those who sort
cases: it may say who sent it.
"""

import asyncio
import mimetypes
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from console.access import member_of
from console.casefile import private_key, row_of
from console.responses import page
from console.services import services_of
from console.words import DOUBTS
from forum import attachments, audit
from forum.attachments import Kept
from vault.seals import CannotOpen

#: What a browser may show by itself. Anything else is a stranger's file and is only saved.
SHOWN: Final = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/gif",
        "audio/ogg",
        "audio/mpeg",
        "audio/mp4",
        "audio/aac",
        "audio/wav",
        "audio/webm",
        "video/mp4",
        "video/webm",
    }
)


#: Even opened in a tab of its own, a stranger's file may do nothing.
HARMLESS: Final = "default-src 'none'; sandbox"


@dataclass(frozen=True, slots=True, repr=False)
class _Wanted:
    """One attachment that was asked for. *name*: what its file is called; *back*: its page."""

    kept: Kept
    private: bytes
    name: str
    back: str


async def of_case(request: web.Request) -> web.Response:
    """Answer with one attachment of a case."""
    return await _serve(request, await _of_case(request))


async def of_voice(request: web.Request) -> web.Response:
    """Answer with one attachment of a story."""
    return await _serve(request, await _of_voice(request))


async def of_survey(request: web.Request) -> web.Response:
    """Answer with one attachment that was told to a survey."""
    return await _serve(request, await _of_survey(request))


async def ask_of_case(request: web.Request) -> web.Response:
    """Say what it means to save one as it came."""
    return await _ask(request, await _of_case(request))


async def ask_of_voice(request: web.Request) -> web.Response:
    """Say what it means to save one as it came."""
    return await _ask(request, await _of_voice(request))


async def ask_of_survey(request: web.Request) -> web.Response:
    """Say what it means to save one as it came."""
    return await _ask(request, await _of_survey(request))


async def save_of_case(request: web.Request) -> web.Response:
    """Hand one out as it came."""
    return await _save(request, await _of_case(request))


async def save_of_voice(request: web.Request) -> web.Response:
    """Hand one out as it came."""
    return await _save(request, await _of_voice(request))


async def save_of_survey(request: web.Request) -> web.Response:
    """Hand one out as it came."""
    return await _save(request, await _of_survey(request))


# --- what was asked for -----------------------------------------------------------------------


async def _of_case(request: web.Request) -> _Wanted:
    async with services_of(request).database.reading() as db:
        row = await row_of(request, db)
    return await _wanted(request, row.id, row.reference, f"/cases/{row.reference}")


async def _of_voice(request: web.Request) -> _Wanted:
    return await _wanted(request, request.match_info["voice"], "voice", "/voices")


async def _of_survey(request: web.Request) -> _Wanted:
    survey = request.match_info["survey"]
    return await _wanted(request, survey, "survey", f"/surveys/{survey}/words")


async def _wanted(request: web.Request, subject: str, name: str, back: str) -> _Wanted:
    """Return it closed; 404 when there is none, or this member has no key to it."""
    wished = request.match_info["attachment"]
    async with services_of(request).database.reading() as db:
        private = await private_key(request, db, subject)
        kept = await attachments.kept(db, subject, wished) if private else None
    if private is None or kept is None:
        raise web.HTTPNotFound
    return _Wanted(kept, private, f"{name}-{wished[:6]}", f"{back}#attachment-{wished}")


async def _open(request: web.Request, wanted: _Wanted, act: str) -> bytes:
    """Open it, and note who did."""
    try:
        content = await asyncio.to_thread(wanted.kept.opened, wanted.private)
    except CannotOpen:
        raise web.HTTPNotFound from None
    services = services_of(request)
    async with services.database.transaction() as db:
        await audit.record(
            db,
            actor=member_of(request).member.id,
            act=act,
            subject=wanted.kept.id,
            now=services.now(),
        )
    return content


# --- what is answered -------------------------------------------------------------------------


async def _serve(request: web.Request, wanted: _Wanted) -> web.Response:
    if wanted.kept.doubt is not None:
        return _see(f"{request.path}/as-it-came")
    content = await _open(request, wanted, "attachment.opened")
    return _answer(request, wanted.name, wanted.kept.mime, content)


async def _ask(request: web.Request, wanted: _Wanted) -> web.Response:
    doubt = wanted.kept.doubt
    if doubt is None:
        return _see(wanted.back)
    return await page(request, "attachment_save.html", why=DOUBTS[doubt], back=wanted.back)


async def _save(request: web.Request, wanted: _Wanted) -> web.Response:
    content = await _open(request, wanted, "attachment.saved_as_it_came")
    return web.Response(
        body=content,
        content_type="application/octet-stream",
        headers=_headers(wanted.name, wanted.kept.mime, shown=False),
    )


def _see(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})


def _headers(name: str, mime: str, *, shown: bool) -> dict[str, str]:
    file_name = name + (mimetypes.guess_extension(mime) or "")
    return {
        "Content-Security-Policy": HARMLESS,
        "Content-Disposition": f'{"inline" if shown else "attachment"}; filename="{file_name}"',
    }


def _answer(request: web.Request, name: str, mime: str, content: bytes) -> web.Response:
    shown = mime in SHOWN and "download" not in request.query
    headers = {**_headers(name, mime, shown=shown), "Accept-Ranges": "bytes"}
    part, status = part_of(request, content, headers)
    content_type = mime if shown else "application/octet-stream"
    return web.Response(body=part, status=status, content_type=content_type, headers=headers)


def part_of(request: web.Request, content: bytes, headers: dict[str, str]) -> tuple[bytes, int]:
    """Return the bytes that a player asked for: some play nothing that cannot be skipped in."""
    try:
        start, stop, _ = request.http_range.indices(len(content))
    except ValueError:
        return content, 200
    if "Range" not in request.headers or start >= stop:
        return content, 200
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
    return content[start:stop], 206
