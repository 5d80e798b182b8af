import ast
from pathlib import Path

from sqlalchemy import Table

from app import tables
from storage.base import metadata, route_metadata

ROOT = Path(__file__).parents[2]
ROOMS = ("app", "bots", "channels", "console", "forum", "grievances", "outreach", "storage")


def makes_a_table(source):
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return any(isinstance(function, ast.Name) and function.id == "Table" for function in calls)


def test_every_module_that_makes_a_table_is_an_owner():
    owners = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        if "migrations" not in file.parts and makes_a_table(file.read_text("utf-8"))
    }
    assert {owner.__name__ for owner in tables.OWNERS} == owners


def test_every_table_is_some_owners():
    owned = {
        value.key
        for owner in tables.OWNERS
        for value in vars(owner).values()
        if isinstance(value, Table)
    }
    assert owned == {*metadata.tables, *route_metadata.tables}
