"""Made-up rule changes for the made-up forum, so that RULES has an answer there."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from outreach import rule_changes, rule_drafting
from outreach.audiences import Audience
from outreach.rule_changes import Facts, Practice, RuleChange
from outreach.rule_dates import Dates
from outreach.rule_texts import ALL, Texts, Variant, begun, clean
from storage.unit_of_work import Transaction

#: Who made them: nobody who could sign in.
MAKER = "system"


async def plant(db: Transaction, now: datetime) -> None:
    """Publish the demo's rule changes, unless there are some already."""
    if await rule_changes.every(db):
        return
    for facts, texts in made_up(now.date()):
        await _plant(db, facts, texts, now)


def made_up(today: date) -> Sequence[tuple[Facts, Texts]]:
    """Return the demo's rule changes: one is in force on *today*, one is to come."""
    return [(_facts(rule, today), _texts(rule)) for rule in _demo()["rules"]]


@cache
def _demo() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("demo_rules.toml").read_text("utf-8"))


async def _plant(db: Transaction, facts: Facts, texts: Texts, now: datetime) -> None:
    rule_id = await rule_drafting.draft(db, facts, by=MAKER, now=now)
    for language in sorted(begun(texts)):
        written = {(part, variant): texts[part, language, variant] for part, variant in ALL}
        rule = await _newest(db, rule_id)
        await rule_drafting.write(db, rule, language, written, by=MAKER, now=now)
    await rule_drafting.publish(db, await _newest(db, rule_id), by=MAKER, now=now)


async def _newest(db: Transaction, rule_id: str) -> RuleChange:
    rule = await rule_changes.find(db, rule_id)
    if rule is None:
        raise LookupError(rule_id)
    return rule


def _facts(rule: Mapping[str, Any], today: date) -> Facts:
    days = {name: today + timedelta(days=after) for name, after in rule["days"].items()}
    asks = {name: frozenset(values) for name, values in rule.get("applies", {}).items()}
    return Facts(
        Practice(rule["practice"]),
        rule["legal"],
        rule["authority"],
        rule["base"],
        Audience(**asks),
        Dates(**days),
    )


def _texts(rule: Mapping[str, Any]) -> Texts:
    """Return its words; a part that has no full ones says the same in both variants."""
    return {
        (part, language, variant): clean(_either(parts[part], variant), variant)
        for language, parts in rule["texts"].items()
        for part, variant in ALL
    }


def _either(written: Mapping[str, str], variant: Variant) -> str:
    return written.get(variant) or written[Variant.SMS]
