"""Broadcasts: the list, what is chosen for one, and how far it has come."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from aiohttp import web

from channels.broadcasts import State as Leaving
from channels.routing import CALLED_BY, CALLS, kind
from channels.ways import written
from console import (
    audience_form,
    broadcast_form,
    broadcast_words,
    charts,
    delivery_words,
    rule_names,
    soundfile,
)
from console.access import member_of
from console.notices import Notice
from console.once import first_time, new_token
from console.pages.case import NOTHING
from console.responses import go, page
from console.services import services_of
from console.words import LINES
from forum import bodies, members
from forum.members import Right
from locales import languages
from outreach import (
    announcements,
    approvals,
    called,
    estimates,
    own_words,
    progress,
    reminders,
    rule_changes,
    rule_texts,
    runs,
    saved_audiences,
    schedules,
    surveys,
    terms,
    trials,
    wording,
)
from outreach.announcements import Again, Announcement, Changed, Draft, State, Texts
from outreach.progress import Fate, Progress
from outreach.rule_changes import RuleChange
from outreach.runs import State as Run
from storage.unit_of_work import Reads

#: Broadcasts on a page of the list.
PAGE: Final = 20

#: Fewer people than this of one site are told as «fewer»: two or three could be known by name.
FEW: Final = 5

#: In these nothing more happens by itself, and a page need not ask for news.
SETTLED: Final = frozenset({State.DRAFT, State.CANCELLED, State.ENDED})

#: But what left last is counted some seconds after the end, and reports of it come.
COUNTED_AFTER: Final = timedelta(minutes=2)

#: What a broadcast may still be in for its form to be shown.
OPEN: Final = frozenset({State.DRAFT, State.ASKED, State.APPROVED})


async def show(request: web.Request) -> web.Response:
    """Show all broadcasts, the newest first."""
    before = _moment(request.query.get("before", ""))
    async with services_of(request).database.reading() as db:
        found = await announcements.recent(db, limit=PAGE + 1, before=before)
        shown = found[:PAGE]
        sums = await progress.sums(db, [one.id for one in shown])
        names = await members.names(db, {one.made_by for one in shown})
    more = found[PAGE - 1].made_at if len(found) > PAGE else None
    return await page(
        request,
        "broadcasts.html",
        listed=shown,
        sums=sums,
        names=names,
        more=None if more is None else int(more.timestamp() * 1_000_000),
        paged=before is not None,
        words=broadcast_words,
        Fate=Fate,
        may_write=member_of(request).may(Right.BROADCAST),
    )


async def show_new(request: web.Request) -> web.Response:
    """Show the form of a new broadcast, for an audience that is kept where one is named."""
    return await _form(request, None, await _for_kept(request, _fresh(request)))


async def _for_kept(request: web.Request, draft: Draft) -> Draft:
    async with services_of(request).database.reading() as db:
        kept = await saved_audiences.get(db, request.query.get("audience", ""))
    return draft if kept is None else replace(draft, title=kept.name, audience=kept.audience)


async def add(request: web.Request) -> web.Response:
    """Begin a broadcast."""
    services, me = services_of(request), member_of(request).member
    form = await request.post()
    draft, errors = broadcast_form.read(form, _fresh(request), services.zone)
    if errors:
        return await _form(request, None, draft, form, errors)
    async with services.database.transaction() as db:
        if not await first_time(db, str(form.get("once", "")), services.now()):
            return go(request, "/broadcasts", Notice("twice"))
        made = await announcements.create(db, draft, by=me, now=services.now())
    return go(request, f"/broadcasts/{made}/words", Notice("broadcast_kept"))


async def edit(request: web.Request) -> web.Response:
    """Show the form of one."""
    this = await found(request)
    if this.state not in OPEN or this.began_at is not None:
        return go(request, f"/broadcasts/{this.id}", Notice("broadcast_too_late"))
    return await _form(request, this, this.draft)


async def change(request: web.Request) -> web.Response:
    """Keep what was chosen for one."""
    services, me = services_of(request), member_of(request).member
    this, form = await found(request), await request.post()
    draft, errors = broadcast_form.read(form, this.draft, services.zone)
    if errors:
        return await _form(request, this, draft, form, errors)
    try:
        async with services.database.transaction() as db:
            edition, now = edition_of(form), services.now()
            await announcements.change(db, this.id, draft, edition=edition, by=me, now=now)
    except Changed:
        return await _form(
            request, await found(request), draft, form, {"edition": broadcast_words.CHANGED}
        )
    return go(request, f"/broadcasts/{this.id}", Notice("broadcast_kept"))


async def show_one(request: web.Request) -> web.Response:
    """Show one: its words, what it takes, who approved it, and how far it has come."""
    return await one_page(request, await found(request))


# --- what other pages of a broadcast need -------------------------------------------------------


async def found(request: web.Request) -> Announcement:
    """Return the broadcast that the address names; 404 where there is none."""
    async with services_of(request).database.reading() as db:
        this = await announcements.find(db, request.match_info["announcement"])
    if this is None:
        raise web.HTTPNotFound
    return this


def edition_of(form: Mapping[str, Any]) -> int:
    """Return the edition that a form was made for; 0: none."""
    given = form.get("edition", "")
    return int(given) if isinstance(given, str) and given.isascii() and given.isdecimal() else 0


async def one_page(
    request: web.Request,
    this: Announcement,
    form: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    """Show one broadcast, with what was typed on its page and what is wrong with it."""
    services, me = services_of(request), member_of(request)
    now, office = services.now(), services.office()
    async with services.database.reading() as db:
        texts = await announcements.texts(db, this.id)
        reckoned = this.state in OPEN and this.began_at is None
        given: dict[str, Any] = {"ways": office.ways, "zones": office.zones, "now": now}
        estimate = await estimates.estimate(db, this, **given) if reckoned else None
        people = 0 if estimate is None else estimate.people
        history = await approvals.of(db, this.id)
        tried = await trials.tried(db, this.id, texts)
        testers = await members.names(db, {one.by for one in tried.values()})
        shown: dict[str, Any] = {
            "asked": await approvals.open_of(db, this.id) if this.state is State.ASKED else None,
            "second": await approvals.needs_second(db, people, me.member.id, now, but=this.id),
            "unfit_second": await approvals.may_be_second(db, this, me.member),
            "settled": await terms.read(db),
            "series": await announcements.series(db, this.id),
            "tried": tried,
            "kin": await _kin(db, this.draft),
            "rule": await _rule(db, this.draft),
            "called": sorted(await called.languages(db, this)) if this.state in OPEN else [],
            "heard": await called.heard(db, this),
            "aloud": await called.aloud(db, this),
            "parts_told": rule_texts.DIGITS,
            "content": await approvals.content_of(db, this),
            "strays": await _strays(db, this),
            "survey": await surveys.get(db, this.draft.survey_id or ""),
            **await _progress(db, this, history, now),
        }
    return await page(
        request,
        "announcement.html",
        status=422 if errors else 200,
        draft=this.draft,
        texts=texts,
        cells=cells_of(this.draft, texts),
        spoken=sorted(wording.spoken(texts)),
        flaws=wording.flaws(this.draft, texts),
        reminded=_reminded(this.draft, texts),
        part_names=rule_names.PARTS,
        history=history,
        estimate=estimate,
        values=form,
        errors=errors,
        once=new_token(),
        channels=LINES,
        open_states=OPEN,
        most_phones=trials.MOST_PHONES,
        most_untried=approvals.MOST_UNTRIED,
        untried=all(one.changed for one in tried.values()),
        testers=testers,
        # A call is tried where the broadcast makes calls and something is recorded for them.
        phone_channels=sorted(office.ways if shown["heard"] else written(office.ways)),
        chosen=await _chosen(request, this.draft),
        may_write=me.may(Right.BROADCAST),
        may_steer=me.may(Right.STEER_DELIVERY),
        mute=await soundfile.mute(request, shown["called"]),
        **_said(shown["seen"]),
        **shown,
    )


async def _strays(db: Reads, this: Announcement) -> Sequence[tuple[int, str]]:
    """Return which messages, by number and language, say something else than the rule."""
    of = this.draft
    if of.rule_id is None or of.rule_edition is None or not of.tells:
        return []
    return sorted(await own_words.strays_of(db, this.id, of.rule_id, of.rule_edition, of.tells))


async def show_progress(request: web.Request) -> web.Response:
    """Show how far one has come, and nothing else: a page that is open asks for it.

    Where something else can be done with it by now, that page is sent to the whole of it.
    """
    this = await found(request)
    async with services_of(request).database.reading() as db:
        shown = await _progress(db, this, (), services_of(request).now())
    if request.query.get("was", shown["may_be_done"]) != shown["may_be_done"]:
        return web.Response(headers={"HX-Redirect": f"/broadcasts/{this.id}"})
    return await page(request, "parts/broadcast_progress.html", **shown, **_said(shown["seen"]))


def _asks(this: Announcement, now: datetime) -> bool:
    """Whether a page of it that is open asks for news."""
    over = this.state in SETTLED
    return not over or (this.began_at is not None and now - this.moved_at < COUNTED_AFTER)


async def _progress(
    db: Reads, this: Announcement, history: Sequence[approvals.Approval], now: datetime
) -> dict[str, Any]:
    """Return what tells how far one has come, and who steered it: sums alone."""
    deciders = {one.asked_by for one in history} | {one.decided_by for one in history}
    ids = {this.made_by, this.moved_by, *deciders}
    parts = await runs.its_broadcasts(db, this.id)
    stopped = [one for one in parts if one.state is Leaving.PAUSED]
    times = await runs.of_announcement(db, this.id)
    seen = await progress.read(db, this.id)
    minutes = await called.minutes(db, this) if this.draft.calls else {}
    return {
        "this": this,
        "seen": seen,
        "asks": _asks(this, now),
        "bills": seen.billed(minutes),
        "kind": kind,
        "calling": CALLS,
        "runs": times,
        "later": _later(this, times),
        "stopped": stopped,
        "may_be_done": "-".join(_standing(this, stopped=bool(stopped))),
        "places": {site.id: site for site in await bodies.all_sites(db)},
        "prices": await terms.prices_of(db),
        "currency": (await terms.read(db)).currency,
        "names": await members.names(db, {one for one in ids if one is not None}),
    }


def _later(this: Announcement, times: Sequence[runs.Run]) -> list[tuple[int, datetime]]:
    """Return when its messages leave that do so on a later day: each by its number."""
    draft, found_ = this.draft, []
    for one in times if draft.schedule.apart else ():
        windows = schedules.windows(draft.schedule, one.moment, UTC, draft.parts)
        found_ += [(number, begins) for number, (begins, _) in enumerate(windows, 1) if number > 1]
    return found_


def _standing(this: Announcement, *, stopped: bool) -> list[str]:
    """Return what the buttons of its page hang on."""
    begun = this.began_at is not None
    return [str(this.state), *(["begun"] if begun else []), *(["stopped"] if stopped else [])]


def _said(seen: Progress) -> dict[str, Any]:
    """Return the words and drawings that a page of progress needs."""
    return {
        "ends": charts.shares(seen.fates),
        "words": broadcast_words,
        "delivery_words": delivery_words,
        "Fate": Fate,
        "State": State,
        "Run": Run,
        "few": FEW,
        "fineness": terms.FINENESS,
    }


@dataclass(frozen=True, slots=True)
class Cell:
    """One text with what it costs."""

    part: int
    language: str
    short: str
    full: str
    cost: wording.Cost


def cells_of(draft: Draft, texts: Texts) -> dict[tuple[int, str], Cell]:
    """Return every text that is written, by part and language."""
    return {
        (part, tag): Cell(part, tag, said.short, said.full, wording.cost(said.short))
        for (part, tag), said in texts.items()
        if part < draft.parts
    }


def _reminded(draft: Draft, texts: Texts) -> dict[date, dict[tuple[int, str], Cell]]:
    """Return what the first message of each reminder says and costs, by its day."""
    firsts = reminders.firsts(texts, draft.schedule)
    return {
        on: cells_of(draft, {(0, tag): said for tag, said in its.items() if said.short})
        for on, its in firsts.items()
    }


# --- how ----------------------------------------------------------------------------------------


def _fresh(request: web.Request) -> Draft:
    return Draft("", services_of(request).default_language)


async def _kin(db: Reads, draft: Draft) -> dict[str, Announcement]:
    """Return the broadcasts that this one goes on with or repeats, by how."""
    ids = {"follows": draft.follows, "again_of": draft.again_of}
    found_ = {how: await announcements.find(db, one) for how, one in ids.items() if one}
    return {how: one for how, one in found_.items() if one is not None}


async def _rule(db: Reads, draft: Draft) -> RuleChange | None:
    """Return the rule change that this tells; None: it tells of none that miners hear."""
    found_ = await rule_changes.find(db, draft.rule_id) if draft.rule_id else None
    return found_ if found_ and found_.state is rule_changes.State.PUBLISHED else None


async def _spoken(request: web.Request, db: Reads, draft: Draft) -> Sequence[str] | None:
    """Return the languages in which telephones can be called up; None: that is not on offer."""
    ways = services_of(request).office().ways
    if draft.again_by is not Again.SAME:
        return None  # how it goes is what it is for
    if not (draft.tells and draft.rule_id and any(line in ways for line in CALLED_BY.values())):
        return None
    rule = await rule_changes.find(db, draft.rule_id, draft.rule_edition)
    return None if rule is None else sorted(await called.recorded(db, rule, draft.tells))


async def _aloud(db: Reads, draft: Draft) -> Mapping[str, int] | None:
    """Return how many of its messages are recorded, by language; None: it tells of no rule."""
    rule = (
        await rule_changes.find(db, draft.rule_id, draft.rule_edition) if draft.rule_id else None
    )
    if rule is None or not draft.tells:
        return None
    kept = await called.played(db, rule, draft.tells[: draft.parts])
    return dict(sorted(Counter(language for _, language in kept).items()))


async def _chosen(request: web.Request, draft: Draft) -> list[tuple[str, list[str]]]:
    """Return whom it is for, in words: each field that was chosen, and its values."""
    async with services_of(request).database.reading() as db:
        offer = await audience_form.offer(request, db, draft.audience)
    return broadcast_form.told(draft.audience, offer)


def _moment(text: str) -> datetime | None:
    """Return the moment of so many microseconds since 1970; None: that is none."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len("4102444800000000")):
        return None
    return datetime.fromtimestamp(int(text) / 1_000_000, UTC)


def _edition(this: Announcement | None, form: Mapping[str, Any], errors: Mapping[str, str]) -> int:
    """Return the edition that a form changes: once that is said, the newest one."""
    if form and "edition" not in errors:
        return edition_of(form)
    return 0 if this is None else this.edition


async def _form(
    request: web.Request,
    this: Announcement | None,
    draft: Draft,
    form: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    services = services_of(request)
    async with services.database.reading() as db:
        asked = broadcast_form.audience(form, draft.audience)
        choices = broadcast_form.choices(await audience_form.offer(request, db, asked))
        spoken = await _spoken(request, db, draft)
        aloud = await _aloud(db, draft)
    shown = broadcast_form.typed(form) if form else broadcast_form.filled(draft, services.zone)
    return await page(
        request,
        "broadcast_form.html",
        status=422 if errors else 200,
        this=this,
        edition=_edition(this, form, errors),
        values=shown,
        errors=errors,
        choices=choices,
        spoken=spoken,
        mute=await soundfile.mute(request, spoken or ()),
        aloud=aloud,
        parts=range(1, announcements.MOST_PARTS + 1),
        tags=list(languages()),
        words=broadcast_words,
        title_characters=broadcast_form.TITLE_CHARACTERS,
        once=new_token(),
    )
