"""The demo's rule changes as what a conversation hears, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime

from bots import effects as wish
from bots.rule_lines import both, line
from outreach import demo_rules
from outreach.rule_changes import Edition, RuleChange, State
from outreach.rule_texts import Part

#: The day on which the transcripts are played.
TODAY = date(2026, 5, 12)

_KEPT = datetime(2026, 1, 1, tzinfo=UTC)


def told():
    """Return each made-up rule change with its words."""
    return [
        (
            RuleChange(
                f"{n}" * 32, n, State.PUBLISHED, 1, 1, Edition(1, facts, 1, _KEPT, "system")
            ),
            texts,
        )
        for n, (facts, texts) in enumerate(demo_rules.made_up(TODAY), start=1)
    ]


def found(effect, language):
    """Return the list: both where nothing follows, one a page where ``RULES 1`` was sent."""
    offered = [
        line(rule, texts, "1" if effect.word == "1" else str(rule.number), language, TODAY)
        for rule, texts in told()
    ]
    named = [choice for choice in offered if choice.key == effect.word.upper()]
    if named:
        return wish.RulesFound(tuple(named), opened=True)
    if effect.word == "1":
        first = effect.after
        return wish.RulesFound((offered[first],), more=0 if first else 1)
    return wish.RulesFound(tuple(offered))


def read(effect, language):
    """Return the words of one part."""
    for rule, texts in told():
        if rule.reference == effect.rule:
            return wish.PartRead(*both(texts, Part(effect.part), rule, language))
    return wish.PartRead()


def read_aloud(effect, language):
    """Return the words of one part that is recorded, too."""
    return replace(read(effect, language), spoken=True)
