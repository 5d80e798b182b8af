"""What a report can be about: the forum's categories, its menus, and the words for them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from bots import sorting
from bots.sorting import GROUPS, KINDS, Flaw, Unfit
from console import taxonomy_words as words
from console.access import VISIT, member_of
from console.notices import Notice, Undo
from console.pages.case import NOTHING
from console.responses import field, go, page, ticked
from console.services import LANGUAGES, services_of
from console.words import BODY_KINDS, SEVERITIES, in_words
from forum import bodies
from forum.members import Member, printable
from forum.suppression import K
from grievances import revision
from grievances.category import Area, Category, Group, Name, Names, Risk
from grievances.revision import MOST_CHOICES, MOST_ROUTES, Wrong
from grievances.severity import Severity
from grievances.taxonomy import GROUP_DIGITS, LANES, OTHER_GROUP, Taxonomy
from locales import N_, languages, translate
from storage.unit_of_work import Transaction

CHOOSE = N_("Choose one of these.")

#: A change: what it does to the rows, given the transaction and what every change is told.
Change = Callable[[Transaction, Mapping[str, Any]], Awaitable[None]]

#: What the form of a new category begins with: the mildest that says nothing of a person.
_NEW: Final = Category("", 0, OTHER_GROUP, Severity.S3, "", (), position=MOST_CHOICES)


async def show(request: web.Request) -> web.Response:
    """Show all categories by group, and the menus as a basic phone shows them."""
    taxonomy = services_of(request).taxonomy
    return await page(
        request,
        "taxonomy.html",
        lines=[(digit, taxonomy.named(digit), taxonomy.behind(digit)) for digit in GROUP_DIGITS],
        retired=[one for one in taxonomy.every if one.retired],
        menus={tag: sorting.menus(taxonomy, tag) for tag in languages()},
        heads=_heads(request),
        severities=SEVERITIES,
        words=words,
        body_kinds=BODY_KINDS,
    )


async def show_one(request: web.Request) -> web.Response:
    """Show the form of one category."""
    return await _form(request, _category(request))


async def change(request: web.Request) -> web.Response:
    """Keep a category as the form has it."""
    kept = _category(request)

    async def keep(db: Transaction, given: Mapping[str, Any], changed: Category) -> None:
        await revision.change(db, changed, **given)

    return await _keep(request, kept, keep, "category_kept")


async def show_new(request: web.Request) -> web.Response:
    """Show the form of a category to be added."""
    return await _form(request, _NEW)


async def add(request: web.Request) -> web.Response:
    """Add a category."""

    async def keep(db: Transaction, given: Mapping[str, Any], changed: Category) -> None:
        await revision.add(db, changed, **given)

    return await _keep(request, _NEW, keep, "category_added")


async def retire(request: web.Request) -> web.Response:
    """Have a category no longer offered."""
    return await _offer(request, "category_retired", retired=True)


async def bring_back(request: web.Request) -> web.Response:
    """Have a retired category offered again."""
    return await _offer(request, "category_back", retired=False)


async def show_group(request: web.Request) -> web.Response:
    """Show the form for the words of one line of the first menu."""
    return await _group_form(request, _group(request))


async def name_group(request: web.Request) -> web.Response:
    """Keep the words for one line of the first menu."""
    form = await request.post()
    group = replace(_group(request), names=_names(form, GROUPS.get(_group(request).digit, "")))

    async def keep(db: Transaction, given: Mapping[str, Any]) -> None:
        await revision.name_group(db, group, **given)

    errors = await _kept(request, keep)
    if errors:
        return await _group_form(request, group, form, errors)
    said = {"digit": str(group.digit)}
    return go(request, "/taxonomy", Notice("group_named", said))


# --- keeping ------------------------------------------------------------------------------------


async def _keep(
    request: web.Request,
    kept: Category,
    keep: Callable[[Transaction, Mapping[str, Any], Category], Awaitable[None]],
    done: str,
) -> web.Response:
    form = await request.post()
    changed, errors = _read(form, kept)
    if not errors:
        errors = await _kept(request, lambda db, given: keep(db, given, changed))
    if errors:
        return await _form(request, kept, form, errors)
    return go(request, "/taxonomy", Notice(done, {"name": _called(request, changed.key)}))


async def _offer(request: web.Request, done: str, *, retired: bool) -> web.Response:
    key = _category(request).key

    async def keep(db: Transaction, given: Mapping[str, Any]) -> None:
        await revision.set_retired(db, key, retired=retired, **given)

    errors = await _kept(request, keep)
    if errors:
        return await _form(request, _category(request), errors=errors)
    back = Undo(f"/taxonomy/{key}/{'back' if retired else 'retire'}", {})
    return go(request, "/taxonomy", Notice(done, {"name": _called(request, key)}, undo=back))


async def _kept(request: web.Request, keep: Change) -> dict[str, str]:
    """Keep a change, and let this process see it at once; return what is wrong, by field."""
    services = services_of(request)
    member: Member = member_of(request).member
    given = {
        "present": services.taxonomy,
        "check": sorting.check,
        "by": member,
        "now": services.now(),
    }
    try:
        async with services.database.transaction() as db:
            await keep(db, given)
    except Wrong as wrong:
        return dict(wrong.errors)
    except Unfit as unfit:
        return _told(unfit.flaws, request[VISIT].language)
    async with services.database.reading() as db:
        await services.register.read(db)
    return {}


def _told(flaws: Sequence[Flaw], language: str) -> dict[str, str]:
    """Return what is wrong with the menus beside the words for an SMS in that language."""
    return {
        f"short_{flaw.language}": in_words(words.FAULTS[flaw.fault], language)
        % {"what": flaw.what, "room": flaw.room}
        for flaw in reversed(flaws)  # the first that is found is said
    }


def _called(request: web.Request, key: str) -> str:
    category = services_of(request).taxonomy.categories[key]
    return in_words(category.label, request[VISIT].language)


def _category(request: web.Request) -> Category:
    known = services_of(request).taxonomy.categories
    key = request.match_info["category"]
    if key not in known:
        raise web.HTTPNotFound
    return known[key]


def _group(request: web.Request) -> Group:
    known = {str(digit): digit for digit in GROUP_DIGITS}
    digit = known.get(request.match_info["group"])
    if digit is None:
        raise web.HTTPNotFound
    return services_of(request).taxonomy.named(digit) or Group(digit)


# --- what was typed -----------------------------------------------------------------------------


def _read(form: Mapping[str, Any], kept: Category) -> tuple[Category, dict[str, str]]:
    """Return the category that was typed, and what is wrong with the choices that were made."""
    known: dict[str, Mapping[str, Any]] = {
        "group": {str(digit): digit for digit in GROUP_DIGITS},
        "position": {str(place): place for place in range(1, MOST_CHOICES + 1)},
        "floor": {str(one): one for one in Severity},
        "lane": {"": None, **{lane: lane for lane in LANES}},
        "k": {str(k): k for k in words.THRESHOLDS},
    }
    chosen = {name: options.get(field(form, name), form) for name, options in known.items()}
    errors = {name: CHOOSE for name, value in chosen.items() if value is form}
    if errors:
        return kept, errors
    changed = replace(
        kept,
        key=kept.key or field(form, "key").upper()[:40],
        names=_names(form, KINDS.get(kept.key, ""), kept.msgid),
        routes=_routes(form),
        quarantine=bool(field(form, "quarantine")),
        risks=frozenset(Risk(one) for one in ticked(form, "risk") if one in {*Risk}),
        areas=frozenset(Area(one) for one in ticked(form, "area") if one in {*Area}),
        **chosen,
    )
    return changed, {}


def _names(form: Mapping[str, Any], choice: str, label: str = "") -> Names:
    """Return the forum's own words; what stands in the catalogues anyway is none of them."""
    typed = {tag: _name(form, tag) for tag in languages()}
    own = {tag: _own(name, _written(tag, choice, label)) for tag, name in typed.items()}
    return {tag: name for tag, name in own.items() if name != Name()}


