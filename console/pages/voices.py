"""What miners told that is no complaint, newest first."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from console.access import member_of
from console.pages.attachments import SHOWN
from console.responses import page
from console.services import services_of
from console.words import ATTACHMENTS, CONSENTS
from forum import attachments, keyholders
from forum.attachments import Attachment
from outreach import voices
from outreach.voices import Voice
from storage.unit_of_work import Reads
from vault.seals import CannotOpen


@dataclass(frozen=True, slots=True, repr=False)
class Heard:
    """A story, opened; *text* None: this member has no key to it."""

    voice: Voice
    text: str | None
    attachments: list[Attachment]


async def show(request: web.Request) -> web.Response:
    """List the stories."""
    after = request.query.get("page")
    async with services_of(request).database.reading() as db:
        listed = await voices.page(db, after=after)
        heard = await _opened(request, db, list(listed.rows))
        total = await voices.count(db)
    return await page(
        request,
        "voices.html",
        heard=heard,
        total=total,
        next_page=listed.next,
        first_page=after is None,
        consents=CONSENTS,
        attachment_names=ATTACHMENTS,
        shown=SHOWN,
        opened=request.query.get("open", ""),
    )


async def _opened(request: web.Request, db: Reads, rows: list[Voice]) -> list[Heard]:
    me = member_of(request)
    ids = [voice.id for voice in rows]
    keys = await keyholders.open_many(db, ids, me.member.id, me.session.private)
    return [await _heard(db, voice, keys) for voice in rows]


async def _heard(db: Reads, voice: Voice, keys: dict[str, bytes]) -> Heard:
    kept: list[Any] = list(await attachments.of_subject(db, voice.id))
    try:
        return Heard(voice, voices.read(keys[voice.id], voice), kept)
    except (KeyError, CannotOpen):
        return Heard(voice, None, [])
