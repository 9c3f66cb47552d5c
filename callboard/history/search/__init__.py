"""Search: one grammar for the page, the API and the command, answered from the history in SQL."""
