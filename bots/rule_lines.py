"""The forum's rule changes as a phone lists and reads them: in its language, and in its style."""

from collections.abc import Mapping, Sequence
from datetime import date

from bots import effects as wish
from bots.conversation import Choice, OwnWords
from bots.rendering import render
from bots.rules import IN_FORCE, MOST, listed
from channels import segments
from channels.base import Address, Style
from forum import bodies
from locales import chain, translate
from outreach import recordings, rule_changes, rule_texts, subscribers
from outreach.day_words import told
from outreach.rule_changes import RuleChange
from outreach.rule_texts import DIGITS, Part, Texts
from storage.unit_of_work import Reads
from vault.keyring import Keyring


async def found(
    db: Reads,
    keyring: Keyring,
    address: Address,
    asked: wish.FindRules,
    *,
    language: str,
    style: Style,
    today: date,
) -> wish.RulesFound:
    """Return the rule changes that are for whoever asks, the newest announced first.

    Several people may listen on one telephone: what is for any of them. A site whose code was
    typed counts in place of those that they told; of somebody who told nothing, only what is for
    everybody. *today* is the forum's own day.
    """
    only = await rule_changes.by_reference(db, asked.word)
    titles = await rule_texts.titles(db)
    if only is not None and rule_changes.announced(only.dates, today):
        return wish.RulesFound((line(only, titles[only.id], "1", language, today),), opened=True)
    here = await subscribers.where_from(db, keyring, address)
    site = await bodies.site_by_code(db, asked.word)
    theirs = [
        rule
        for rule in await rule_changes.published(db)
        if rule_changes.announced(rule.dates, today)
        and any(rule_changes.applies_to(rule, site or one.site, one.role) for one in here)
    ]
    # What was on the next page may have been withdrawn since: then the list begins anew.
    first = asked.after if asked.after < len(theirs) else 0
    return _page(theirs, first, titles, language, style, today)


async def read(
    db: Reads, asked: wish.ReadPart, *, language: str, style: Style = Style.SMS
) -> wish.PartRead:
    """Return one part of a rule change, in the nearest language that has it.

    Only a chat is offered a recording: an SMS cannot carry one.
    """
    rule = await rule_changes.by_reference(db, asked.rule)
    if rule is None:
        return wish.PartRead()
    texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
    full, short = both(texts, Part(asked.part), rule, language)
    spoken = style is Style.CHAT and await _sound(db, rule, texts, asked.part, language)
    return wish.PartRead(full, short, spoken=bool(spoken))


async def hear(db: Reads, asked: wish.HearPart, *, language: str) -> wish.PartHeard:
    """Return the recording of a part, in the language in which that is read."""
    rule = await rule_changes.by_reference(db, asked.rule)
    if rule is None:
        return wish.PartHeard()
    texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
    return wish.PartHeard(await _sound(db, rule, texts, asked.part, language) or "")


async def _sound(
    db: Reads, rule: RuleChange, texts: Texts, part: str, language: str
) -> str | None:
    return await recordings.told(db, rule, texts, Part(part), _tongues(rule, language))


async def again(db: Reads, rule: str, part: str, language: str) -> OwnWords | None:
    """Return a part of a rule change for whoever answered a quiz wrongly; None: there is none.

    *rule*: its reference, such as R7. *part*: the digit that a miner sends for it.
    """
    which = DIGITS.get(part.strip())
    if which is None:
        return None
    told = await read(db, wish.ReadPart(rule, which), language=language)
    return OwnWords(told.text, told.short) if told.text else None


def _page(
    rules: Sequence[RuleChange],
    first: int,
    titles: Mapping[str, Texts],
    language: str,
    style: Style,
    today: date,
) -> wish.RulesFound:
    """Return as many from the place *first* on as one message holds; at least one."""
    offered: tuple[Choice, ...] = ()
    for digit, rule in enumerate(rules[first : first + MOST], start=1):
        longer = (*offered, line(rule, titles[rule.id], str(digit), language, today))
        more = first + len(longer) < len(rules)
        if offered and not _fits(longer, language, style, more=more):
            break
        offered = longer
    after = first + len(offered)
    return wish.RulesFound(offered, after if after < len(rules) else 0)


def _fits(offered: Sequence[Choice], language: str, style: Style, *, more: bool) -> bool:
    if style is not Style.SMS:
        return True
    text = render(listed(offered, more=more), language, style, tag="").text
    return segments.cost(text) == 1


def line(rule: RuleChange, texts: Texts, digit: str, language: str, today: date) -> Choice:
    """Return a rule as a choice: its title and its day, for a chat and for an SMS."""
    full, short = (
        translate(IN_FORCE, language, sms=sms).format(
            title=title, date=told(rule.dates.in_force_on or today, language, today, sms=sms)
        )
        for sms, title in zip((False, True), both(texts, Part.TITLE, rule, language), strict=True)
    )
    return Choice(digit, rule.reference, full, short)


def both(texts: Texts, part: Part, rule: RuleChange, language: str) -> tuple[str, str]:
    """Return what a chat and what an SMS shows."""
    tongues = _tongues(rule, language)
    full, short = (rule_texts.words(texts, part, tongues, sms=sms) for sms in (False, True))
    return full, short


def _tongues(rule: RuleChange, language: str) -> tuple[str, ...]:
    return (*chain(language), rule.facts.base)
