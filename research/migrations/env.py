"""Run by Alembic: the steps go over the connection, and in the transaction, of `research.schema.upgrade`."""

from alembic import context

from research.models import Model
from research.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Model.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
