"""The list of sealed columns is whole, and true."""

import app.tables
from storage.base import Sealed, metadata, route_metadata
from storage.sealed import SEALED

assert app.tables  # imported for its effect: the metadata knows every table


def sealed_columns():
    for store in (metadata, route_metadata):
        for table in store.tables.values():
            for column in table.columns:
                if isinstance(column.type, Sealed):
                    yield f"{table.name}.{column.name}"


def test_every_sealed_column_is_listed():
    assert set(sealed_columns()) - set(SEALED) == set()


def test_every_listed_column_is_there():
    assert set(SEALED) - set(sealed_columns()) == set()


def test_each_says_whose_key_opens_it():
    assert all(SEALED.values())
