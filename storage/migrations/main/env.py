"""Alembic's environment for the main store: run on the connection that storage.migrate holds."""

from alembic import context

from storage.base import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
