"""The forum changes its taxonomy: what it may not become, and who changed what.

Changes wait for each other, so each is judged together with those before it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Final, TypeAlias

from forum import audit
from forum.members import Member
from forum.suppression import K_GRAVE, K
from grievances import categories
from grievances.category import Category, Group, Names
from grievances.taxonomy import DEFAULT, GROUP_DIGITS, LANES, OTHER, OTHER_GROUP, Taxonomy
from locales import N_
from storage.unit_of_work import Transaction

#: The longest word of a forum's own.
NAME_CHARACTERS: Final = 60

#: The most lines of a menu: 9 and 0 mean the same everywhere.
MOST_CHOICES: Final = 8

#: The most kinds of body that a case is offered to, one after the other.
MOST_ROUTES: Final = 4

_KEY = re.compile(r"[A-Z]{2,8}")

NO_KEY = N_("Two to eight capital letters from A to Z, such as DUST.")
TAKEN = N_("There is a category of this name already, perhaps a retired one.")
NO_GROUP = N_("Choose a line of the first menu that has a name.")
FULL = N_("This line of the menu holds eight categories already. Retire or move one first.")
OTHER_STAYS = N_("What nobody can sort needs a place: this category stays, under 0.")
NO_ROUTE = N_("Choose at least one kind of body.")
TWICE = N_("Choose each kind of body once.")
TOO_SMALL = N_("What only a few may see is published from ten cases on, never from five.")
NO_NAME = N_("Write what it is called.")
TOO_LONG = N_("At most 60 characters.")

#: Says what is wrong with a taxonomy that follows another; raises what its caller will catch.
Check: TypeAlias = Callable[[Taxonomy, Taxonomy], None]


class Wrong(Exception):
    """A change cannot be kept: a message for each field, by its name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(*errors)
        self.errors = errors


async def add(
    db: Transaction,
    category: Category,
    *,
    present: Taxonomy,
    check: Check,
    by: Member,
    now: datetime,
) -> None:
    """Add a category; its number is the next one. Raises ``Wrong``, and what *check* raises."""
    before = await categories.hold(db, present, now)
    errors = {} if _KEY.fullmatch(category.key) else {"key": NO_KEY}
    if category.key in before.categories:
        errors = {"key": TAKEN}
    number = max(one.number for one in before.every) + 1
    fresh = replace(category, number=number, lowered_from=None, lowered_by=None)
    await _keep(db, before, fresh, check, errors, now)
    await _record(db, "taxonomy.added", category.key, by, now)


async def change(
    db: Transaction,
    category: Category,
    *,
    present: Taxonomy,
    check: Check,
    by: Member,
    now: datetime,
) -> None:
    """Keep a category as it is given now, but for its key, its number and whether it is retired.

    A milder floor is noted with who made it so: they do not judge by it. Raises ``Wrong``,
    ``KeyError`` for a category that there is not, and what *check* raises.
    """
    before = await categories.hold(db, present, now)
    kept = _known(before, category.key)
    judged = kept.given_floor(category.floor, by.id)
    changed = replace(
        category,
        number=kept.number,
        msgid=kept.msgid,
        retired=kept.retired,
        lowered_from=judged.lowered_from,
        lowered_by=judged.lowered_by,
    )
    await _keep(db, before, changed, check, {}, now)
    await _record(db, "taxonomy.changed", category.key, by, now)


async def set_retired(
    db: Transaction,
    key: str,
    *,
    retired: bool,
    present: Taxonomy,
    check: Check,
    by: Member,
    now: datetime,
) -> None:
    """Have a category no longer offered, or offered again. Cases that have it keep it.

    Raises ``Wrong``, ``KeyError`` for a category that there is not, and what *check* raises.
    """
    before = await categories.hold(db, present, now)
    kept = _known(before, key)
    last = MOST_CHOICES + 1
    changed = replace(kept, retired=retired, position=kept.position if retired else last)
    await _keep(db, before, changed, check, {}, now)
    act = "taxonomy.retired" if retired else "taxonomy.offered"
    await _record(db, act, key, by, now)


async def name_group(
    db: Transaction, group: Group, *, present: Taxonomy, check: Check, by: Member, now: datetime
) -> None:
    """Keep the forum's words for a line of the first menu. Raises ``Wrong``, and as *check*."""
    before = await categories.hold(db, present, now)
    errors = _wrong_names(group.names)
    if group.digit not in {one.digit for one in DEFAULT.groups} and not group.names:
        errors["choice"] = NO_NAME
    if group.digit not in GROUP_DIGITS:
        errors["group"] = NO_GROUP
    if errors:
        raise Wrong(errors)
    after = before.with_group(group)
    check(before, after)
    await categories.write(db, before, after, now)
    await _record(db, "taxonomy.group", str(group.digit), by, now)


def _known(before: Taxonomy, key: str) -> Category:
    if key not in before.categories:
        raise KeyError(key)
    return before.categories[key]


async def _keep(
    db: Transaction,
    before: Taxonomy,
    changed: Category,
    check: Check,
    errors: Mapping[str, str],
    now: datetime,
) -> None:
    wrong = {**_wrong(before, changed), **errors}
    if wrong:
        raise Wrong(wrong)
    after = before.with_category(changed)
    check(before, after)
    await categories.write(db, before, after, now)


def _wrong(before: Taxonomy, changed: Category) -> dict[str, str]:
    """Return what is wrong with a category, by field."""
    errors = _wrong_names(changed.names)
    own = any(name.label for name in changed.names.values())
    if not own and changed.key not in DEFAULT.categories:
        errors["label"] = NO_NAME
    if before.named(changed.group) is None:
        errors["group"] = NO_GROUP
    others = [one for one in before.behind(changed.group) if one.key != changed.key]
    if not changed.retired and len(others) >= MOST_CHOICES:
        errors["group"] = FULL
    if changed.key == OTHER and (changed.retired or changed.group != OTHER_GROUP):
        errors["group"] = OTHER_STAYS
    if not 0 < len(changed.routes) <= MOST_ROUTES:
        errors["routes"] = NO_ROUTE
    elif len({*changed.routes}) < len(changed.routes):
        errors["routes"] = TWICE
    guarded = changed.quarantine or changed.lane is not None
    if changed.k not in {K, K_GRAVE} or (guarded and changed.k != K_GRAVE):
        errors["k"] = TOO_SMALL
    if changed.lane is not None and changed.lane not in LANES:
        raise ValueError(changed.lane)
    return errors


def _wrong_names(names: Names) -> dict[str, str]:
    return {
        f"{field.name}_{tag}": TOO_LONG
        for tag, name in names.items()
        for field in fields(name)
        if len(getattr(name, field.name)) > NAME_CHARACTERS
    }


async def _record(db: Transaction, act: str, subject: str, by: Member, now: datetime) -> None:
    await audit.record(db, actor=by.id, act=act, subject=subject, now=now)
