"""The parts of a rule change as recordings: brought, listened to, replaced and taken away."""

import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web

from channels import sounds
from channels.sound_links import PLAYED
from channels.sounds import Sound
from console import rule_names, soundfile
from console.access import VISIT, member_of
from console.notices import Notice
from console.pages.attachments import HARMLESS, part_of
from console.pages.case import NOTHING
from console.responses import go, page
from console.rulefile import RuleFile, open_rule
from console.services import services_of
from console.words import in_words
from forum import members
from forum.members import Right
from locales import languages
from outreach import announcements, recordings, rule_texts
from outreach.recordings import LARGEST, LONGEST, Fault, Unfit
from outreach.rule_texts import DIGITS, Part

#: What is done to a recording that is there.
Act = Callable[..., Awaitable[bool]]


async def show(request: web.Request) -> web.Response:
    """Show the parts in one language, each with its recording or without."""
    return await _page(request, await _file(request))


async def bring(request: web.Request) -> web.Response:
    """Keep a recording of one part, in place of the one before."""
    async with soundfile.form_of(request) as form:
        return await _bring(request, form)


async def _bring(request: web.Request, form: Mapping[str, Any]) -> web.Response:
    file, services, part = await _file(request), services_of(request), _part(request)
    brought = form.get("file")
    try:
        mime, content = await soundfile.cleaned(brought)
        async with services.database.transaction() as db:
            by, now = member_of(request).member.id, services.now()
            language = _language(request)
            await recordings.keep(db, file.rule, part, language, mime, content, by=by, now=now)
    except Unfit as unfit:
        return await _page(request, file, {part: unfit.fault})
    return _back(request, file, part, "recording_kept")


async def remove(request: web.Request) -> web.Response:
    """Take a recording away."""
    return await _done(request, recordings.remove, "recording_removed")


async def still_right(request: web.Request) -> web.Response:
    """Let a recording be played again that says what is written, though that was changed."""
    return await _done(request, recordings.still_right, "recording_right")


async def _done(request: web.Request, act: Act, said: str) -> web.Response:
    file, services, part = await _file(request), services_of(request), _part(request)
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member.id, services.now()
            done = await act(db, file.rule, part, _language(request), by=by, now=now)
    except Unfit as unfit:
        return await _page(request, file, {part: unfit.fault})
    return _back(request, file, part, said if done else "recording_gone")


async def listen(request: web.Request) -> web.Response:
    """Answer with the recording itself."""
    file, part = await _file(request), _part(request)
    async with services_of(request).database.reading() as db:
        kept = (await recordings.of(db, file.rule, file.texts)).get((part, _language(request)))
        sound = await sounds.get(db, kept.sound_id) if kept else None
    if sound is None:
        raise web.HTTPNotFound
    name = f"{file.rule.reference}-{DIGITS_OF[part]}-{_language(request)}"
    return served(request, sound, name)


def served(request: web.Request, sound: Sound, name: str) -> web.Response:
    """Hand a recording out, under a *name* without its ending."""
    ending = mimetypes.guess_extension(sound.mime) or ""
    headers = {
        "Content-Security-Policy": HARMLESS,
        "Content-Disposition": f'inline; filename="{name}{ending}"',
        "Accept-Ranges": "bytes",
    }
    body, status = part_of(request, sound.content, headers)
    return web.Response(body=body, status=status, content_type=sound.mime, headers=headers)


DIGITS_OF: Final[Mapping[Part, str]] = {part: digit for digit, part in DIGITS.items()}


async def _file(request: web.Request) -> RuleFile:
    """Return the rule change by the edition that the address names, or by its newest."""
    _language(request)
    return await open_rule(request, request.query.get("edition", ""))


def _language(request: web.Request) -> str:
    language = request.match_info["language"]
    if language not in languages():
        raise web.HTTPNotFound
    return language


def _part(request: web.Request) -> Part:
    part = next((one for one in recordings.PARTS if one == request.match_info["part"]), None)
    if part is None:
        raise web.HTTPNotFound
    return part


def _path(file: RuleFile, language: str) -> str:
    return f"/rules/{file.rule.id}/recordings/{language}{_edition(file)}"


def _edition(file: RuleFile) -> str:
    """Return what an address says of the edition: nothing of the newest."""
    number = file.rule.edition.number
    return "" if number == file.rule.newest else f"?edition={number}"


def _back(request: web.Request, file: RuleFile, part: Part, said: str) -> web.Response:
    language = request[VISIT].language
    words = {"part": in_words(rule_names.PARTS[part], language), "rule": file.rule.reference}
    return go(request, f"{_path(file, _language(request))}#{part}", Notice(said, words))


async def _page(
    request: web.Request,
    file: RuleFile,
    errors: Mapping[Part, Fault] | Mapping[str, str] = NOTHING,
) -> web.Response:
    tongue = _language(request)
    async with services_of(request).database.reading() as db:
        kept = await recordings.of(db, file.rule, file.texts)
        names = await members.names(db, [one.kept_by for one in kept.values()])
        calling = await announcements.calling(db, file.rule.id, file.rule.edition.number)
    return await page(
        request,
        "recordings.html",
        status=422 if errors else 200,
        file=file,
        tongue=tongue,
        edition=_edition(file),
        parts=recordings.PARTS,
        mute=await soundfile.mute(request, [tongue]),
        kept={part: kept.get((part, tongue)) for part in recordings.PARTS},
        people=names,
        written={
            part: rule_texts.words(file.texts, part, [tongue], sms=False)
            for part in recordings.PARTS
        },
        errors=errors,
        calling=calling,
        faults=rule_names.RECORDING_FAULTS,
        kinds=rule_names.SOUNDS,
        names=rule_names,
        digits=DIGITS_OF,
        spoken=languages(),
        in_calls=PLAYED,
        longest=LONGEST,
        largest=LARGEST,
        may_write=member_of(request).may(Right.BROADCAST) and not calling,
    )
