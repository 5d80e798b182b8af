"""Recordings as a browser brings them, and where one is missing in a call."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from typing import Any, Final

from aiohttp import web
from aiohttp.web_request import FileField

from bots import calling
from console.services import services_of
from forum.cleaning import CannotClean, apart
from forum.cleaning.apart import CleanerFailed
from outreach import call_phrases
from outreach.recordings import LARGEST, Fault, Unfit

#: Bytes of the form that brings a recording: the fields beside the file are short.
LARGEST_FORM: Final = LARGEST + 64 * 1024


@asynccontextmanager
async def form_of(request: web.Request) -> AsyncIterator[Mapping[str, Any]]:
    """Read a form that brings files, and close them in the end."""
    form = await request.post()
    with ExitStack() as files:
        for brought in form.values():
            if isinstance(brought, FileField):
                files.enter_context(closing(brought.file))
        yield form


async def cleaned(brought: object) -> tuple[str, bytes]:
    """Return a file's true type and its sound alone: no name, no place, no picture within it.

    Raises ``Unfit``.
    """
    content = brought.file.read(LARGEST + 1) if isinstance(brought, FileField) else b""
    if not content:
        raise Unfit(Fault.NONE)
    if len(content) > LARGEST:
        raise Unfit(Fault.LARGE)
    try:
        found = await apart.clean(content)
    except (CannotClean, CleanerFailed):
        raise Unfit(Fault.KIND) from None
    return found.mime, found.content


async def mute(request: web.Request, languages: Collection[str]) -> Sequence[str]:
    """Return those of *languages* in which a call says nothing between the parts of a rule."""
    words = {language: calling.words(language) for language in languages}
    async with services_of(request).database.reading() as db:
        return await call_phrases.mute(db, words, languages)
