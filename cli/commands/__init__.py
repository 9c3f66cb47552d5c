"""The words of the command, one module each, imported only when they are used."""
