"""Git repositories: fetched within limits, read without ever being checked out, and what their history tells."""
