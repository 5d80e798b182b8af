"""One rule change as its pages show it: the edition that is looked at, its words, who kept it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from aiohttp import web

from console.access import VISIT
from console.services import services_of
from forum import bodies, members
from forum.bodies import Site
from locales import chain, languages
from outreach import rule_changes, rule_drafting, rule_texts
from outreach.rule_changes import Edition, RuleChange
from outreach.rule_drafting import Unready
from outreach.rule_texts import Part, Texts
from storage.unit_of_work import Reads


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule change, seen through one edition. *people* has a name for each id in it."""

    rule: RuleChange
    texts: Texts
    editions: Sequence[Edition]
    people: Mapping[str, str]
    sites: Sequence[Site]
    title: str

    @property
    def mark(self) -> str:
        """Which state of it a form shows: its edition, and how often that was kept."""
        return mark_of(self.rule)

    @property
    def missing(self) -> Mapping[str, Sequence[Part]]:
        """The parts that each language lacks, in the order of the languages."""
        return lacks(self.texts)

    @property
    def unready(self) -> Unready:
        """What keeps it from being published."""
        return rule_drafting.unready(self.rule.facts, self.texts)

    @property
    def open(self) -> bool:
        """Whether this edition is the newest, and not published yet."""
        return not self.rule.edition.frozen and self.rule.edition.number == self.rule.newest


def mark_of(rule: RuleChange) -> str:
    """Return what a form brings back, to tell whether somebody kept something meanwhile."""
    return f"{rule.edition.number}.{rule.edition.saves}"


def lacks(texts: Texts) -> Mapping[str, Sequence[Part]]:
    """Return the parts that each language still lacks; a language that has all is left out."""
    lacking = {tag: rule_texts.lacking(texts, tag) for tag in languages()}
    return {tag: parts for tag, parts in lacking.items() if parts}


def title_of(rule: RuleChange, texts: Texts, language: str) -> str:
    """Return what it is called, in the nearest language; its reference until it has a title."""
    tongues = (*chain(language), rule.facts.base, *sorted(rule_texts.begun(texts)))
    return rule_texts.words(texts, Part.TITLE, tongues, sms=False) or rule.reference


def today_of(request: web.Request) -> date:
    """Return the forum's own day."""
    services = services_of(request)
    return services.now().astimezone(services.zone).date()


async def open_rule(request: web.Request, edition: str = "") -> RuleFile:
    """Return the rule change of this address by its newest *edition*, or by the one named.

    Raises ``HTTPNotFound`` where there is none.
    """
    number = int(edition) if edition.isascii() and edition.isdecimal() else None
    if edition and (number is None or len(edition) > len("999999")):
        raise web.HTTPNotFound
    async with services_of(request).database.reading() as db:
        rule = await rule_changes.find(db, request.match_info["rule"], number)
        if rule is None:
            raise web.HTTPNotFound
        return await _file(db, rule, request[VISIT].language)


async def _file(db: Reads, rule: RuleChange, language: str) -> RuleFile:
    texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
    editions = await rule_changes.history(db, rule.id)
    hands = {each.saved_by for each in editions} | {each.published_by for each in editions}
    names = await members.names(db, [hand for hand in (*hands, rule.withdrawn_by) if hand])
    sites = await bodies.all_sites(db)
    return RuleFile(rule, texts, editions, names, sites, title_of(rule, texts, language))


def changed_by(file: RuleFile) -> str:
    """Return who kept the newest edition last."""
    return file.people.get(file.rule.edition.saved_by, "Baraza")
