"""Whether the platform works: one list of checks for the doctor, the hourly job and the API."""
