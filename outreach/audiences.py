"""Whom something is for: an audience is a choice among those who listen, compiled to one query.

Nothing here ever holds the people themselves: an audience is counted, sampled and planned for in
the database.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from sqlalchemy import ColumnElement, FromClause, Select, and_, func, select

from forum.bodies import sites
from outreach.subscribers import State, subscribers
from storage.unit_of_work import Reads


@dataclass(frozen=True, slots=True)
class Audience:
    """Subscribers who fit every field; of a field, any of its values. An empty one lets all in.

    *sites*: ids. *districts* and *minerals*: as the sites have them. *channels*: as the
    subscribers came, such as ``sms``.
    """

    sites: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    minerals: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    genders: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()

    def to_json(self) -> str:
        """Return it as it is kept in a column; the same audience gives the same text."""
        chosen = {name: sorted(values) for name, values in self.chosen().items() if values}
        return json.dumps(chosen, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what ``to_json`` wrote; a field that is not known any more is left out."""
        kept: Mapping[str, Any] = json.loads(text)
        known = {field.name for field in fields(cls)}
        return cls(**{name: frozenset(kept[name]) for name in kept if name in known})

    def chosen(self) -> Mapping[str, frozenset[str]]:
        """Return the values of each field by its name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


EVERYBODY = Audience()


def people(audience: Audience) -> Select[tuple[str, str, str]]:
    """Select route_id, channel and language of each active subscriber in *audience*, once."""
    listed = select(subscribers.c.route_id, subscribers.c.channel, subscribers.c.language)
    return listed.select_from(_joined(audience)).where(fits(audience))


def fits(audience: Audience) -> ColumnElement[bool]:
    """Return the condition on ``subscribers``, joined to ``sites`` where a site is asked for."""
    columns: dict[str, ColumnElement[Any]] = {
        "sites": subscribers.c.site_id,
        "districts": sites.c.district,
        "minerals": sites.c.mineral,
        "roles": subscribers.c.role,
        "languages": subscribers.c.language,
        "genders": subscribers.c.gender,
        "channels": subscribers.c.channel,
    }
    chosen = [
        columns[name].in_(sorted(values)) for name, values in audience.chosen().items() if values
    ]
    return and_(subscribers.c.state == State.ACTIVE, *chosen)


async def count(db: Reads, audience: Audience) -> int:
    """Return how many people are in an audience now."""
    counted = select(func.count()).select_from(_joined(audience)).where(fits(audience))
    return int((await db.execute(counted)).scalar_one())


def _joined(audience: Audience) -> FromClause:
    """Return the tables that the condition needs."""
    if audience.districts or audience.minerals:
        return subscribers.join(sites, sites.c.id == subscribers.c.site_id)
    return subscribers
