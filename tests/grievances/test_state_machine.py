"""Whatever anybody does to a case, in whatever order, it moves as the table says.

People of every role, the reporter and the system do what the public functions let them, as
hypothesis draws it; ``casework_rules`` judges each act. That it would see a fault is shown by
planting some.
"""

import asyncio
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from forum import audit
from grievances import (
    appeals,
    case,
    correspondence,
    deadlines,
    exclusions,
    extension,
    facts,
    monitoring,
    proposals,
    remedies,
    stages,
    succession,
    triage,
    verdicts,
    waiting,
)
from grievances.calendars import PLAIN_WEEK
from grievances.parties import NOBODY, Answer, Named
from grievances.proposals import Word
from grievances.remedies import Basis
from grievances.severity import Severity
from grievances.states import Actor, State
from storage.engine import connect
from tests.support.casework import ROLES, Casework, Forum
from tests.support.casework_rules import Books

WHO = st.sampled_from(sorted(ROLES))
#: Those who have some part in cases, more often than those who have none.
PARTS = ["lead", "amina", "bahati", "joseph", "neema", "judge", "outside"]
STAFF = st.sampled_from(PARTS)
SORTING = ["lead", "amina", "bahati"]
TRIAGERS = st.sampled_from(SORTING)
CATEGORY = st.sampled_from(["PAY", "OTHER", "BRIBE"])


