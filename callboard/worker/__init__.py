"""Around one attempt: the middleware that Dramatiq calls, what a body is handed, and the keeper of its lease."""
