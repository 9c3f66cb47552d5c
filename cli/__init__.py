"""The `callboard` command: one module for each word in `cli.commands`, and what they share."""
