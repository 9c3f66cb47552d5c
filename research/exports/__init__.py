"""Exports: tables of the platform as JSON, CSV and Excel files, written row by row and handed out by signed links."""