class Lives(RuleBasedStateMachine):
    """One case, from its report on."""

    forum: Forum

    @initialize(
        category=st.sampled_from([None, "PAY", "OTHER", "ABUSE"]),
        who=STAFF,
        triager=TRIAGERS,
        word=st.sampled_from(Word),
        n=st.integers(0, 9),
    )
    def files(self, category, **more):
        self.work = Casework(self.forum, category=category)
        self.books = Books(self.forum.people)
        self._goes_on(**more)

    # --- how an act is made and judged ---------------------------------------------------------

    def acts(self, who, act, *, console=False, **judged):
        """Let a member (or None) act; where the case room itself checks nothing, at their page."""
        member = self.forum.people[who] if who else None
        done, before, after = self.work.tried(act, at_the_console=member if console else None)
        self.books.judge(before, after, who=member and member.id, now=self.work.now, **judged)
        self.wait(timedelta(seconds=1))
        return done, before

    def member(self, who):
        return self.forum.people[who]

    def given(self, who):
        return {"by": self.member(who), "now": self.work.now}

    @property
    def case_id(self):
        return self.work.case_id

    @rule(span=st.integers(1, 40 * 24 * 60).map(lambda n: timedelta(minutes=n)))
    def wait(self, span):
        self.books.wait(self.work.seen.state, span)
        self.work.now += span

    # --- staff ---------------------------------------------------------------------------------

    @rule(
        who=WHO,
        category=CATEGORY,
        severity=st.sampled_from(Severity),
        names=st.one_of(st.none(), st.just(()), st.tuples(WHO)),
    )
    def triages(self, who, category, severity, names):
        some = names and frozenset(self.member(name).id for name in names)
        named = None if names is None else Named(Answer.SOME, some) if some else NOBODY
        judged = {"category": category, "severity": severity, "named": named}

        def act(db):
            return triage.triage(db, self.case_id, **judged, **self.given(who))

        self.acts(who, act)

    @rule(who=WHO, to=WHO)
    def gives(self, who, to):
        private = {"by_private": self.forum.private[who]}
        self.acts(
            who,
            lambda db: triage.assign(
                db, self.case_id, self.member(to), **private, **self.given(who)
            ),
        )

    @rule(who=STAFF, to=st.sampled_from(State))
    def moves(self, who, to):
        self._moves(who, to)

    def _moves(self, who, to):
        by = {"by": Actor.STAFF, "actor": self.member(who).id, "now": self.work.now}
        self.acts(who, lambda db: case.move(db, self.case_id, to, **by), console=True)

    @rule(who=STAFF, asks=st.booleans())
    def answers(self, who, asks):
        written = {"member": self.member(who), "text": "We look at it.", "now": self.work.now}
        self.acts(
            who,
            lambda db: correspondence.answer(
                db, self.forum.keyring, case_id=self.case_id, expects_reply=asks, **written
            ),
            console=True,
            quiet=True,
        )

    @rule(who=STAFF)
    def notes(self, who):
        written = {"member": self.member(who), "case_id": self.case_id, "text": "Called."}

        def act(db):
            return correspondence.note(db, now=self.work.now, **written)

        self.acts(who, act, console=True, quiet=True)

    @rule(who=STAFF, safe=st.booleans())
    def puts_right(self, who, safe):
        def act(db):
            return facts.correct(db, self.case_id, site=None, safe=safe, **self.given(who))

        self.acts(who, act, console=True, quiet=True)

    @rule(who=STAFF, days=st.integers(1, 200))
    def puts_off(self, who, days):
        asked = {"until": self.work.now + timedelta(days=days), "reason": "The road is flooded."}
        self.acts(
            who,
            lambda db: extension.extend(
                db,
                self.forum.keyring,
                member=self.member(who),
                case_id=self.case_id,
                now=self.work.now,
                **asked,
            ),
            console=True,
            extends=True,
        )

    @rule(who=STAFF, other=WHO, how=st.sampled_from(["aside", "bar", "admit"]))
    def keeps_out(self, who, other, how):
        member = self.member(who)
        if how == "aside":

            def act(db):
                return exclusions.step_aside(db, self.case_id, member, self.work.now)
        else:
            decide = {"bar": exclusions.bar, "admit": exclusions.admit}[how]

            def act(db):
                return decide(db, self.case_id, self.member(other).id, **self.given(who))

        self.acts(who, act, console=True)

    @rule(other=STAFF, triager=TRIAGERS, how=st.integers(0, 4))
    def tries_who_is_named(self, other, triager, how):
        self.triages(triager, "PAY", Severity.S3, (other,))
        self.wait(timedelta(minutes=1))
        tries = (
            lambda: self.triages(other, "PAY", Severity.S2, None),
            lambda: self.gives(other, triager),
            lambda: self.plans(other),
            lambda: self.confirms(other, Basis.WORD),
            lambda: self.decides(other, upheld=True),
        )
        tries[how]()

    @rule(triager=TRIAGERS, n=st.integers(0))
    def tries_who_had_it(self, triager, n):
        had_it = sorted(self.books.names[each] for each in self.books.parted)
        if had_it:
            self.gives(triager, had_it[n % len(had_it)])

    # --- remedies ------------------------------------------------------------------------------

    @rule(who=WHO)
    def plans(self, who):
        self.acts(who, self.work.plan(self.member(who)), quiet=True)

    @rule(
        who=WHO, how=st.sampled_from(["finish", "cancel", "put_back", "amend"]), n=st.integers(0)
    )
    def works(self, who, how, n):
        planned = self.work.seen.actions
        if not planned:
            return
        action_id = planned[n % len(planned)].id
        more = {
            "finish": {"evidence": "I saw it."},
            "cancel": {"reason": "No need."},
            "put_back": {},
            "amend": {"plan": remedies.Plan("Pay half.", self.work.now.date(), owner="He")},
        }[how]
        act = getattr(remedies, how)
        done, _ = self.acts(
            who,
            lambda db: act(db, self.case_id, action_id, **more, **self.given(who)),
            quiet=True,
        )
        if done:
            doers = {each.done_by for each in self.work.seen.actions if not each.confirmed_at}
            self.books.doers = doers - {None}

    @rule(who=WHO, basis=st.sampled_from(Basis))
    def confirms(self, who, basis):
        why = {"basis": basis, "reason": "It is done."}

        def act(db):
            return remedies.confirm(db, self.case_id, **why, **self.given(who))

        self.acts(who, act)

    # --- the reporter, and the system ----------------------------------------------------------

    @rule(word=st.sampled_from(Word), by=st.one_of(st.none(), STAFF))
    def says(self, word, by):
        self._says(word, by)

    def _says(self, word, by=None):
        had = self.work.seen.row.assignee
        if by is None:

            def act(db):
                return proposals.answered(db, self.case_id, word, now=self.work.now)
        else:

            def act(db):
                return proposals.noted(db, self.case_id, word, **self.given(by))

        done, before = self.acts(by, act, console=by is not None)
        if done and word is Word.NO and before.state is State.PROPOSED:
            assert self.work.seen.row.assignee is None, "after a no the same handler goes on"
            self.books.parted |= {had} - {None}

    @rule()
    def writes(self):
        words = {"channel": "sms", "now": self.work.now}
        self.acts(
            None,
            lambda db: correspondence.extend(
                db, self.forum.keyring, self.case_id, "More.", **words
            ),
            quiet=True,
        )

    @rule()
    def reads(self):
        def act(db):
            return correspondence.hand_over(db, self.case_id, self.work.now)

        self.acts(None, act, quiet=True)

    @rule(solved=st.booleans())
    def is_asked(self, solved):
        had = self.work.seen.row.assignee
        said = {"solved": solved, "now": self.work.now}

        def act(db):
            return monitoring.answered(db, self.case_id, **said)

        self.acts(None, act)
        self._parts(had)

    @rule(to=st.sampled_from(State), by=st.sampled_from([Actor.REPORTER, Actor.SYSTEM]))
    def moves_itself(self, to, by):
        had = self.work.seen.row.assignee
        word = {"by": by, "actor": str(by), "now": self.work.now}
        self.acts(None, lambda db: case.move(db, self.case_id, to, **word))
        self._parts(had)

    @rule()
    def stays_silent(self):
        def act(db):
            return waiting.back_to_review(db, PLAIN_WEEK, self.work.now)

        self.acts(None, act)

    @rule(who=WHO, upheld=st.booleans())
    def decides(self, who, upheld):
        had, sitting = self.work.seen.row.assignee, self.work.seen.sitting
        why = {"upheld": upheld, "reason": "We have looked at it."}
        done, _ = self.acts(
            who,
            lambda db: verdicts.decide(
                db, self.forum.keyring, self.case_id, **why, **self.given(who)
            ),
        )
        if done:
            on = self.books.panel if sitting & self.books.panel else self.books.outside
            assert self.member(who).id in on, "decided by somebody who does not sit on it"
        self._parts(had)

    def _parts(self, had):
        """Note from whom a case was taken that was reopened or sent back."""
        if had and self.work.seen.row.assignee is None:
            self.books.parted.add(had)

    # --- on, as a case goes on a good day ------------------------------------------------------

    @rule(who=STAFF, triager=TRIAGERS, word=st.sampled_from(Word), n=st.integers(1, 4))
    def goes_on(self, who, triager, word, n):
        self._goes_on(who, triager, word, n)

    def _goes_on(self, who, triager, word, n):
        for _ in range(n):
            self._step(who, triager, word)

    def _step(self, who, triager, word):  # noqa: C901, PLR0912 - one branch a state
        handler = self.books.names.get(self.work.seen.row.assignee, triager)
        match self.work.seen.state:
            case State.RECEIVED | State.REOPENED:
                self.triages(triager, "PAY", Severity.S3, ())
            case State.TRIAGED:
                self.gives(triager, who)
            case State.ASSIGNED:
                self._moves(handler, State.IN_REVIEW)
            case State.IN_REVIEW if self.work.seen.row.assignee is None:
                self.gives(triager, who)
            case State.IN_REVIEW:
                self._moves(handler, State.PROPOSED)
            case State.WAITING_REPORTER:
                self.writes()
            case State.PROPOSED:
                self._says(word)
            case State.AGREED:
                self.plans(handler)
                self._moves(handler, State.IMPLEMENTING)
            case State.IMPLEMENTING if self.work.seen.open_actions:
                open_ones = self.work.seen.open_actions
                self.works(who, "finish", self.work.seen.actions.index(open_ones[0]))
            case State.IMPLEMENTING:
                self.confirms(who, Basis.EVIDENCE)
            case State.RESOLVED:
                self.is_asked(word is Word.YES)
            case State.MONITORING:
                self._moves(triager, State.CLOSED)
            case State.CLOSED:

                def act(db):
                    return appeals.ask(db, self.case_id, now=self.work.now)

                self.acts(None, act)
            case State.APPEALED:
                self.decides(who, word is Word.YES)
            case State.REDIRECTED:
                self._moves(triager, State.REOPENED)


