"""The whole table of moves, on paper: S staff, R reporter, Y the system by itself.

U: staff take back that it is a duplicate, and it stands where it stood.
"""

from grievances.states import Actor, State

TABLE = """
received          triaged:S redirected:S duplicate:S withdrawn:R
triaged           assigned:SY redirected:S duplicate:S withdrawn:R
redirected        reopened:SRY duplicate:S withdrawn:R
assigned          in_review:S duplicate:S withdrawn:R
in_review         waiting_reporter:S proposed:S duplicate:S withdrawn:R
waiting_reporter  in_review:SY duplicate:S withdrawn:R
proposed          agreed:SR in_review:SRY appealed:SR closed:Y duplicate:S withdrawn:R
agreed            implementing:S duplicate:S withdrawn:R
implementing      resolved:S duplicate:S withdrawn:R
resolved          monitoring:SY reopened:SRY duplicate:S withdrawn:R
monitoring        closed:SY reopened:SRY duplicate:S withdrawn:R
closed            appealed:SR reopened:SRY
reopened          triaged:SY duplicate:S withdrawn:R
appealed          in_review:S closed:S duplicate:S withdrawn:R
duplicate         received:U triaged:U redirected:U assigned:U in_review:U waiting_reporter:U
duplicate         proposed:U agreed:U implementing:U resolved:U monitoring:U reopened:U appealed:U
withdrawn
"""

LETTERS = {"S": Actor.STAFF, "R": Actor.REPORTER, "Y": Actor.SYSTEM, "U": Actor.UNDOING}


def written() -> set[tuple[State, State, Actor]]:
    """Return every move that the paper allows: from, to, on whose word."""
    moves = set()
    for line in TABLE.strip().splitlines():
        present, *ways = line.split()
        for way in ways:
            to, letters = way.split(":")
            moves |= {(State(present), State(to), LETTERS[letter]) for letter in letters}
    return moves