def _name(form: Mapping[str, Any], tag: str) -> Name:
    parts = (printable(field(form, f"{part}_{tag}")) for part in ("label", "choice", "short"))
    return Name(*parts)


def _own(typed: Name, written: Name) -> Name:
    label = "" if typed.label == written.label else typed.label
    choice = typed.choice or written.choice
    emptied = not typed.choice and not typed.short
    if emptied or (choice, typed.short) == (written.choice, written.short):
        return Name(label)
    return Name(label, choice, typed.short)


def _written(tag: str, choice: str, label: str) -> Name:
    """Return what the catalogues say in a language; *choice* and *label* are msgids, or empty."""
    full, short = (translate(choice, tag, sms=sms) if choice else "" for sms in (False, True))
    return Name(
        in_words(label, tag) if label and tag in LANGUAGES else "",
        full,
        short if short != full else "",
    )


def _routes(form: Mapping[str, Any]) -> tuple[str, ...]:
    typed = (field(form, f"route_{place}") for place in range(1, MOST_ROUTES + 1))
    return tuple(route for route in typed if route)


# --- what is shown ------------------------------------------------------------------------------


def _heads(request: web.Request) -> dict[int, str]:
    """Return what staff read for each line of the first menu; empty: it has no name yet."""
    language, taxonomy = request[VISIT].language, services_of(request).taxonomy
    groups = {digit: taxonomy.named(digit) for digit in GROUP_DIGITS}
    return {
        digit: sorting.named(group, language).text(language) if group else ""
        for digit, group in groups.items()
    }


