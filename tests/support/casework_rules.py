"""What must hold of a case whoever did what to it: an oracle that keeps its own books.

It shares no condition with the case room. It sees moves, the audit trail, the clocks and who is
kept out, before and after each act, and says what is wrong.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from forum.members import CASE_RIGHTS, RIGHTS
from grievances import stages
from grievances.deadlines import Step
from grievances.severity import Severity
from grievances.states import Actor, State
from tests.support.casework import PANEL
from tests.support.state_table import written

S = State
PAPER = written()
OVER = {S.CLOSED, S.DUPLICATE, S.WITHDRAWN}
DECIDING = {S.TRIAGED, S.REDIRECTED, S.PROPOSED, S.RESOLVED, S.CLOSED, S.DUPLICATE}
MONTH = timedelta(days=30)


@dataclass
class Books:
    """What the oracle remembers of one case."""

    people: dict
    deciders: set = field(default_factory=set)
    parted: set = field(default_factory=set)
    doers: set = field(default_factory=set)
    resolved_at: object = None
    spent: dict = field(default_factory=dict)

    def __post_init__(self):
        self.names = {member.id: name for name, member in self.people.items()}
        self.handling = {
            member.id for member in self.people.values() if RIGHTS[member.role] & CASE_RIGHTS
        }
        self.panel = {self.people[name].id for name in PANEL}
        self.outside = {self.people["outside"].id}

    def wait(self, state, span):
        """Let time go by in a state."""
        if state not in OVER:
            self.spent[state] = self.spent.get(state, timedelta(0)) + span

    def judge(self, before, after, *, who, now, quiet=False, extends=False):
        """Check one act: *who* did it (a member's id, or None: the reporter or the system)."""
        new = after.moves[len(before.moves) :]
        self._moves_follow_the_paper(before, after, new)
        self._each_is_audited_once(after)
        self._by_whom(before, after, new, who)
        for move in new:
            self._guards(before, move, now)
        self._who_has_it(before, after, new)
        self._clocks(before, after, new, quiet=quiet, extends=extends)
        self._times(after, now)
        self._remember(after, new, now)

    def _moves_follow_the_paper(self, before, after, new):
        assert after.moves[: len(before.moves)] == before.moves, "history was rewritten"
        stands = before.state
        for move in new:
            assert move.present is stands, "a move began elsewhere"
            assert (move.present, move.state, move.word_of) in PAPER, f"not in the table: {move}"
            stands = move.state
        assert after.state is stands, "a case moved without a move"

    def _each_is_audited_once(self, after):
        acts = {f"case.{state}" for state in State}
        lines = [(actor, act) for actor, act in after.audited if act in acts]
        moved = [(move.actor, f"case.{move.state}") for move in after.moves]
        assert lines == moved, "the audit trail tells other moves than the history"

    def _by_whom(self, before, after, new, who):
        words = {
            Actor.STAFF: {who},
            Actor.REPORTER: {"reporter"},
            Actor.SYSTEM: {"system"},
            Actor.UNDOING: {who},
        }
        for move in new:
            assert move.actor in words[move.word_of], "a move in somebody else's name"
        acted = {actor for actor, _ in after.audited[len(before.audited) :]}
        assert acted <= {who, "reporter", "system"}, "an act in somebody else's name"
        assert not acted & before.out, "somebody acted who is kept out"

    def _guards(self, before, move, now):
        row = before.row
        match move.present, move.state:
            case _, S.IMPLEMENTING:
                assert before.open_actions, "a remedy began with nothing to do"
            case _, S.RESOLVED:
                assert not before.open_actions, "resolved with something left to do"
                assert move.actor not in self.doers, "confirmed by who did it"
                assert move.actor != row.assignee, "confirmed by the handler"
            case S.APPEALED, S.IN_REVIEW | S.CLOSED:
                assert move.actor not in self.deciders, "decided by who decided before"
                assert move.actor != row.assignee, "decided by the handler"
            case _, S.REOPENED if move.word_of is Actor.REPORTER:
                assert self.resolved_at, "reopened what was never resolved"
                assert now - self.resolved_at <= MONTH, "reopened too late"
            case S.PROPOSED, S.CLOSED:
                assert Severity(row.severity) in {Severity.S3, Severity.S4}, "silence closed it"

    def _who_has_it(self, before, after, new):
        had, has = before.row.assignee, after.row.assignee
        assert has not in after.out, "a case with somebody who is kept out of it"
        if has is not None and has != had:
            assert has in self.handling, "given to somebody who handles no cases"
            others = self.handling - self.parted - after.out
            assert has not in self.parted or not others, "given again to who had it"
        taken = [S.REOPENED] * any(move.state is S.REOPENED for move in new)
        taken += [m for m in new if (m.present, m.state) == (S.APPEALED, S.IN_REVIEW)]
        assert not (taken and has), "it went to no other handler"
        if any(move.state is S.ASSIGNED for move in new):
            assert has is not None, "assigned to nobody"
        assert not after.sitting & (self.deciders | {had, has} | after.out), "a judge in the cause"

    def _clocks(self, before, after, new, *, quiet, extends):
        again = any(move.state is S.REOPENED for move in new)
        waited = any(move.present is S.WAITING_REPORTER for move in new)
        for step, clock in before.clocks.items():
            later = after.clocks[step]
            runs = clock.met_at is None
            if runs and not (again or waited or extends):
                assert later.due_at <= clock.due_at, f"{step} was put off"
            if quiet and not new:
                assert later.due_at == clock.due_at, f"{step} was moved by words"
        assert after.clocks[Step.TOTAL].started_at == before.clocks[Step.TOTAL].started_at
        if after.state is S.APPEALED:
            assert after.clocks[Step.APPEAL].met_at is None, "an appeal without a clock"
        if before.state is S.APPEALED and new:
            assert after.clocks[Step.APPEAL].met_at is not None, "an appeal's clock that runs on"

    def _times(self, after, now):
        found = stages.stages(after.row.received_at, after.moves, now)
        spent = {state: span for state, span in stages.spent(found).items() if span}
        assert spent == self.spent, "another time in each state than went by"
        assert stages.total(found) == sum(self.spent.values(), timedelta(0)), "another total"

    def _remember(self, after, new, now):
        for move in new:
            if move.state in {S.RESOLVED, S.REDIRECTED}:
                self.resolved_at = now
            if move.word_of is Actor.STAFF and move.state in DECIDING:
                self.deciders.add(move.actor)
            if move.state is S.RESOLVED:
                self.doers.clear()
        if after.row.assignee:
            self.deciders.add(after.row.assignee)
