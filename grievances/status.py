"""What a reporter is told about where a case stands.

A stranger may read over the shoulder: no line says what it is about, or that it is a report.
"""

from collections.abc import Mapping

from grievances.states import State
from locales import N_

_BEGUN = N_("We are working on it.")
_SOLVED = N_("We believe it is solved.")

#: For each state, whole and in plain words.
SAYS: Mapping[State, str] = {
    State.RECEIVED: N_("We have it. A person will read it soon."),
    State.TRIAGED: N_("A person has read it."),
    State.REDIRECTED: N_("Another office has it now. We stay with it."),
    State.ASSIGNED: N_("A person has read it."),
    State.IN_REVIEW: _BEGUN,
    State.WAITING_REPORTER: N_("We wait for your answer."),
    State.PROPOSED: N_("We have made you a proposal."),
    State.AGREED: N_("What was agreed is being done."),
    State.IMPLEMENTING: N_("What was agreed is being done."),
    State.RESOLVED: _SOLVED,
    State.MONITORING: _SOLVED,
    State.CLOSED: N_("It is closed. You can still write to us."),
    State.REOPENED: _BEGUN,
    State.APPEALED: N_("It is being looked at again by others."),
    State.DUPLICATE: _BEGUN,
    State.WITHDRAWN: N_("You took it back."),
}
