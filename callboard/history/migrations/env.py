"""Run by Alembic: the steps go over the connection, and in the transaction, of `Schema.upgrade`."""

from alembic import context

from callboard.history.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
