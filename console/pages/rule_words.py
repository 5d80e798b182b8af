"""The words of a rule change in one language, beside those of its base, and what they cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from channels import segments
from console import rule_names, rulefile
from console.access import VISIT, member_of
from console.notices import Notice
from console.pages.case import NOTHING
from console.responses import field, go, page
from console.rulefile import RuleFile, open_rule
from console.services import services_of
from console.words import in_words
from locales import languages
from outreach import rule_drafting, rule_texts
from outreach.rule_drafting import Changed
from outreach.rule_texts import ALL, DIGITS, TITLE_UNITS, Part, Variant


@dataclass(frozen=True, slots=True)
class Cost:
    """What a text takes. *units* of *most*; *segments* and *guilty* are those of an SMS."""

    sms: bool
    units: int
    most: int
    segments: int
    guilty: tuple[str, ...]

    @property
    def over(self) -> bool:
        """Whether it is longer than it may be."""
        return self.units > self.most


#: Fields of the page: the part and the variant of each text.
FIELDS: Final = {f"{part}-{variant}": (part, variant) for part, variant in ALL}


async def show(request: web.Request) -> web.Response:
    """Show what is written so far."""
    file, language = await open_rule(request), _language(request)
    return await _form(request, file, _kept(file, language))


async def write(request: web.Request) -> web.Response:
    """Keep what was written. Who comes later than somebody else gets both to look at."""
    form, file, services = await request.post(), await open_rule(request), services_of(request)
    language = _language(request)
    written = {key: rule_texts.clean(field(form, name), key[1]) for name, key in FIELDS.items()}
    typed = {name: written[key] for name, key in FIELDS.items()}
    errors = _wrong(written, request[VISIT].language)
    if errors:
        return await _form(request, file, typed, errors, seen=field(form, "seen"))
    if field(form, "seen") != file.mark:
        return await _form(request, file, typed, later=True)
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member.id, services.now()
            await rule_drafting.write(db, file.rule, language, written, by=by, now=now)
    except Changed:
        return await _form(request, await open_rule(request), typed, later=True)
    said = Notice("change_written", {"rule": file.rule.reference})
    return go(request, f"/rules/{file.rule.id}?language={language}", said)


async def count(request: web.Request) -> web.Response:
    """Answer what one text costs, while it is being written."""
    form = await request.post()
    name = next((name for name in FIELDS if name in form), None)
    if name is None:
        raise web.HTTPNotFound
    part, variant = FIELDS[name]
    text = rule_texts.clean(field(form, name), variant)
    return await page(request, "parts/rule_cost.html", cost=cost_of(part, variant, text))


def cost_of(part: Part, variant: Variant, text: str) -> Cost:
    """Return what *text* takes of what it may."""
    sms = variant is Variant.SMS
    size = rule_texts.measure(text)
    guilty = rule_texts.guilty(text) if sms else ()
    if part is Part.TITLE:
        return Cost(sms, segments.utf16(text), TITLE_UNITS[variant], size.segments, guilty)
    if not sms:
        return Cost(sms, segments.utf16(text), segments.MAX_CHAT_UNITS, size.segments, guilty)
    each = segments.GSM_PART if size.gsm else segments.UTF16_PART
    return Cost(sms, size.units, each * segments.MAX_SEGMENTS, size.segments, guilty)


def _wrong(written: Mapping[tuple[Part, Variant], str], language: str) -> dict[str, str]:
    """Return what is wrong with what was written, by field, in the member's *language*."""
    errors = {}
    for name, (part, variant) in FIELDS.items():
        fault = rule_texts.fault(part, variant, written[part, variant])
        if fault is not None:
            said = in_words(rule_names.FAULTS[fault], language)
            errors[name] = said % {"most": TITLE_UNITS[variant]}
    return errors


def _language(request: web.Request) -> str:
    language = request.match_info["language"]
    if language not in languages():
        raise web.HTTPNotFound
    return language


def _kept(file: RuleFile, language: str) -> dict[str, str]:
    return {
        name: file.texts.get((part, language, variant), "")
        for name, (part, variant) in FIELDS.items()
    }


async def _form(
    request: web.Request,
    file: RuleFile,
    values: Mapping[str, str],
    errors: Mapping[str, str] = NOTHING,
    *,
    later: bool = False,
    seen: str | None = None,
) -> web.Response:
    language = _language(request)
    kept = _kept(file, language)
    return await page(
        request,
        "rule_words.html",
        status=422 if errors else 409 if later else 200,
        file=file,
        tongue=language,
        base=_kept(file, file.rule.facts.base) if language != file.rule.facts.base else {},
        values=values,
        errors=errors,
        later=later,
        kept={name: kept[name] for name in FIELDS if later and kept[name] != values[name]},
        costs={name: cost_of(*key, values[name]) for name, key in FIELDS.items()},
        seen=file.mark if seen is None else seen,
        changed_by=rulefile.changed_by(file),
        names=rule_names,
        variants=[*Variant],
        digits=_digits(),
        spoken=languages(),
    )


def _digits() -> dict[Part, str]:
    return {part: digit for digit, part in DIGITS.items()}
