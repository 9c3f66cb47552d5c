"""Steps that bring the history tables up to date, for Alembic."""
