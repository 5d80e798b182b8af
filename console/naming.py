"""Whom a report names, as the form of the case page says it and shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from multidict import MultiMapping

from console.responses import field
from grievances.parties import Answer, Contradiction, Named

#: The form's fields: the answer, and the ids of those who are chosen.
ANSWER: Final = "named"
MEMBERS: Final = "named_member"
BODIES: Final = "named_body"


@dataclass(frozen=True, slots=True)
class Shown:
    """What is chosen on the form. *answer* empty: nothing yet."""

    answer: str
    ids: frozenset[str]


def read(form: Mapping[str, Any]) -> Named | None:
    """Return what the form says; None: nothing. Raises ``Contradiction``."""
    answer = field(form, ANSWER)
    if not answer:
        return None
    if answer not in {*Answer}:
        raise Contradiction
    return Named(Answer(answer), _chosen(form, MEMBERS), _chosen(form, BODIES))


def shown(kept: Named | None, form: Mapping[str, Any]) -> Shown:
    """Return what to show: what somebody has just chosen, or else what is kept."""
    if form:
        return Shown(field(form, ANSWER), _chosen(form, MEMBERS) | _chosen(form, BODIES))
    if kept is None:
        return Shown("", frozenset())
    return Shown(kept.answer, kept.members | kept.bodies)


def _chosen(form: Mapping[str, Any], name: str) -> frozenset[str]:
    given = form.getall(name, []) if isinstance(form, MultiMapping) else []
    return frozenset(one for one in given if isinstance(one, str))
