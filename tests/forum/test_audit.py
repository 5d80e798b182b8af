"""The log is read newest first, a page at a time."""

import pytest
from sqlalchemy import literal, select

from forum import audit


async def test_acts_are_read_newest_first(db, now):
    for number in range(3):
        await audit.record(db, actor="a", act=f"act.{number}", subject="s", now=now)
    assert [act.act for act in await audit.recent(db)] == ["act.2", "act.1", "act.0"]


async def test_the_next_page_goes_on_where_the_last_ended(db, now):
    for number in range(5):
        await audit.record(db, actor="a", act=f"act.{number}", subject="s", now=now)
    first = await audit.recent(db, limit=2)
    second = await audit.recent(db, limit=2, before=first[-1].id)
    assert [act.act for act in first + second] == ["act.4", "act.3", "act.2", "act.1"]


async def test_a_line_says_who_did_what_when(db, now):
    await audit.record(db, actor="m1", act="case.moved", subject="c1", now=now)
    (act,) = await audit.recent(db)
    assert (act.at, act.actor, act.act, act.subject) == (now, "m1", "case.moved", "c1")


async def test_many_lines_are_added_in_one_go(db, now):
    lines = [audit.Line("system", f"act.{n}", "s", now) for n in range(3)]
    await audit.record_all(db, lines)
    await audit.record_all(db, [])
    assert [act.act for act in await audit.recent(db)] == ["act.2", "act.1", "act.0"]


@pytest.mark.parametrize(
    ("wished", "found"),
    [
        ({"acts": ["case.answered"]}, ["case.answered"]),
        ({"acts": ["member.role"]}, ["member.role.lead", "member.role"]),
        ({"acts": ["case.answered", "signed.in"]}, ["signed.in", "case.answered"]),
        ({"actor": "b"}, ["case.answered"]),
        ({"actor": "nobody"}, []),
        ({"acts": ["member.role"], "actor": "b"}, []),
        ({"apart_from": [select(literal("s2"))]}, ["member.roles", "signed.in", "member.role"]),
    ],
)
async def test_what_is_asked_for_alone(db, now, wished, found):
    for actor, act, subject in (
        ("a", "member.role", "s1"),
        ("b", "case.answered", "s2"),
        ("a", "signed.in", "s1"),
        ("a", "member.role.lead", "s2"),
        ("a", "member.roles", "s1"),
    ):
        await audit.record(db, actor=actor, act=act, subject=subject, now=now)
    assert [act.act for act in await audit.recent(db, **wished)] == found
