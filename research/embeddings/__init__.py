"""Texts as vectors, so that a question finds the passages that answer it."""
