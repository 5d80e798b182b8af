"""The history of both stores' tables, one Alembic line of revisions each."""

#: The newest revision of each store, kept here so that a start need not load Alembic to see
#: that there is nothing to do. A test compares it with the files.
HEADS = {"main": "0035", "routes": "0001"}
