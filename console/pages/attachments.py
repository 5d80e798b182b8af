"""A voice note, photo or file: opened for the member who asks, and never run by the browser."""

import mimetypes
from typing import Final

from aiohttp import web

from console.access import member_of
from console.casefile import private_key, row_of
from console.services import services_of
from forum import attachments, audit
from storage.unit_of_work import Reads
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
        "audio/wav",
        "audio/webm",
        "video/mp4",
        "video/webm",
    }
)


#: Even opened in a tab of its own, a stranger's file may do nothing.
HARMLESS: Final = "default-src 'none'; sandbox"


async def of_case(request: web.Request) -> web.Response:
    """Answer with one attachment of a case."""
    async with services_of(request).database.reading() as db:
        row = await row_of(request, db)
        private = await private_key(request, db, row.id)
    return await _serve(request, row.id, private, name=row.reference)


async def of_voice(request: web.Request) -> web.Response:
    """Answer with one attachment of a story."""
    voice_id = request.match_info["voice"]
    async with services_of(request).database.reading() as db:
        private = await private_key(request, db, voice_id)
    return await _serve(request, voice_id, private, name="voice")


async def _serve(
    request: web.Request, subject: str, private: bytes | None, *, name: str
) -> web.Response:
    services, wished = services_of(request), request.match_info["attachment"]
    async with services.database.reading() as db:
        found = await _content(db, subject, wished, private) if private else None
    if found is None:
        raise web.HTTPNotFound
    async with services.database.transaction() as db:
        await audit.record(
            db,
            actor=member_of(request).member.id,
            act="attachment.opened",
            subject=wished,
            now=services.now(),
        )
    return _answer(request, f"{name}-{wished[:6]}", *found)


async def _content(
    db: Reads, subject: str, attachment_id: str, private: bytes
) -> tuple[str, bytes] | None:
    try:
        return await attachments.content(db, subject, attachment_id, private)
    except CannotOpen:
        return None


def _answer(request: web.Request, name: str, mime: str, content: bytes) -> web.Response:
    kind = mime.partition(";")[0].strip().lower()
    shown = kind in SHOWN and "download" not in request.query
    file_name = name + (mimetypes.guess_extension(kind) or "")
    headers = {
        "Content-Security-Policy": HARMLESS,
        "Content-Disposition": f'{"inline" if shown else "attachment"}; filename="{file_name}"',
        "Accept-Ranges": "bytes",
    }
    part, status = _part(request, content, headers)
    content_type = kind if shown else "application/octet-stream"
    return web.Response(body=part, status=status, content_type=content_type, headers=headers)


def _part(request: web.Request, content: bytes, headers: dict[str, str]) -> tuple[bytes, int]:
    """Return the bytes that a player asked for: some play nothing that cannot be skipped in."""
    try:
        start, stop, _ = request.http_range.indices(len(content))
    except ValueError:
        return content, 200
    if "Range" not in request.headers or start >= stop:
        return content, 200
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
    return content[start:stop], 206
