"""The states of a case and who may move it where: the whole table, written out."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    REDIRECTED = "redirected"
    ASSIGNED = "assigned"
    IN_REVIEW = "in_review"
    WAITING_REPORTER = "waiting_reporter"
    PROPOSED = "proposed"
    AGREED = "agreed"
    IMPLEMENTING = "implementing"
    RESOLVED = "resolved"
    MONITORING = "monitoring"
    CLOSED = "closed"
    REOPENED = "reopened"
    APPEALED = "appealed"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"


class Actor(StrEnum):
    """On whose word a case moves."""

    STAFF = "staff"
    REPORTER = "reporter"
    SYSTEM = "system"
    UNDOING = "undoing"  # staff, who take back a merge: to where it stood before, nowhere else


class NotAllowed(Exception):
    """The table knows no such move for this actor, or somebody else was faster."""

    def __init__(self, present: State, to: State) -> None:
        super().__init__(f"{present} -> {to}")
        self.present = present
        self.to = to


Moves = Mapping[State, frozenset[Actor]]

_STAFF = frozenset({Actor.STAFF})
_REPORTER = frozenset({Actor.REPORTER})
_ANYBODY = frozenset({Actor.STAFF, Actor.REPORTER, Actor.SYSTEM})
_UNDOING = frozenset({Actor.UNDOING})
_STAFF_OR_SYSTEM = frozenset({Actor.STAFF, Actor.SYSTEM})
_STAFF_OR_REPORTER = frozenset({Actor.STAFF, Actor.REPORTER})

#: A case in one of these asks nothing of anybody any more.
ENDED = frozenset({State.CLOSED, State.DUPLICATE, State.WITHDRAWN})

#: All the others.
OPEN = frozenset(State) - ENDED

_ANY_OPEN: Moves = {State.DUPLICATE: _STAFF, State.WITHDRAWN: _REPORTER}
#: The system does it on the word of a reporter whom it asked, who may no more by themselves.
_REOPEN: Moves = {State.REOPENED: _ANYBODY}

#: Where somebody has to say, or to say again, what a case is about.
TO_SORT = frozenset({State.RECEIVED, State.REOPENED})

#: from -> to -> who. Staff may note what a reporter said on the telephone, hence both at PROPOSED.
#: A duplicate goes back to the state that it was merged from, which its history tells
#: (``merging.unmerge``); that is no move of its own, so nothing follows from it a second time.
TRANSITIONS: Mapping[State, Moves] = {
    State.RECEIVED: {State.TRIAGED: _STAFF, State.REDIRECTED: _STAFF, **_ANY_OPEN},
    State.TRIAGED: {State.ASSIGNED: _STAFF_OR_SYSTEM, State.REDIRECTED: _STAFF, **_ANY_OPEN},
    State.REDIRECTED: {**_REOPEN, **_ANY_OPEN},
    State.ASSIGNED: {State.IN_REVIEW: _STAFF, **_ANY_OPEN},
    State.IN_REVIEW: {State.WAITING_REPORTER: _STAFF, State.PROPOSED: _STAFF, **_ANY_OPEN},
    State.WAITING_REPORTER: {State.IN_REVIEW: _STAFF_OR_SYSTEM, **_ANY_OPEN},
    State.PROPOSED: {
        State.AGREED: _STAFF_OR_REPORTER,
        State.IN_REVIEW: _ANYBODY,
        State.APPEALED: _STAFF_OR_REPORTER,
        State.CLOSED: frozenset({Actor.SYSTEM}),
        **_ANY_OPEN,
    },
    State.AGREED: {State.IMPLEMENTING: _STAFF, **_ANY_OPEN},
    State.IMPLEMENTING: {State.RESOLVED: _STAFF, **_ANY_OPEN},
    State.RESOLVED: {State.MONITORING: _STAFF_OR_SYSTEM, **_REOPEN, **_ANY_OPEN},
    State.MONITORING: {State.CLOSED: _STAFF_OR_SYSTEM, **_REOPEN, **_ANY_OPEN},
    State.CLOSED: {State.APPEALED: _STAFF_OR_REPORTER, **_REOPEN},
    State.REOPENED: {State.TRIAGED: _STAFF_OR_SYSTEM, **_ANY_OPEN},
    State.APPEALED: {State.IN_REVIEW: _STAFF, State.CLOSED: _STAFF, **_ANY_OPEN},
    State.DUPLICATE: {state: _UNDOING for state in State if state in OPEN},
    State.WITHDRAWN: {},
}


def allowed(present: State, to: State, by: Actor) -> bool:
    """Whether *by* may move a case from *present* to *to*."""
    return by in TRANSITIONS[present].get(to, frozenset())


def ways_on(present: State, by: Actor) -> tuple[State, ...]:
    """Return where *by* may move a case that stands at *present*, in the table's order."""
    return tuple(to for to, actors in TRANSITIONS[present].items() if by in actors)
