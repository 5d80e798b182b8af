"""The database: engines, one unit of work, column types and the migrations."""
