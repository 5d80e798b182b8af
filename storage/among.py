"""A column that is one of many values, given as one parameter or by a question of their own.

SQLAlchemy writes an ``IN`` anew for each batch, with a parameter for each value, which for the
sender's batches costs more than the question. As an array the statement is always the same.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Dialect,
    Select,
    String,
    Text,
    TypeDecorator,
    bindparam,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class _Texts(TypeDecorator[Collection[str]]):
    """Many texts: PostgreSQL has arrays, SQLite reads JSON."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(String) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> Any:
        texts = list(value or ())
        return texts if dialect.name == "postgresql" else json.dumps(texts)


class _Among(FunctionElement[bool]):
    inherit_cache = True
    type = Boolean()
    _is_implicitly_boolean = True  # «… = 1», which SQLite would be asked, finds no index


@compiles(_Among, "postgresql")
def _any(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, texts = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} = ANY({texts})"


@compiles(_Among, "sqlite")
def _each(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, texts = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608 - compiled by SQLAlchemy


def among(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """Return the condition that *column* is one of the texts that are given as *parameter*."""
    return _Among(column, bindparam(parameter, type_=_Texts()))


class _AmongThose(FunctionElement[bool]):
    inherit_cache = True
    type = Boolean()
    _is_implicitly_boolean = True


@compiles(_AmongThose, "postgresql")
def _any_of_those(element: _AmongThose, compiler: SQLCompiler, **how: Any) -> str:
    column, those = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} = ANY(ARRAY{those})"


@compiles(_AmongThose, "sqlite")
def _in_those(element: _AmongThose, compiler: SQLCompiler, **how: Any) -> str:
    column, those = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} IN {those}"


def among_those(column: ColumnElement[str], those: Select[tuple[str]]) -> ColumnElement[bool]:
    """Return the condition that *column* is one of the few texts that *those* selects.

    As ``IN``; but one way of several to the same rows PostgreSQL goes by an index only with what
    it has in hand, and else reads every row.
    """
    return _AmongThose(column, those.scalar_subquery())
