"""The reports of days, weeks and months."""
