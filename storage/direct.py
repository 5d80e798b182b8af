"""SQLAlchemy's statements, run on SQLite's own connection.

To run one statement SQLAlchemy makes a context, a cursor, a result and a greenlet, which together
cost five times what SQLite needs to find a row by its key. All that has to be known is the same
each time: the SQL, the order of the values, how a column's values are kept and given back. So a
statement that was written once and is run often gets a ``Plan``, the second time it is met.

What is out of the ordinary (many rows of parameters, an IN, a default that is computed) has no
plan, and goes SQLAlchemy's own way. So does what is written anew each time.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Delete, Dialect, Executable, Insert, IteratorResult, Select, Update
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from storage import one_hop

#: How a value is kept, or given back; None: as it is.
Way = Callable[[Any], Any] | None


class Rows(IteratorResult[Any]):
    """What a statement returned: its rows, and how many it changed."""

    rowcount = -1


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A statement as the driver wants it."""

    sql: str
    binds: Sequence[tuple[str, Way]]  # in the order of the question marks
    fixed: Mapping[str, Any]  # what the statement says itself, and defaults of its columns
    columns: SimpleResultMetaData
    ways: Sequence[Way]  # how the values of each column are given back

    def row(self, given: Mapping[str, Any]) -> list[Any]:
        """Return the driver's parameters."""
        values = {**self.fixed, **given}
        return [values[name] if way is None else way(values[name]) for name, way in self.binds]

    def rows(self, cursor: one_hop.Cursor, found: list[Any]) -> Rows:
        """Return what came back, as SQLAlchemy would."""
        if any(self.ways):
            found = [
                tuple(
                    value if way is None else way(value)
                    for value, way in zip(row, self.ways, strict=True)
                )
                for row in found
            ]
        rows = Rows(self.columns, iter(found))
        rows.rowcount = cursor.rowcount
        return rows


#: Statements that were met, with their plans by the names of the parameters.
_MET: WeakKeyDictionary[Executable, dict[tuple[str, ...], Plan | None]] = WeakKeyDictionary()


def plan(dialect: Dialect, statement: Executable, given: Mapping[str, Any]) -> Plan | None:
    """Return how to run *statement* directly; None: do not, or not yet."""
    plans = _MET.get(statement)
    if plans is None:
        _MET[statement] = {}
        return None
    names = tuple(given)
    if names not in plans:
        plans[names] = _planned(dialect, statement, names)
    return plans[names]


async def run(driver: one_hop.Connection, plan: Plan, given: Mapping[str, Any]) -> Rows:
    """Run what is planned. Raises SQLAlchemy's errors, without the values in them."""
    cursor = await say(driver, plan.sql, plan.row(given))
    return plan.rows(cursor, await cursor.fetchall())


async def say(driver: one_hop.Connection, sql: str, row: Sequence[Any] = ()) -> one_hop.Cursor:
    """Run one statement of SQL. Raises as ``run``."""
    try:
        return await driver.cursor().execute(sql, row)
    except sqlite3.Error as error:
        raise DBAPIError.instance(sql, None, error, sqlite3.Error, hide_parameters=True) from error


def _planned(dialect: Dialect, statement: Executable, names: Sequence[str]) -> Plan | None:
    if not isinstance(statement, Select | Insert | Update | Delete):
        return None
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    missing = {name for name, bind in compiled.binds.items() if bind.required} - set(names)
    defaults = _defaults(compiled)
    varied = compiled.post_compile_params or compiled.literal_execute_params
    if missing or varied or defaults is None:
        return None
    columns = list(statement.exported_columns)
    return Plan(
        compiled.string,
        [(name, _kept(compiled, name, dialect)) for name in compiled.positiontup or ()],
        {**compiled.params, **defaults},
        SimpleResultMetaData(
            [str(column.key) for column in columns], [(column,) for column in columns]
        ),
        [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns],
    )


def _kept(compiled: SQLCompiler, name: str, dialect: Dialect) -> Way:
    return compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)


def _defaults(compiled: SQLCompiler) -> Mapping[str, Any] | None:
    """Return the defaults of columns that nobody gives; None: one has to be computed."""
    constants = {
        column.key: column.default.arg
        for column in compiled.insert_prefetch
        if isinstance(column.default, ScalarElementColumnDefault)
    }
    wanted = (*compiled.insert_prefetch, *compiled.update_prefetch)
    return constants if len(constants) == len(wanted) else None
