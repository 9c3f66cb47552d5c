"""Calls to addresses that users have given: one guarded client that cannot be turned against our own network."""
