"""What happened: jobs, attempts and failures in SQL, written from the event stream, read by search and statistics."""
