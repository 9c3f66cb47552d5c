"""Extractive analysis on this machine: no key, no network, no model; sentences and terms of the paper itself."""
