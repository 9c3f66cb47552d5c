"""Backups: all tables of the platform in one file, which any database that Callboard knows can be restored from."""
