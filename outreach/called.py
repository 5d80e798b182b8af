"""Rule changes told by a call: in which languages that can be done, what is played, who heard it.

Only where every part that is told is recorded, in a kind that a call plays, and says what is
written now. A call to a telephone goes by the subscriber's own route, as an SMS there would.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import literal, select

from channels.base import Style
from channels.broadcasts import Wording
from channels.calls import Play
from channels.ledger import BROADCAST, outbox
from channels.routing import CALLED_BY
from channels.sound_links import PLAYED
from channels.ways import Way
from outreach import announcements, call_phrases, recordings, rule_changes, rule_texts, wording
from outreach.announcements import Announcement, Texts
from outreach.call_phrases import Phrase
from outreach.copies import announcement_broadcasts
from outreach.recipients import Calls
from outreach.recordings import Recording
from outreach.rule_changes import RuleChange, State
from outreach.rule_texts import DIGITS, Part
from outreach.subscribers import State as Listening
from outreach.subscribers import subscribers
from outreach.told import rule_told
from storage import upsert
from storage.base import Instant
from storage.unit_of_work import Reads, Transaction

#: A call is one message, however many parts it plays.
ONLY_PART: Final = 0

#: Seconds that a call takes beside its recordings: the greeting, at least, and the silence after
#: each part (``bots.calling``). Who presses nothing hears the keys after that, and most hang up
#: before.
GREETING_TAKES: Final = 10
AFTER_A_PART: Final = 2
A_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Told:
    """What one call plays. *tells*: digits of the parts that it was made for, in order.

    *sounds*: what is recorded in *language*, by digit, other parts of the rule included.
    *phrases*: those of our own sentences that are recorded in it. *until*: when the broadcast
    began; what was kept after that was approved by nobody.
    """

    title: str
    language: str
    tells: str
    sounds: Mapping[str, Play]
    phrases: Mapping[Phrase, Play] = field(default_factory=dict)
    until: datetime | None = None


async def languages(db: Reads, this: Announcement) -> frozenset[str]:
    """Return the languages in which *this* is told by a call; none where nobody asked for that."""
    draft = this.draft
    if not draft.calls or not draft.tells or draft.rule_id is None:
        return frozenset()
    rule = await rule_changes.find(db, draft.rule_id, draft.rule_edition)
    if rule is None:
        return frozenset()
    written = wording.spoken(await announcements.texts(db, this.id))
    return await recorded(db, rule, draft.tells) & written


async def aloud(db: Reads, this: Announcement) -> Mapping[tuple[int, str], str]:
    """Return the recordings that chats get with *this*, by message and language."""
    draft = this.draft
    if not draft.sounds or not draft.tells or draft.rule_id is None:
        return {}
    rule = await rule_changes.find(db, draft.rule_id, draft.rule_edition)
    return {} if rule is None else await played(db, rule, draft.tells)


async def played(db: Reads, rule: RuleChange, tells: str) -> Mapping[tuple[int, str], str]:
    """Return what is recorded of *tells*, as it is written now, by its place and language."""
    texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
    kept = await recordings.of(db, rule, texts)
    place = {DIGITS[digit]: number for number, digit in enumerate(tells)}
    return {
        (place[one.part], one.language): one.sound_id
        for one in kept.values()
        if one.part in place and not one.stale
    }


async def minutes(db: Reads, this: Announcement) -> Mapping[str, int]:
    """Return the minutes begun by a call that is heard to the end, by language.

    As Twilio bills calls that are answered; those that are not cost nothing
    (twilio.com/voice/pricing). Empty where *this* calls nobody.
    """
    spoken, draft = await languages(db, this), this.draft
    rule = await rule_changes.find(db, draft.rule_id or "", draft.rule_edition)
    if not spoken or rule is None:
        return {}
    texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
    told_parts = {DIGITS[digit] for digit in draft.tells}
    seconds = Counter(dict.fromkeys(spoken, GREETING_TAKES))
    for (language, phrase), greeting in (await call_phrases.every(db, spoken)).items():
        if phrase is Phrase.GREETING:
            seconds[language] = max(GREETING_TAKES, greeting.seconds)
    for one in (await recordings.of(db, rule, texts)).values():
        if one.part in told_parts and one.language in spoken:
            seconds[one.language] += one.seconds + AFTER_A_PART
    return {language: math.ceil(lasts / A_MINUTE) for language, lasts in seconds.items()}


async def recorded(db: Reads, rule: RuleChange, tells: str) -> frozenset[str]:
    """Return the languages in which all of *tells* can be played in a call."""
    wanted = {DIGITS[digit] for digit in tells}
    playable = await _playable(db, rule)
    return frozenset(language for language, parts in playable.items() if wanted <= parts.keys())


async def heard(db: Reads, this: Announcement) -> Mapping[tuple[str, str], Recording]:
    """Return all that a call of *this* may play, by language and digit.

    What it tells, and the other parts of the rule, which a key asks for.
    """
    spoken = await languages(db, this)
    rule = await rule_changes.find(db, this.draft.rule_id or "", this.draft.rule_edition)
    playable = {} if rule is None or not spoken else await _playable(db, rule)
    return {
        (language, digit): playable[language][part]
        for language in sorted(spoken & playable.keys())
        for digit, part in DIGITS.items()
        if part in playable[language]
    }


async def phrases(db: Reads, this: Announcement) -> Mapping[tuple[str, Phrase], Play]:
    """Return our own sentences that a call of *this* may play, by language."""
    return await call_phrases.every(db, await languages(db, this))


async def calls(db: Reads, this: Announcement, ways: Mapping[str, Way]) -> Calls | None:
    """Return who of its people are called up, and by which lines; None: nobody is."""
    lines = {channel: line for channel, line in CALLED_BY.items() if line in ways}
    spoken = await languages(db, this) if lines else frozenset()
    return Calls(spoken, lines) if spoken else None


def wordings(texts: Texts, spoken: Iterable[str]) -> list[Wording]:
    """Return what the send ledger keeps of a call in each language of *spoken*.

    It is the first message's words, which stand for all that is played.
    """
    return [
        Wording(ONLY_PART, tag, Style.VOICE, wording.of_style(texts[0, tag], Style.VOICE))
        for tag in sorted(spoken)
    ]


# --- the call itself ---------------------------------------------------------------------------


async def told(db: Reads, message: str) -> Told | None:
    """Return what the call with our id *message* plays; None: nothing any more."""
    its, of = announcement_broadcasts.c, announcements.announcements.c
    asked = (
        select(of.rule_id, of.rule_edition, of.tells, of.began_at, outbox.c.language)
        .join_from(outbox, announcement_broadcasts, its.broadcast == outbox.c.broadcast)
        .join(announcements.announcements, of.id == its.announcement)
        .where(outbox.c.id == message, outbox.c.channel.in_(_LINES), of.rule_id.is_not(None))
    )
    row = (await db.execute(asked)).one_or_none()
    if row is None:
        return None
    rule = await rule_changes.find(db, row.rule_id, row.rule_edition)
    # What was brought after it had begun to leave was approved by nobody.
    return None if rule is None else await _told(db, rule, row.language, row.tells, row.began_at)


async def tried(db: Reads, this: Announcement, language: str) -> Told | None:
    """Return what a call of *this* plays in *language* before anybody has let it leave."""
    draft = this.draft
    rule = await rule_changes.find(db, draft.rule_id or "", draft.rule_edition)
    return None if rule is None else await _told(db, rule, language, draft.tells)


async def _told(
    db: Reads, rule: RuleChange, language: str, told_: str, until: datetime | None = None
) -> Told | None:
    """Return what is played in *language* of what was kept *until* then, if any of *told_* is."""
    if rule.state is not State.PUBLISHED:
        return None
    kept = (await _playable(db, rule)).get(language, {})
    found = {digit: kept.get(part) for digit, part in DIGITS.items()}
    sounds = {
        digit: Play(one.sound_id, one.seconds)
        for digit, one in found.items()
        if one is not None and (until is None or one.kept_at <= until)
    }
    texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
    title = rule_texts.words(texts, Part.TITLE, (language, rule.facts.base), sms=False)
    tells = "".join(digit for digit in told_ if digit in sounds)
    return Told(title, language, tells, sounds, until=until) if tells else None


async def note(db: Transaction, message: str, digits: Collection[str], now: datetime) -> None:
    """Note that the parts *digits* were heard in a call, and by whom; twice changes nothing."""
    its, of = announcement_broadcasts.c, announcements.announcements.c
    listed = subscribers.c.state.in_(list(Listening))
    for digit in sorted(set(digits)):
        values: dict[str, Any] = {
            "rule_id": of.rule_id,
            "edition": of.rule_edition,
            "part": literal(int(digit)),
            "subscriber_id": subscribers.c.id,
            "language": outbox.c.language,
            "receipt": literal(True),  # noqa: FBT003 - a column's value
            "called": literal(True),  # noqa: FBT003 - a column's value
            "told_at": literal(now, Instant),
        }
        heard = (
            select(*(values[each.name] for each in rule_told.c))
            .join_from(outbox, announcement_broadcasts, its.broadcast == outbox.c.broadcast)
            .join(announcements.announcements, of.id == its.announcement)
            .join(subscribers, listed & (subscribers.c.route_id == outbox.c.route_id))
            .where(BROADCAST, outbox.c.id == message, of.rule_id.is_not(None))
            .where(outbox.c.language.is_not(None))
        )
        new = upsert.insert(db, rule_told).from_select([each.name for each in rule_told.c], heard)
        key = [each.name for each in rule_told.primary_key]
        unsure = rule_told.c.receipt.is_(False)
        surer = {"receipt": True, "called": True}
        await db.execute(new.on_conflict_do_update(index_elements=key, set_=surer, where=unsure))


_LINES: Final = sorted(CALLED_BY.values())


async def _playable(db: Reads, rule: RuleChange) -> Mapping[str, Mapping[Part, Recording]]:
    """Return what a call can play of the edition that is seen, by language."""
    texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
    found: dict[str, dict[Part, Recording]] = {}
    for one in (await recordings.of(db, rule, texts)).values():
        if one.mime in PLAYED and not one.stale:
            found.setdefault(one.language, {})[one.part] = one
    return found
