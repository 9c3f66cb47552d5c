"""Cold storage: rows that are old go into columnar files, from which they can be read and put back."""
