"""Upkeep of files, folders and indexes: what nobody needs any more, and how it is removed."""