def _filled(category: Category) -> dict[str, Any]:
    """Return a category as its form shows it."""
    choice = KINDS.get(category.key, "")
    routes = {f"route_{place}": kind for place, kind in enumerate(category.routes, start=1)}
    return {
        "key": category.key,
        "group": str(category.group),
        "position": str(category.position),
        "floor": str(category.floor),
        "lane": category.lane or "",
        "k": str(category.k or K),
        "quarantine": "yes" if category.quarantine else "",
        "risk": sorted(category.risks),
        "area": sorted(category.areas),
        **routes,
        **_filled_names(category.names, choice, category.msgid),
    }


def _filled_names(names: Names, choice: str, label: str = "") -> dict[str, str]:
    shown = {}
    for tag in languages():
        own, written = names.get(tag, Name()), _written(tag, choice, label)
        shown[f"label_{tag}"] = own.label or written.label
        shown[f"choice_{tag}"] = own.choice or written.choice
        shown[f"short_{tag}"] = own.short if own.choice else own.short or written.short
    return shown


async def _form(
    request: web.Request,
    category: Category,
    form: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    taxonomy = services_of(request).taxonomy
    typed = {**form, "risk": ticked(form, "risk"), "area": ticked(form, "area")}
    async with services_of(request).database.reading() as db:
        kinds = {body.kind for body in await bodies.all_bodies(db)}
    kinds |= {*BODY_KINDS, *category.routes}
    return await page(
        request,
        "taxonomy_category.html",
        status=422 if errors else 200,
        category=category,
        values=typed if form else _filled(category),
        errors=errors,
        heads=_heads(request),
        groups=[group.digit for group in taxonomy.groups],
        places=range(1, MOST_CHOICES + 1),
        routes=range(1, MOST_ROUTES + 1),
        kinds=sorted(kinds),
        menus=_menus(taxonomy, category.group),
        staff_languages=LANGUAGES,
        tags=list(languages()),
        severities=SEVERITIES,
        words=words,
        body_kinds=BODY_KINDS,
    )


async def _group_form(
    request: web.Request,
    group: Group,
    form: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    shown = _filled_names(group.names, GROUPS.get(group.digit, ""))
    return await page(
        request,
        "taxonomy_group.html",
        status=422 if errors else 200,
        group=group,
        values=form or shown,
        errors=errors,
        heads=_heads(request),
        menus=_menus(services_of(request).taxonomy, None),
        staff_languages={},
        tags=list(languages()),
    )


def _menus(taxonomy: Taxonomy, digit: int | None) -> dict[str, list[sorting.Menu]]:
    """Return the menus of one line in every language; None: the first level."""
    every = {tag: sorting.menus(taxonomy, tag) for tag in languages()}
    return {tag: [one for one in menus if one.digit == digit] for tag, menus in every.items()}
