"""That what miners told was discussed: recorded, put into words, and told to who asked for it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from aiohttp import web

from channels import segments
from console import discussionfile, rulefile
from console.access import member_of
from console.discussionfile import DiscussionFile, Offered, audience_of, open_discussion, tongues
from console.notices import Notice
from console.pages.case import NOTHING
from console.pages.coverage import day, number
from console.responses import field, go, page
from console.services import services_of
from forum.members import Member, printable
from locales import N_
from outreach import discussion_releases, discussion_rounds, discussions
from outreach.discussion_releases import Refused
from outreach.discussions import Known, Moved, Outcome, Outcomes, Talk, Wordless
from outreach.report_backs import Subject
from outreach.rule_texts import Variant, clean
from outreach.voice_marks import Kind
from outreach.wording import MOST_SEGMENTS
from storage.unit_of_work import Transaction

#: Characters of the full text: what one looks over on a small screen.
LONGEST: Final = 800

CHOOSE: Final = N_("Choose one of the list.")
WRONG_DAY: Final = N_("Choose a day; today or before.")
KNOWN: Final = N_(
    "This is recorded already: the same subject, day and body. Open it below; what was stopped can"
    " be told there to those who have not heard it."
)
TOO_LONG: Final = N_("This is too long: 800 characters at most.")
TOO_DEAR: Final = N_("As an SMS this is too long: four segments at most. Write a shorter one.")
HALF: Final = N_("Write the full words as well: a chat shows them.")
NO_BASE: Final = N_("Write it in this language first: it stands in for those that have no words.")


async def show(request: web.Request) -> web.Response:
    """List what was discussed, the latest day first."""
    return await _list(request)


async def begin(request: web.Request) -> web.Response:
    """Record a discussion as a draft."""
    form, services = await request.post(), services_of(request)
    async with services.database.reading() as db:
        offered = await discussionfile.offered(request, db)
        bodies = await discussionfile.body_names(db)
    talk, errors = _talk(request, form, offered, bodies)
    if talk is None:
        return await _list(request, _typed(form), errors)
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member, services.now()
            made = await discussions.begin(db, talk, by=by, now=now)
    except Known:
        return await _list(request, _typed(form), {"subject": KNOWN})
    return go(request, f"/discussions/{made}", Notice("discussion_begun"))


async def show_one(request: web.Request) -> web.Response:
    """Show one: its words, and who would be told or was."""
    return await _one(request, await open_discussion(request))


async def write(request: web.Request) -> web.Response:
    """Keep what came of it, in every language of the form."""
    form, file = await request.post(), await open_discussion(request)
    services, language = services_of(request), field(form, "language")
    texts = _texts(form)
    errors = _wrong(request, file, texts, language)
    if errors:
        return await _one(request, file, _typed(form), errors)
    try:
        async with services.database.transaction() as db:
            given: dict[str, Any] = {"by": member_of(request).member, "now": services.now()}
            await discussions.write(db, file.here.id, language, texts, **given)
    except Moved:
        return go(request, _path(file), Notice("gone_on_discussion"))
    return go(request, _path(file), Notice("discussion_written"))


async def tell(request: web.Request) -> web.Response:
    """Let those be told who asked for it, without a second person."""
    return await _let(request, discussion_releases.release_alone, "discussion_told")


async def ask(request: web.Request) -> web.Response:
    """Ask for a second person."""
    return await _let(request, discussion_releases.ask, "discussion_asked")


async def approve(request: web.Request) -> web.Response:
    """Let those be told who asked for it, as the second person."""
    deed = partial(discussion_releases.approve, seen=field(await request.post(), "content"))
    return await _let(request, deed, "discussion_told")


async def send_back(request: web.Request) -> web.Response:
    """Make a draft of it again."""
    return await _let(request, discussion_releases.send_back, "discussion_sent_back")


async def stop(request: web.Request) -> web.Response:
    """Let no more of it leave; what is not taken back here is by the worker, within seconds."""
    return await _let(request, _stop, "discussion_stopped")


async def take_up(request: web.Request) -> web.Response:
    """Make a draft of what was stopped, for those who were not told."""
    return await _let(request, discussion_rounds.take_up, "discussion_taken_up")


async def _stop(db: Transaction, discussion: str, *, by: Member, now: datetime) -> None:
    await discussion_releases.stop(db, discussion, by=by, now=now)
    await discussion_releases.take_back(db, discussion, now)


async def _let(
    request: web.Request, deed: Callable[..., Awaitable[None]], notice: str
) -> web.Response:
    """Do what lets it leave or holds it back, and say so; or say why it was not done."""
    file, services = await open_discussion(request), services_of(request)
    try:
        async with services.database.transaction() as db:
            await deed(db, file.here.id, by=member_of(request).member, now=services.now())
    except Wordless:
        errors = {f"full-{file.here.talk.language}": NO_BASE}
        return await _one(request, file, errors=errors)
    except Refused as refused:
        errors = {"leave": discussionfile.REFUSALS[refused.why]}
        return await _one(request, file, errors=errors)
    except Moved:
        return go(request, _path(file), Notice("gone_on_discussion"))
    return go(request, _path(file), Notice(notice))


async def drop(request: web.Request) -> web.Response:
    """Forget a draft."""
    file, services = await open_discussion(request), services_of(request)
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member, services.now()
            await discussions.drop(db, file.here.id, by=by, now=now)
    except Moved:
        return go(request, _path(file), Notice("gone_on_discussion"))
    return go(request, "/discussions", Notice("discussion_dropped"))


# --- what was typed -----------------------------------------------------------------------------


def _talk(
    request: web.Request, form: Mapping[str, Any], offered: Offered, bodies: Mapping[str, str]
) -> tuple[Talk | None, dict[str, str]]:
    """Return the talk that was typed, or what is wrong with it by field."""
    errors = {}
    kind, _, value = field(form, "subject").partition(":")
    if value not in offered.get(Kind(kind) if kind in {*Kind} else Kind.TAG, {}):
        errors["subject"] = CHOOSE
    on, body = day(field(form, "day")), field(form, "body")
    if on is None or on > rulefile.today_of(request):
        errors["day"] = WRONG_DAY
    if body and body not in bodies:
        errors["body"] = CHOOSE
    language = field(form, "language")
    if language not in tongues():
        errors["language"] = CHOOSE
    if errors or on is None:
        return None, errors
    return Talk(Subject(Kind(kind), value), on, body, language), errors


def _texts(form: Mapping[str, Any]) -> Outcomes:
    """Return what was written, of the languages in which anything was."""
    found = {}
    for tag in tongues():
        full = clean(field(form, f"full-{tag}"), Variant.FULL)
        short = clean(field(form, f"short-{tag}"), Variant.SMS)
        if full or short:
            found[tag] = Outcome(full, short)
    return found


def _wrong(
    request: web.Request, file: DiscussionFile, texts: Outcomes, language: str
) -> dict[str, str]:
    errors = {}
    if language not in tongues():
        errors["language"] = CHOOSE
    elif texts and language not in texts:
        errors[f"full-{language}"] = NO_BASE
    today = rulefile.today_of(request)
    for tag, one in texts.items():
        if not one.full:
            errors[f"full-{tag}"] = HALF
        elif len(one.full) > LONGEST:
            errors[f"full-{tag}"] = TOO_LONG
        else:
            said = discussionfile.sms(file.here.talk, {tag: one}, file.body, today, tag)
            if said is not None and segments.cost(said[1]) > MOST_SEGMENTS:
                errors[f"short-{tag}"] = TOO_DEAR
    return errors


def _typed(form: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: printable(field(form, name)) if "-" not in name else field(form, name)
        for name in form
    }


def _path(file: DiscussionFile) -> str:
    return f"/discussions/{file.here.id}"


# --- the pages ----------------------------------------------------------------------------------


async def _list(
    request: web.Request,
    values: Mapping[str, str] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    number_ = max(number(request.query.get("page", "0"), 10_000), 0)
    async with services_of(request).database.reading() as db:
        found = await discussions.recent(db, page=number_)
        offered = await discussionfile.offered(request, db)
        called = await discussionfile.titles(request, db)
        bodies = await discussionfile.body_names(db)
    rows = [
        (one, discussionfile.title_of(one.talk.subject, called))
        for one in found[: discussions.PAGE]
    ]
    return await page(
        request,
        "discussions.html",
        status=422 if errors else 200,
        rows=rows,
        older=number_ + 1 if len(found) > discussions.PAGE else None,
        newer=number_ > 0,
        offered=offered,
        something=any(offered.values()),
        bodies=bodies,
        spoken=tongues(),
        kinds=discussionfile.KINDS,
        states=discussionfile.STATES,
        today=rulefile.today_of(request),
        values=values or {"language": services_of(request).default_language},
        errors=errors,
    )


async def _one(
    request: web.Request,
    file: DiscussionFile,
    values: Mapping[str, str] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    audience = await audience_of(request, file)
    kept = {"language": file.here.talk.language}
    for tag, one in file.texts.items():
        kept |= {f"full-{tag}": one.full, f"short-{tag}": one.short}
    return await page(
        request,
        "discussion.html",
        status=422 if errors else 200,
        file=file,
        here=file.here,
        audience=audience,
        refusals=discussionfile.REFUSALS,
        spoken=tongues(),
        kinds=discussionfile.KINDS,
        states=discussionfile.STATES,
        values=values or kept,
        errors=errors,
    )
