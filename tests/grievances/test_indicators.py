from datetime import UTC, timedelta

import pytest

from grievances import indicators, spans
from grievances.checks import Answer
from grievances.deadlines import FROM_THE_START, Step
from grievances.followups import Kind
from grievances.indicators import NOT_KNOWN, WANTS_SOMEBODY, Name, Unit
from grievances.periods import weeks_up_to
from grievances.severity import Severity
from grievances.spans import Wait
from grievances.states import ENDED, State
from grievances.survival import Waited
from tests.support.lives import lives, write

WEEKS = 39
LONG = timedelta(days=90)
WITHOUT = {State.DUPLICATE, State.WITHDRAWN}


@pytest.fixture
async def made(database, now, secretary, handler):
    many = lives(now, 400, handlers=[handler.member.id])
    async with database.transaction() as db:
        await write(db, many)
    return many


@pytest.fixture
def figures(database, now):
    async def reckoned(person):
        weeks = weeks_up_to(now, UTC, WEEKS)
        async with database.reading() as db:
            found = await indicators.counted(db, person.member, weeks, now)
        return {(figure.name, figure.severity): (figure.value, figure.n) for figure in found}

    return reckoned


# --- the same by another way ---------------------------------------------------------------------


def share(part, whole):
    return (len(part) / len(whole) if whole else None, len(whole))


def number(part, whole):
    return (len(part) if whole else None, len(whole))


def judged(life, steps, now):
    """The deadlines of a case that were met or have passed, and were not taken off by its end."""
    for step in steps:
        clock = life.clocks[step]
        taken_off = life.state in WITHOUT and clock.met is not None and clock.met >= life.moved_at
        if not taken_off and (clock.met is not None or clock.due <= now):
            yield clock


def in_time(clocks):
    return [clock for clock in clocks if clock.met is not None and clock.met <= clock.due]


def went(life, *states):
    return any(move.state in states for move in life.moves)


def resolved_at(life):
    at, again = life.last(State.RESOLVED), life.last(State.REOPENED)
    return at if at and not (again and again > at) else None


def of_kind(life, kind):
    return [check for check in life.checks if check.kind is kind]


def asked(life, kind):
    return [check for check in of_kind(life, kind) if check.asked]


def last_word(life):
    """What the reporter said last to «is it solved?»; None: nothing yet."""
    said = [check for check in of_kind(life, Kind.CHECK_IN) if check.answer]
    return max(said, key=lambda check: check.answered).answer if said else None


def late(life, now):
    return any(clock.met is None and clock.due <= now for clock in life.clocks.values())


def by_hand(made, now):
    since = weeks_up_to(now, UTC, WEEKS)[0].starts
    recent = [life for life in made if life.received_at >= since]
    first = [c for life in recent for c in judged(life, [Step.ACKNOWLEDGE], now)]
    old = [x for x in recent if x.received_at <= now - LONG and x.state not in WITHOUT]
    done = [x for x in old if resolved_at(x) and resolved_at(x) - x.received_at <= LONG]
    was_asked = [life for life in recent if asked(life, Kind.CHECK_IN)]
    said = [word for word in map(last_word, recent) if word]
    due = [check for life in recent for check in of_kind(life, Kind.RETALIATION)]
    safety = [life for life in recent if asked(life, Kind.RETALIATION)]
    finished = [x for x in recent if went(x, State.RESOLVED, State.REDIRECTED, State.CLOSED)]
    decided = [x for x in recent if went(x, State.PROPOSED, State.CLOSED)]
    panel = [each.state for x in recent for each in x.moves if each.present is State.APPEALED]
    wants = [x for x in made if x.state in WANTS_SOMEBODY]
    found = {
        (Name.ACKNOWLEDGED, None): share(in_time(first), first),
        (Name.RESOLVED, None): share(done, old),
        (Name.CONFIRMED, None): share([word for word in said if word is Answer.YES], said),
        (Name.RESPONDED, None): share(said, was_asked),
        (Name.RETALIATION, None): share([life for life in safety if life.harmed], safety),
        (Name.COVERAGE, None): share([check for check in due if check.asked], due),
        (Name.REOPENED, None): share([x for x in recent if went(x, State.REOPENED)], finished),
        (Name.APPEALED, None): share([x for x in recent if went(x, State.APPEALED)], decided),
        (Name.ESCALATED, None): share([x for x in recent if x.rang_at], recent),
        (Name.UPHELD, None): share([to for to in panel if to is State.IN_REVIEW], panel),
        (Name.UNROUTED, None): number([x for x in wants if x.assignee is None], wants),
    }
    for severity in Severity:
        graded = [x for x in recent if x.severity is severity]
        clocks = [c for x in graded for c in judged(x, FROM_THE_START, now)]
        still = [x for x in made if x.severity is severity and x.state not in ENDED]
        found[Name.ON_TIME, severity] = share(in_time(clocks), clocks)
        found[Name.OVERDUE, severity] = number([x for x in still if late(x, now)], still)
    return found


async def test_every_figure_is_that_of_four_hundred_lives(made, figures, secretary, now):
    assert await figures(secretary) == by_hand(made, now)


async def test_the_dice_left_no_figure_trivial(made, figures, secretary):
    for (name, _), (value, n) in (await figures(secretary)).items():
        assert n > 0, name
        assert 0 < value < (n if name in {Name.OVERDUE, Name.UNROUTED} else 1), name


async def test_a_handlers_figures_are_of_their_own_cases(made, figures, handler, now):
    """What stands in the survivors' lane is not theirs to count: they are no focal point."""
    given = [life for life in made if life.assignee and not life.quarantine]
    theirs = [life for life in given if life.category != "ABUSE"]
    assert given != theirs
    assert await figures(handler) == by_hand(theirs, now)


async def test_of_no_case_there_is_no_data(figures, secretary):
    found = await figures(secretary)
    assert set(found.values()) == {(None, 0)}


async def test_quantiles_are_of_every_kind_of_wait(made, database, secretary, now):
    weeks = weeks_up_to(now, UTC, WEEKS)
    async with database.reading() as db:
        waits = {wait: await spans.waits(db, secretary.member, wait, weeks, now) for wait in Wait}
    found = list(indicators.quantiles(waits))
    assert len(found) == 2 * len(Wait)
    assert {figure.unit for figure in found} == {Unit.MINUTES}
    received = sum(life.received_at >= weeks[0].starts for life in made)
    assert {figure.n for figure in found} == {received}
    answer = {figure.name: figure.value for figure in found}
    assert answer[Name.ANSWER_MEDIAN] < answer[Name.ANSWER_P90]


def test_a_quantile_that_is_not_reached_is_none_among_many():
    waits = dict.fromkeys(Wait, (Waited(0, 5, done=False, n=9),))
    assert {(figure.value, figure.n) for figure in indicators.quantiles(waits)} == {(None, 9)}


def test_what_nobody_can_tell_is_no_data_and_never_zero():
    found = list(indicators.not_known())
    assert {(figure.value, figure.n) for figure in found} == {(None, 0)}
    assert [figure.name for figure in found] == [name for name, _ in NOT_KNOWN]


async def test_every_name_has_a_figure(figures, secretary):
    names = {name for name, _ in await figures(secretary)}
    names |= {figure.name for figure in indicators.quantiles(dict.fromkeys(Wait, ()))}
    names |= {figure.name for figure in indicators.not_known()}
    assert names == set(Name)
