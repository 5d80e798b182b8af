"""A made-up forum, so that the first screen is not empty (``demo.toml``)."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Table

from forum import audit
from forum.bodies import bodies, seats, sites
from storage.unit_of_work import Transaction
from storage.upsert import insert

#: Ids follow from names, so that planting twice plants once.
_IDS = UUID("6b1f0f43-5d0e-4f0b-9a53-3f7e5b0a7c11")


async def plant(db: Transaction, now: datetime) -> None:
    """Add what is missing of the demo forum; what is there already stays as it is."""
    forum = _forum()
    added = [
        await _add(db, bodies, [_body(body) for body in forum["bodies"]]),
        await _add(db, seats, [seat for body in forum["bodies"] for seat in _seats(body)]),
        await _add(db, sites, [_site(site) for site in forum["sites"]]),
    ]
    if any(added):
        await audit.record(db, actor="system", act="demo.planted", subject="demo", now=now)


@cache
def _forum() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("demo.toml").read_text("utf-8"))


async def _add(db: Transaction, table: Table, rows: Sequence[Mapping[str, str | None]]) -> int:
    added = insert(db, table).values(rows).on_conflict_do_nothing().returning(table.c.id)
    return len((await db.execute(added)).all())


def _body(body: dict[str, Any]) -> dict[str, str]:
    return {"id": _id("body", body["name"]), "name": body["name"], "kind": body["kind"]}


def _seats(body: dict[str, Any]) -> list[dict[str, str]]:
    body_id = _id("body", body["name"])
    return [
        {"id": _id("seat", f"{body_id} {name}"), "body_id": body_id, "name": name}
        for name in body["seats"]
    ]


def _site(site: dict[str, str]) -> dict[str, str | None]:
    unknown = dict.fromkeys(("method", "deposit", "scale"))
    return {"id": _id("site", site["code"]), **unknown, **site}


def _id(kind: str, name: str) -> str:
    return uuid5(_IDS, f"{kind} {name}").hex
