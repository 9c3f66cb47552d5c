"""Experiments: readings from files of instruments, what they amount to, and reports of them."""
