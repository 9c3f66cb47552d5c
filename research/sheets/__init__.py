"""Workbooks and text tables: read in bounded memory, checked before they are trusted, imported row by row."""