@pytest.fixture
def forum(database_url, tmp_path, keyring, now):
    with asyncio.Runner() as runner:
        made = Forum(runner, connect(database_url, tmp_path), keyring, now)
        made.run(made.settle_in())
        yield made
        made.run(made.database.close())


def turn(forum, examples, steps):
    """Let so many cases live, each by so many acts. Raises ``AssertionError`` for a fault."""
    machine = type("Here", (Lives,), {"forum": forum})
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)


def test_whatever_happens_a_case_moves_as_the_table_says(forum):
    turn(forum, 20, 20)


# --- it would see a fault -----------------------------------------------------------------------


async def _nothing(*_, **__):
    return None


def unguarded(patch):
    patch.setattr(case, "_guard", lambda *_: None)


def confirms_itself(patch):
    async def free(*_):
        return True

    patch.setattr(case, "_free", free)


def is_not_audited(patch):
    record = audit.record

    async def forgets(db, *, act, **line):
        if act != f"case.{State.IN_REVIEW}":
            await record(db, act=act, **line)

    patch.setattr(audit, "record", forgets)


def is_audited_twice(patch):
    record = audit.record

    async def repeats(db, *, act, **line):
        for _ in range(1 + (act == f"case.{State.PROPOSED}")):
            await record(db, act=act, **line)

    patch.setattr(audit, "record", repeats)


