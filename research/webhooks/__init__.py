"""Signed webhooks: who receives which events, the log of what was sent, and the sending itself."""