def in_anothers_name(patch):
    record = audit.record

    async def lies(db, *, actor, act, **line):
        await record(db, actor="system" if act == "case.assigned" else actor, act=act, **line)

    patch.setattr(audit, "record", lies)


def given_to_the_same(patch):
    async def eligible(db, case_id):
        rows = await db.execute(succession._ELIGIBLE, {"its_id": case_id})
        return frozenset(row.id for row in rows)

    patch.setattr(succession, "eligible", eligible)


def lets_everybody_act(patch):
    async def is_out(*_):
        return False

    patch.setattr(exclusions, "is_out", is_out)


def keeps_its_handler(patch):
    patch.setattr(proposals, "hand_back", _nothing)
    patch.setattr(case, "pass_on", _nothing)


def anybody_judges(patch):
    async def judges(db, _case_id):
        return {row.id for row in await db.execute(appeals.select(appeals.members.c.id))}

    patch.setattr(appeals, "judges", judges)


def words_move_a_date(patch):
    note = correspondence.note

    async def moving(db, *, case_id, **more):
        c = deadlines.deadlines.c
        later = deadlines.deadlines.update().where(c.case_id == case_id)
        await db.execute(later.values(due_at=more["now"] + timedelta(days=99)))
        return await note(db, case_id=case_id, **more)

    patch.setattr(correspondence, "note", moving)


def starts_clocks_that_run(patch):
    patch.setattr(deadlines, "start_again", deadlines.plan)


def loses_time(patch):
    found = stages.stages

    def shorter(received, moves, now):
        return found(received, moves, now)[1:]

    patch.setattr(stages, "stages", shorter)


FAULTS = (
    unguarded,
    confirms_itself,
    is_not_audited,
    is_audited_twice,
    in_anothers_name,
    given_to_the_same,
    lets_everybody_act,
    keeps_its_handler,
    anybody_judges,
    words_move_a_date,
    starts_clocks_that_run,
    loses_time,
)


def lived(forum, chance):
    """Let one case live as on a good day, with what is tried in vain on the way."""
    life = type("Here", (Lives,), {"forum": forum})()
    life.files(category="PAY", who="amina", triager="lead", word=Word.YES, n=0)
    for _ in range(25):
        who, triager = chance.choice(PARTS), chance.choice(SORTING)
        word = chance.choice([Word.YES, Word.YES, Word.NO, Word.APPEAL])
        match chance.randrange(8):
            case 0:
                life.tries_who_had_it(triager, chance.randrange(9))
            case 1:
                life.tries_who_is_named(who, triager, chance.randrange(5))
            case 2:
                life.notes(who)
            case 3:
                life.moves(who, chance.choice(list(State)))
            case 4:
                life.confirms(who, Basis.WORD)
            case _:
                life.goes_on(who, triager, word, 2)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_planted_fault_is_found(forum, monkeypatch, fault):
    fault(monkeypatch)
    chance = Random(7)
    with pytest.raises(AssertionError):
        for _ in range(20):
            lived(forum, chance)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_where_nothing_is_planted_nothing_is_found(forum):
    lived(forum, Random(7))
